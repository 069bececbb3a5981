/* SPDX-License-Identifier: MIT */
/* What is used to verify: it decodes as the reference does, takes nothing that
 * is not exactly what it should be, and never leaves its room. */
#include "decoders.h"

#include <libdeflate.h>
#include <stdlib.h>

#include "decode.h"
#include "gtest_c.h"
#include "lzw.h"
#include "pack.h"
#include "packbits.h"
#include "predictor.h"
#include "random.h"
#include "strip.h"

enum { NBYTES_MAX = 60000, MARGIN = 16, SAMPLES_MAX = 1200 };

/** Noise, or steps that are long at times. */
static void fill(uint8_t *bytes, uint64_t seed, int content)
{
    Random random = {.state = seed};
    random_fill(&random, bytes, NBYTES_MAX);
    if (content == 1)
        memset(bytes, 7, NBYTES_MAX);
    if (content == 2)
        for (size_t i = 1; i < NBYTES_MAX; i++)
            if (!random_once_in(&random, 5))
                bytes[i] = bytes[i - 1];
}

/** Encoded bytes in a buffer that ends with them, so that a sanitizer sees who
 * reads on. */
typedef struct Encoded {
    uint8_t *bytes;
    size_t nbytes;
} Encoded;

static Encoded encode(const Codec *codec, const Strip *strip)
{
    Encoded result = {.bytes = malloc(codec->bound(&strip->setup))};
    Status status = {.code = STATUS_OK};
    void *state = codec->open(&strip->setup);
    expect_true(codec->encode(state, &strip->in, result.bytes,
                              codec->bound(&strip->setup), &result.nbytes,
                              &status));
    codec->close(state);
    result.bytes = realloc(result.bytes, result.nbytes);
    return result;
}

/** @return whether it decodes; nothing is written behind the rows */
static bool decodes(const Codec *codec, const Strip *strip, const uint8_t *in,
                    size_t in_nbytes, uint8_t *out)
{
    const size_t nbytes = codec_input_nbytes(&strip->in);
    CodecInput shape = strip->in;
    Status status = {.code = STATUS_OK};
    void *state = codec->decoder->open(&strip->setup);
    uint8_t untouched[MARGIN];
    memset(untouched, 0xa5, MARGIN);
    memset(out + nbytes, 0xa5, MARGIN);
    shape.bytes = NULL;
    const bool ok =
        codec->decoder->decode(state, &shape, in, in_nbytes, out, &status);
    expect_int_eq(status.code, ok ? STATUS_OK : STATUS_CODEC);
    expect_mem_eq(out + nbytes, untouched, MARGIN);
    codec->decoder->close(state);
    return ok;
}

static void check_round_trip(const Codec *codec, const uint8_t *bytes,
                             int64_t columns, int64_t height)
{
    Strip strip;
    strip_init(&strip, 6, bytes, columns, height);
    const size_t nbytes = codec_input_nbytes(&strip.in);
    Encoded encoded = encode(codec, &strip);
    uint8_t *out = malloc(nbytes + MARGIN);
    expect_true(decodes(codec, &strip, encoded.bytes, encoded.nbytes, out));
    expect_mem_eq(out, bytes, nbytes);
    /* One byte less, one more, and a row less or more than there is. */
    expect_true(
        !decodes(codec, &strip, encoded.bytes, encoded.nbytes - 1, out));
    encoded.bytes = realloc(encoded.bytes, encoded.nbytes + 1);
    encoded.bytes[encoded.nbytes] = 0;
    expect_true(
        !decodes(codec, &strip, encoded.bytes, encoded.nbytes + 1, out));
    strip.in.rows--;
    if (strip.in.rows > 0)
        expect_true(
            !decodes(codec, &strip, encoded.bytes, encoded.nbytes, out));
    strip.in.rows += 2;
    free(out);
    out = malloc(codec_input_nbytes(&strip.in) + MARGIN);
    expect_true(!decodes(codec, &strip, encoded.bytes, encoded.nbytes, out));
    free(out);
    free(encoded.bytes);
}

static const Codec *const codecs[] = {&codec_deflate, &codec_lzw,
                                      &codec_packbits};
enum { CODECS = sizeof codecs / sizeof *codecs, CONTENTS = 3 };

TEST_CASE(decoders, what_was_encoded_comes_back_and_nothing_else_does)
{
    static const int shapes[][2] = {{1, 1},   {1, 7},     {2, 1},    {100, 3},
                                    {129, 5}, {300, 200}, {60000, 1}};
    uint8_t *bytes = malloc(NBYTES_MAX);
    for (int i = 0; i < CODECS; i++)
        for (int content = 0; content < CONTENTS; content++) {
            fill(bytes, 1, content);
            for (size_t j = 0; j < sizeof shapes / sizeof *shapes; j++) {
                test_context("%s, content %d, %dx%d", codecs[i]->name, content,
                             shapes[j][0], shapes[j][1]);
                check_round_trip(codecs[i], bytes, shapes[j][0], shapes[j][1]);
            }
        }
    free(bytes);
}

/* All about the code where tables are cleared, and every small size. */
TEST_CASE(decoders, lzw_of_any_length)
{
    uint8_t *bytes = malloc(NBYTES_MAX);
    for (int content = 0; content < CONTENTS; content++) {
        fill(bytes, 2, content);
        for (int nbytes = 1; nbytes <= 4200; nbytes++) {
            if (nbytes == 700)
                nbytes = 3700;
            test_context("content %d, %d bytes", content, nbytes);
            check_round_trip(&codec_lzw, bytes, nbytes, 1);
        }
    }
    free(bytes);
}

/** Leaves strings of several bytes behind at every code. */
static void fill_strings(LzwStrings *strings)
{
    enum { NBYTES = 20000 };
    uint8_t *bytes = calloc(1, NBYTES), *out = malloc(NBYTES);
    Strip strip;
    strip_init(&strip, 6, bytes, NBYTES, 1);
    for (int i = 0; i < NBYTES; i++)
        bytes[i] = (uint8_t)(i / 100 * 7);
    Encoded encoded = encode(&codec_lzw, &strip);
    expect_true(
        lzw_decode(strings, encoded.bytes, encoded.nbytes, out, NBYTES));
    free(encoded.bytes);
    free(out);
    free(bytes);
}

/* Only those that were given away, and the one that is about to be: 258 is 7 7
 * here, and 259 and so on are of another tile. */
TEST_CASE(decoders, lzw_knows_no_codes_that_were_not_given_away)
{
    LzwStrings *strings = lzw_strings_new();
    fill_strings(strings);
    for (unsigned code = 258; code < 512; code++)
        for (size_t nbytes = 1; nbytes <= 100; nbytes++) {
            /* Clear, 7, the code, End: nine bits each. */
            const uint64_t bits =
                ((UINT64_C(256) << 27) | (UINT64_C(7) << 18) | code << 9 | 257)
                << 4;
            uint8_t in[5], out[100];
            for (int i = 0; i < 5; i++)
                in[i] = (uint8_t)(bits >> (8 * (4 - i)));
            test_context("code %u, %d bytes", code, (int)nbytes);
            expect_int_eq(lzw_decode(strings, in, sizeof in, out, nbytes),
                          code == 258 && nbytes == 3);
        }
    lzw_strings_free(strings);
}

/** Bytes changed anywhere: it decodes to something, or it does not. */
static void check_garbage(const Codec *codec, Random *random)
{
    uint8_t bytes[2000];
    random_fill(random, bytes, sizeof bytes);
    for (size_t i = 1; i < sizeof bytes; i++)
        if (!random_once_in(random, 4))
            bytes[i] = bytes[i - 1];
    Strip strip;
    strip_init(&strip, 6, bytes, 100, random_in(random, 1, 20));
    const size_t nbytes = codec_input_nbytes(&strip.in);
    Encoded encoded = encode(codec, &strip);
    uint8_t *out = malloc(nbytes + MARGIN);
    for (int64_t i = random_in(random, 1, 4); i > 0; i--)
        encoded.bytes[random_in(random, 0, (int64_t)encoded.nbytes - 1)] =
            (uint8_t)random_next(random);
    /* The reference is as strict. */
    uint8_t *reference = malloc(nbytes);
    const bool is_valid = decode_rows(codec, encoded.bytes, encoded.nbytes,
                                      reference, nbytes, strip.in.row_nbytes);
    const bool decoded =
        decodes(codec, &strip, encoded.bytes, encoded.nbytes, out);
    if (is_valid) {
        expect_true(decoded);
        expect_mem_eq(out, reference, nbytes);
    }
    free(reference);
    free(out);
    free(encoded.bytes);
}

TEST_CASE(decoders, broken_bytes_harm_nobody)
{
    Random random = {.state = 3};
    for (int i = 0; i < CODECS; i++)
        for (int j = 0; j < 3000 && !test_failed(); j++) {
            test_context("%s, case %d", codecs[i]->name, j);
            check_garbage(codecs[i], &random);
        }
}

static size_t allocated_nbytes;

static void *counting_malloc(size_t nbytes)
{
    allocated_nbytes += nbytes;
    return malloc(nbytes);
}

TEST_CASE(decoders, deflate_state_holds_no_more_than_is_charged)
{
    libdeflate_set_memory_allocator(counting_malloc, free);
    allocated_nbytes = 0;
    void *state = decoder_deflate.open(NULL);
    decoder_deflate.close(state);
    libdeflate_set_memory_allocator(malloc, free);
    expect_int_le(1, allocated_nbytes);
    expect_int_le(allocated_nbytes, decoder_deflate.state_nbytes(NULL));
}

TEST_CASE(decoders, predictors_are_undone)
{
    Random random = {.state = 4};
    uint64_t in[SAMPLES_MAX], out[SAMPLES_MAX], back[SAMPLES_MAX];
    random_fill(&random, in, sizeof in);
    for (int predictor = 1; predictor <= 3; predictor++)
        for (int nbytes = 1; nbytes <= 8; nbytes *= 2)
            for (size_t stride = 1; stride <= 5; stride++)
                for (size_t pixels = 1; pixels <= SAMPLES_MAX / stride;
                     pixels = 2 * pixels + 1) {
                    const size_t samples = pixels * stride;
                    test_context("predictor %d, %d bytes, %d of %d", predictor,
                                 nbytes, (int)samples, (int)stride);
                    if (!predictor_applies(predictor, 8 * nbytes, true))
                        continue;
                    predictor_row(predictor, out, in, samples, stride, nbytes);
                    predictor_undo_row(predictor, back, out, samples, stride,
                                       nbytes);
                    expect_mem_eq(back, in, samples * (size_t)nbytes);
                }
}

TEST_CASE(decoders, packed_samples_are_unpacked)
{
    Random random = {.state = 5};
    uint32_t in[67], back[67];
    uint8_t out[67 * 4];
    for (int nbits = 1; nbits <= 31; nbits++)
        for (int nbytes = nbits <= 8    ? 1
                          : nbits <= 16 ? 2
                                        : 4;
             nbytes <= 4; nbytes *= 2)
            for (size_t samples = 1; samples <= 67; samples++) {
                test_context("%d bits of %d bytes", nbits, nbytes);
                for (size_t i = 0; i < samples; i++) {
                    const uint64_t value =
                        random_next(&random) & ((UINT64_C(1) << nbits) - 1);
                    memcpy((uint8_t *)in + i * (size_t)nbytes, &value,
                           (size_t)nbytes);
                }
                pack_row(out, in, samples, nbytes, nbits);
                unpack_row(back, out, samples, nbytes, nbits);
                expect_mem_eq(back, in, samples * (size_t)nbytes);
            }
}

/* All there are: floats hold them exactly, so packing gives them back. */
TEST_CASE(decoders, every_half_float_comes_back)
{
    for (uint32_t i = 0; i < 1 << 16; i++) {
        const uint16_t half = (uint16_t)i;
        uint16_t again;
        float single;
        unpack_half_row(&single, &half, 1);
        expect_int_eq(pack_half_row(&again, &single, 1), false);
        expect_int_eq(again, half);
    }
}
