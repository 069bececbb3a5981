/* SPDX-License-Identifier: MIT */
#include "predictor_trial.h"

#include <stdlib.h>

#include "gtest_c.h"
#include "level_trial.h"
#include "random.h"

enum { SIDE = 64 };

typedef enum Content { NOISE, SLOPE, WAVES, EMPTY } Content;

/** Smooth, with noise in the lowest bits. */
static float wave(int x, Random *random)
{
    return 1000.0f + (float)x + (float)random_in(random, 0, 9999) / 1e5f;
}

static void fill(float *pixels, Content content, bool is_float)
{
    Random random = {.state = 1};
    uint32_t *whole = (uint32_t *)(void *)pixels;
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            const size_t i = (size_t)(y * SIDE + x);
            if (content == NOISE)
                random_fill(&random, (uint8_t *)&pixels[i], sizeof *pixels);
            else if (content == EMPTY)
                whole[i] = 0;
            else if (is_float)
                pixels[i] = wave(x, &random);
            else
                whole[i] = (uint32_t)(100000 + 1000 * x + 7 * y * y);
        }
}

static Predictor chosen_for(Content content, bool is_float)
{
    const LayoutSpec spec = {.width = SIDE,
                             .height = SIDE,
                             .bands = 1,
                             .sample_nbytes = 4,
                             .sample_nbits = 32,
                             .tile_width = SIDE,
                             .tile_height = SIDE};
    ImageSpec image = {.sample_format =
                           is_float ? SAMPLE_FORMAT_FLOAT : SAMPLE_FORMAT_UINT,
                       .codec = &codec_deflate,
                       .level = 6,
                       .skip_empty = true};
    float *pixels = malloc(SIDE * SIDE * sizeof *pixels);
    const TileJob job = {.payload.of.pixels.samples = (const uint8_t *)pixels,
                         .payload.of.pixels.row_nbytes = SIDE * sizeof *pixels};
    Status status = {.code = STATUS_OK};
    Predictor chosen = PREDICTOR_AUTO;
    fill(pixels, content, is_float);
    expect_true(layout_init(&image.layout, &spec, &status));
    expect_true(predictor_trial(&image, &job, &chosen, &status));
    free(pixels);
    return chosen;
}

TEST_CASE(trial, finds_the_predictor_that_makes_the_tile_smallest)
{
    expect_int_eq(chosen_for(NOISE, false), PREDICTOR_NONE);
    expect_int_eq(chosen_for(SLOPE, false), PREDICTOR_HORIZONTAL);
    expect_int_eq(chosen_for(WAVES, true), PREDICTOR_FLOATING_POINT);
}

TEST_CASE(trial, takes_the_usual_one_where_there_is_nothing)
{
    expect_int_eq(chosen_for(EMPTY, false), PREDICTOR_HORIZONTAL);
    expect_int_eq(chosen_for(EMPTY, true), PREDICTOR_FLOATING_POINT);
}

static bool failing_encode(void *state, const CodecInput *in, void *out,
                           size_t out_capacity, size_t *out_nbytes,
                           Status *status)
{
    (void)state;
    (void)in;
    (void)out;
    (void)out_capacity;
    (void)out_nbytes;
    return status_fail(status, STATUS_CODEC, "no more");
}

TEST_CASE(trial, says_why_it_failed)
{
    const LayoutSpec spec = {.width = 1,
                             .height = 1,
                             .bands = 1,
                             .sample_nbytes = 1,
                             .sample_nbits = 8,
                             .tile_width = 16,
                             .tile_height = 16};
    Codec codec = codec_none;
    codec.encode = failing_encode;
    ImageSpec image = {.sample_format = SAMPLE_FORMAT_UINT, .codec = &codec};
    const uint8_t pixel = 1;
    const TileJob job = {.payload.of.pixels = {&pixel, 1, {NULL}}};
    Status status = {.code = STATUS_OK};
    Predictor chosen;
    require(layout_init(&image.layout, &spec, &status));
    expect_true(!predictor_trial(&image, &job, &chosen, &status));
    expect_str_eq(status.message, "no more");
}

static int opened_level;

static void *open_noting_level(const CodecSetup *setup)
{
    opened_level = setup->level;
    return codec_none.open(setup);
}

/* A size at LEVEL_AUTO may be off by more than predictors differ. */
TEST_CASE(trial, compares_at_one_level)
{
    const LayoutSpec spec = {.width = 1,
                             .height = 1,
                             .bands = 1,
                             .sample_nbytes = 1,
                             .sample_nbits = 8,
                             .tile_width = 16,
                             .tile_height = 16};
    Codec codec = codec_none;
    codec.open = open_noting_level;
    ImageSpec image = {.sample_format = SAMPLE_FORMAT_UINT,
                       .codec = &codec,
                       .level = LEVEL_AUTO};
    const uint8_t pixel = 1;
    const TileJob job = {.payload.of.pixels = {&pixel, 1, {NULL}}};
    Status status = {.code = STATUS_OK};
    Predictor chosen;
    require(layout_init(&image.layout, &spec, &status));
    expect_true(predictor_trial(&image, &job, &chosen, &status));
    expect_int_eq(opened_level, LEVEL_USUAL);
    image.level = 3;
    expect_true(predictor_trial(&image, &job, &chosen, &status));
    expect_int_eq(opened_level, 3);
}
