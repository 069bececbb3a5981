/* SPDX-License-Identifier: MIT */
#include "codec.h"

#include <libdeflate.h>
#include <stdlib.h>

#include "decode.h"
#include "gtest_c.h"
#include "random.h"
#include "strip.h"

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

/** The strip comes back from the reference, and the bound is kept. */
static void check_round_trip(const Codec *codec, const Strip *strip)
{
    const size_t in_nbytes = strip->layout.tile_nbytes;
    const size_t bound = codec->bound(&strip->setup);
    uint8_t *out = malloc(bound), *back = malloc(in_nbytes);
    void *state = codec->open(&strip->setup);
    /* Twice, as what went before must make no difference. */
    for (int i = 0; i < 2; i++) {
        Status status = {.code = STATUS_OK};
        size_t out_nbytes = 0;
        expect_true(
            codec->encode(state, &strip->in, out, bound, &out_nbytes, &status));
        expect_int_eq(status.code, STATUS_OK);
        expect_int_le(1, out_nbytes);
        expect_int_le(out_nbytes, bound);
        expect_true(decode_rows(codec, out, out_nbytes, back, in_nbytes,
                                strip->in.row_nbytes));
        expect_mem_eq(back, strip->in.bytes, in_nbytes);
    }
    codec->close(state);
    free(back);
    free(out);
}

/** Encodes one row.
 * @return the size in @p out, of @p capacity bytes */
static size_t encode_row(const Codec *codec, const uint8_t *in, int nbytes,
                         uint8_t *out, size_t capacity)
{
    size_t out_nbytes = 0;
    Status status = {.code = STATUS_OK};
    Strip strip;
    strip_init(&strip, 1, in, nbytes, 1);
    void *state = codec->open(&strip.setup);
    expect_true(
        codec->encode(state, &strip.in, out, capacity, &out_nbytes, &status));
    codec->close(state);
    return out_nbytes;
}

static void check_codec(const Codec *codec, int least_level, int most_level)
{
    static const int sizes[] = {1, 2, 100, 65535, 65536, NBYTES_MAX};
    uint8_t *in = malloc(NBYTES_MAX);
    for (int content = 0; content < CONTENTS; content++) {
        fill(in, content);
        for (int level = least_level; level <= most_level; level++)
            for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
                Strip strip;
                test_context("content %d, level %d, %d bytes", content, level,
                             sizes[i]);
                strip_init(&strip, level, in, sizes[i], 1);
                check_round_trip(codec, &strip);
            }
    }
    free(in);
}

TEST_CASE(codec, deflate_is_zlib_at_every_level)
{
    check_codec(&codec_deflate, 1, 12);
    check_codec(&codec_deflate, LEVEL_AUTO, LEVEL_AUTO);
    expect_int_eq(codec_deflate.tag, 8);
    expect_true(codec_deflate.predicts);
}

TEST_CASE(codec, none_is_the_identity)
{
    const uint8_t in[] = {1, 2, 3};
    uint8_t out[3];
    check_codec(&codec_none, 1, 1);
    expect_int_eq(codec_none.tag, 1);
    expect_true(!codec_none.predicts);
    expect_int_eq(encode_row(&codec_none, in, 3, out, sizeof out), 3);
    expect_mem_eq(out, in, 3);
}

/** Every size up to a few codes' width, of @p values different bytes. */
static void check_small_sizes(const Codec *codec, int values)
{
    enum { MOST = 1200 };
    uint8_t in[MOST];
    Random random = {.state = (uint64_t)values};
    for (int i = 0; i < MOST; i++)
        in[i] = (uint8_t)random_in(&random, 0, values - 1);
    for (int nbytes = 1; nbytes <= MOST; nbytes++) {
        Strip strip;
        test_context("%d values, %d bytes", values, nbytes);
        strip_init(&strip, 0, in, nbytes, 1);
        check_round_trip(codec, &strip);
    }
}

TEST_CASE(codec, lzw_round_trip)
{
    check_codec(&codec_lzw, 0, 0);
    check_small_sizes(&codec_lzw, 1);
    check_small_sizes(&codec_lzw, 2);
    check_small_sizes(&codec_lzw, 256);
    expect_int_eq(codec_lzw.tag, 5);
    expect_true(codec_lzw.predicts);
}

/* From one Clear to the next noise takes 3836 codes: wherever a strip ends
 * about there, a reader must find End where it looks for it. */
TEST_CASE(codec, lzw_ends_near_a_full_table)
{
    uint8_t *in = malloc(NBYTES_MAX);
    fill(in, NOISE);
    for (int nbytes = 3700; nbytes <= 4000; nbytes++) {
        Strip strip;
        test_context("%d bytes", nbytes);
        strip_init(&strip, 0, in, nbytes, 1);
        check_round_trip(&codec_lzw, &strip);
    }
    free(in);
}

/* The example of TIFF 6.0 section 13: 7 7 7 8 8 7 7 6 6, which is Clear 7 258 8
 * 8 258 6 6 End. */
TEST_CASE(codec, lzw_of_the_specification)
{
    static const uint8_t in[] = {7, 7, 7, 8, 8, 7, 7, 6, 6};
    static const int codes[] = {256, 7, 258, 8, 8, 258, 6, 6, 257};
    enum { CODES = sizeof codes / sizeof *codes };
    uint8_t out[64];
    expect_int_eq(encode_row(&codec_lzw, in, sizeof in, out, sizeof out),
                  (CODES * 9 + 7) / 8);
    for (int i = 0; i < CODES; i++)
        expect_int_eq(decode_bits(out, (size_t)i * 9, 9), codes[i]);
}

TEST_CASE(codec, packbits_round_trip)
{
    check_codec(&codec_packbits, 0, 0);
    check_small_sizes(&codec_packbits, 1);
    check_small_sizes(&codec_packbits, 2);
    check_small_sizes(&codec_packbits, 256);
    expect_int_eq(codec_packbits.tag, 32773);
    expect_true(!codec_packbits.predicts);
}

TEST_CASE(codec, packbits_keeps_rows_apart)
{
    uint8_t *in = malloc(NBYTES_MAX);
    Strip strip;
    fill(in, ZEROS);
    strip_init(&strip, 0, in, 1000, 200);
    check_round_trip(&codec_packbits, &strip);
    strip_init(&strip, 0, in, 1, 200);
    check_round_trip(&codec_packbits, &strip);
    free(in);
}

/* The example of Apple's Technical Note 1023, which TIFF 6.0 section 9 follows:
 * a run of two inside of literals is not worth ending them. */
TEST_CASE(codec, packbits_of_known_bytes)
{
    static const uint8_t in[] = {
        0xAA, 0xAA, 0xAA, 0x80, 0x00, 0x2A, 0xAA, 0xAA, 0xAA, 0xAA, 0x80, 0x00,
        0x2A, 0x22, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA};
    static const uint8_t packed[] = {0xFE, 0xAA, 0x02, 0x80, 0x00,
                                     0x2A, 0xFD, 0xAA, 0x03, 0x80,
                                     0x00, 0x2A, 0x22, 0xF7, 0xAA};
    uint8_t out[64];
    expect_int_eq(encode_row(&codec_packbits, in, sizeof in, out, sizeof out),
                  sizeof packed);
    expect_mem_eq(out, packed, sizeof packed);
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
        Strip strip;
        strip_init(&strip, levels[i], in, NBYTES_MAX, 1);
        void *state = codec_deflate.open(&strip.setup);
        test_context("level %d", levels[i]);
        codec_deflate.encode(state, &strip.in, out, 2 * NBYTES_MAX, &nbytes,
                             &status);
        expect_true(nbytes < before);
        before = nbytes;
        codec_deflate.close(state);
    }
    free(out);
    free(in);
}

TEST_CASE(codec, want_of_room_is_said)
{
    static const Codec *const codecs[] = {&codec_none, &codec_deflate,
                                          &codec_lzw, &codec_packbits};
    Random random = {.state = 3};
    uint8_t in[1000], out[500];
    random_fill(&random, in, sizeof in);
    for (size_t i = 0; i < sizeof codecs / sizeof *codecs; i++) {
        Status status = {.code = STATUS_OK};
        size_t nbytes;
        Strip strip;
        strip_init(&strip, 6, in, sizeof in, 1);
        void *state = codecs[i]->open(&strip.setup);
        expect_true(!codecs[i]->encode(state, &strip.in, out, sizeof out,
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
    const uint8_t in[1] = {0};
    libdeflate_set_memory_allocator(counting_malloc, free);
    for (int level = LEVEL_AUTO; level <= 12; level++) {
        Strip strip;
        if (level == 0)
            continue;
        strip_init(&strip, level, in, 1, 1);
        allocated_nbytes = 0;
        void *state = codec_deflate.open(&strip.setup);
        const size_t charged = codec_deflate.state_nbytes(&strip.setup);
        expect_int_le(1, allocated_nbytes);
        expect_int_le(allocated_nbytes, charged);
        codec_deflate.close(state);
    }
    libdeflate_set_memory_allocator(malloc, free);
}
