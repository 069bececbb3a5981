/* SPDX-License-Identifier: MIT */
#include "codec.h"

#include <libdeflate.h>
#include <stdlib.h>

#include "decode.h"
#include "gtest_c.h"
#include "random.h"

enum { NBYTES_MAX = 200000 };

typedef enum Content { ZEROS, SLOPE, NOISE, CONTENTS } Content;

static void fill(uint8_t *bytes, Content content)
{
    Random random = {.state = 1};
    memset(bytes, 0, NBYTES_MAX);
    if (content == SLOPE)
        for (size_t i = 0; i < NBYTES_MAX; i++)
            bytes[i] = (uint8_t)(i / 3);
    if (content == NOISE)
        random_fill(&random, bytes, NBYTES_MAX);
}

/** @p in comes back from the reference, and the bound is kept. */
static void check_round_trip(const Codec *codec, int level, const uint8_t *in,
                             size_t in_nbytes)
{
    const size_t bound = codec->bound(in_nbytes);
    uint8_t *out = malloc(bound), *back = malloc(in_nbytes);
    void *state = codec->open(level);
    Status status = {.code = STATUS_OK};
    size_t out_nbytes = 0;

    expect_true(
        codec->encode(state, in, in_nbytes, out, bound, &out_nbytes, &status));
    expect_int_eq(status.code, STATUS_OK);
    expect_int_le(1, out_nbytes);
    expect_int_le(out_nbytes, bound);
    expect_true(decode_bytes(codec, out, out_nbytes, back, in_nbytes));
    expect_mem_eq(back, in, in_nbytes);
    codec->close(state);
    free(back);
    free(out);
}

static void check_codec(const Codec *codec, int least_level, int most_level)
{
    static const size_t sizes[] = {1, 2, 100, 65535, 65536, NBYTES_MAX};
    uint8_t *in = malloc(NBYTES_MAX);
    for (int content = 0; content < CONTENTS; content++) {
        fill(in, content);
        for (int level = least_level; level <= most_level; level++)
            for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
                test_context("content %d, level %d, %d bytes", content, level,
                             (int)sizes[i]);
                check_round_trip(codec, level, in, sizes[i]);
            }
    }
    free(in);
}

TEST_CASE(codec, deflate_is_zlib_at_every_level)
{
    check_codec(&codec_deflate, 1, 12);
    expect_int_eq(codec_deflate.tag, 8);
    expect_true(codec_deflate.predicts);
}

TEST_CASE(codec, none_is_the_identity)
{
    uint8_t in[] = {1, 2, 3}, out[3];
    size_t out_nbytes;
    Status status = {.code = STATUS_OK};
    check_codec(&codec_none, 1, 1);
    expect_int_eq(codec_none.tag, 1);
    expect_true(!codec_none.predicts);
    void *state = codec_none.open(1);
    expect_true(codec_none.encode(state, in, 3, out, 3, &out_nbytes, &status));
    expect_int_eq(out_nbytes, 3);
    expect_mem_eq(out, in, 3);
    codec_none.close(state);
}

TEST_CASE(codec, higher_levels_compress_more)
{
    static const int levels[] = {1, 4, 6, 9, 12};
    uint8_t *in = malloc(NBYTES_MAX), *out = malloc(2 * NBYTES_MAX);
    size_t before = SIZE_MAX;
    Random random = {.state = 2};
    for (size_t i = 0; i < NBYTES_MAX; i++)
        in[i] = i > 1000 && !random_once_in(&random, 12)
                    ? in[i - (size_t)random_in(&random, 1, 9) * 100]
                    : (uint8_t)random_magnitude(&random, 0, 30);
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        Status status = {.code = STATUS_OK};
        size_t nbytes;
        void *state = codec_deflate.open(levels[i]);
        test_context("level %d", levels[i]);
        codec_deflate.encode(state, in, NBYTES_MAX, out, 2 * NBYTES_MAX,
                             &nbytes, &status);
        expect_true(nbytes < before);
        before = nbytes;
        codec_deflate.close(state);
    }
    free(out);
    free(in);
}

TEST_CASE(codec, want_of_room_is_said)
{
    static const Codec *const codecs[] = {&codec_none, &codec_deflate};
    Random random = {.state = 3};
    uint8_t in[1000], out[500];
    random_fill(&random, in, sizeof in);
    for (int i = 0; i < 2; i++) {
        Status status = {.code = STATUS_OK};
        size_t nbytes;
        void *state = codecs[i]->open(6);
        expect_true(!codecs[i]->encode(state, in, sizeof in, out, sizeof out,
                                       &nbytes, &status));
        expect_int_eq(status.code, STATUS_CODEC);
        codecs[i]->close(state);
    }
}

static size_t allocated_nbytes;

static void *counting_malloc(size_t nbytes)
{
    allocated_nbytes += nbytes;
    return malloc(nbytes);
}

TEST_CASE(codec, deflate_state_holds_no_more_than_is_charged)
{
    libdeflate_set_memory_allocator(counting_malloc, free);
    for (int level = 1; level <= 12; level++) {
        allocated_nbytes = 0;
        void *state = codec_deflate.open(level);
        const size_t charged = codec_deflate.state_nbytes(level, NBYTES_MAX);
        expect_int_le(1, allocated_nbytes);
        expect_int_le(allocated_nbytes, charged);
        codec_deflate.close(state);
    }
    libdeflate_set_memory_allocator(malloc, free);
}
