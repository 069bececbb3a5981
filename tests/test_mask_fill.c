/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "gtest_c.h"
#include "mask_fill.h"

/* Room for samples of the tiles below. */
enum { COLUMNS = 37, ROWS = 21, BANDS_MAX = 3, SAMPLES = COLUMNS * ROWS };

typedef struct Tile {
    float values[SAMPLES * BANDS_MAX];
    uint8_t mask[SAMPLES];
} Tile;

/** Fills @p tile as samples of that type, and takes them back. */
static void fill(Tile *tile, int bands, SampleFormat format, int sample_nbytes)
{
    const size_t count = (size_t)SAMPLES * (size_t)bands;
    uint8_t *samples = malloc(4 * count);
    uint8_t *scratch = malloc(mask_fill_nbytes(COLUMNS, ROWS));
    for (size_t i = 0; i < count; i++) {
        const uint16_t whole = (uint16_t)tile->values[i];
        if (format == SAMPLE_FORMAT_FLOAT)
            memcpy(samples + i * sizeof(float), &tile->values[i],
                   sizeof(float));
        else if (sample_nbytes == 1)
            samples[i] = (uint8_t)whole;
        else
            memcpy(samples + 2 * i, &whole, 2);
    }
    const MaskFill all = {.columns = COLUMNS,
                          .rows = ROWS,
                          .bands = bands,
                          .format = format,
                          .sample_nbytes = sample_nbytes,
                          .samples = samples,
                          .row_nbytes =
                              (size_t)(COLUMNS * bands * sample_nbytes),
                          .mask = {.pixels = tile->mask,
                                   .pixel_nbytes = 1,
                                   .row_nbytes = COLUMNS},
                          .mask_nbytes = 1,
                          .scratch = scratch};
    mask_fill(&all);
    for (size_t i = 0; i < count; i++) {
        uint16_t whole = samples[i];
        if (sample_nbytes == 2)
            memcpy(&whole, samples + 2 * i, 2);
        if (format == SAMPLE_FORMAT_FLOAT)
            memcpy(&tile->values[i], samples + i * sizeof(float),
                   sizeof(float));
        else
            tile->values[i] = whole;
    }
    free(scratch);
    free(samples);
}

static const struct {
    SampleFormat format;
    int nbytes;
} types[] = {
    {SAMPLE_FORMAT_UINT, 1}, {SAMPLE_FORMAT_UINT, 2}, {SAMPLE_FORMAT_FLOAT, 4}};

TEST_CASE(mask_fill, leaves_what_is_visible_and_fills_within_its_range)
{
    for (size_t t = 0; t < sizeof types / sizeof *types; t++)
        for (int bands = 1; bands <= BANDS_MAX; bands++) {
            Tile before, tile;
            for (int i = 0; i < SAMPLES; i++) {
                tile.mask[i] = i % COLUMNS > 20 || i % 5 == 0 ? 0 : 255;
                for (int b = 0; b < bands; b++)
                    tile.values[i * bands + b] =
                        tile.mask[i] == 0 ? 0 : (float)(100 + 20 * b + i % 9);
            }
            before = tile;
            test_context("type %zu, %d bands", t, bands);
            fill(&tile, bands, types[t].format, types[t].nbytes);
            for (int i = 0; i < SAMPLES; i++)
                for (int b = 0; b < bands; b++) {
                    const float value = tile.values[i * bands + b];
                    if (tile.mask[i] != 0)
                        expect_true(value == before.values[i * bands + b]);
                    expect_true(value >= (float)(100 + 20 * b) &&
                                value <= (float)(108 + 20 * b));
                }
        }
}

TEST_CASE(mask_fill, takes_what_is_nearest)
{
    Tile tile;
    for (int i = 0; i < SAMPLES; i++) {
        const int x = i % COLUMNS;
        tile.mask[i] = x < 8 || x >= 24 ? 1 : 0;
        tile.values[i] = x < 8 ? 10.0F : x >= 24 ? 200.0F : 77.0F;
    }
    fill(&tile, 1, SAMPLE_FORMAT_UINT, 1);
    for (int y = 0; y < ROWS; y++) {
        expect_int_eq((int64_t)tile.values[y * COLUMNS + 8], 10);
        expect_int_eq((int64_t)tile.values[y * COLUMNS + 23], 200);
    }
}

TEST_CASE(mask_fill, of_nothing_or_all_visible_changes_nothing)
{
    for (int visible = 0; visible <= 1; visible++) {
        Tile before, tile;
        for (int i = 0; i < SAMPLES; i++) {
            tile.mask[i] = (uint8_t)visible;
            tile.values[i] = (float)(i % 251);
        }
        before = tile;
        fill(&tile, 1, SAMPLE_FORMAT_UINT, 1);
        expect_mem_eq(tile.values, before.values, SAMPLES * sizeof(float));
    }
}

TEST_CASE(mask_fill, is_for_types_of_codecs_with_loss)
{
    expect_true(mask_fill_can(SAMPLE_FORMAT_UINT, 1));
    expect_true(mask_fill_can(SAMPLE_FORMAT_UINT, 2));
    expect_true(mask_fill_can(SAMPLE_FORMAT_FLOAT, 4));
    expect_true(!mask_fill_can(SAMPLE_FORMAT_FLOAT, 8));
    expect_true(!mask_fill_can(SAMPLE_FORMAT_INT, 2));
    expect_true(!mask_fill_can(SAMPLE_FORMAT_UINT, 4));
}
