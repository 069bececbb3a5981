/* SPDX-License-Identifier: MIT */
#include "pack.h"

#include <math.h>
#include <stdlib.h>

#include "decode.h"
#include "gtest_c.h"
#include "random.h"

enum { SAMPLES_MAX = 67 };

static int bytes_for(int nbits)
{
    return nbits <= 8 ? 1 : nbits <= 16 ? 2 : 4;
}

/** Packs random samples, some of them too large, and compares with what the
 * bits say. */
static void check_packing(Random *random, int nbits, int sample_nbytes,
                          size_t samples)
{
    const uint64_t largest = (UINT64_C(1) << nbits) - 1;
    const size_t nbytes = (samples * (size_t)nbits + 7) / 8;
    uint64_t expected[SAMPLES_MAX];
    bool too_large = false;
    uint32_t in[SAMPLES_MAX];
    uint8_t *out = malloc(nbytes);
    memset(out, 0xff, nbytes);

    for (size_t i = 0; i < samples; i++) {
        const uint64_t limit = (UINT64_C(1) << 8 * sample_nbytes) - 1;
        const uint64_t any = random_next(random) & limit;
        const uint64_t value = random_once_in(random, 8) ? any : any & largest;
        memcpy((uint8_t *)in + i * (size_t)sample_nbytes, &value,
               (size_t)sample_nbytes);
        expected[i] = value < largest ? value : largest;
        too_large |= value > largest;
    }
    expect_int_eq(pack_row(out, in, samples, sample_nbytes, nbits), too_large);
    for (size_t i = 0; i < samples; i++)
        expect_int_eq(decode_bits(out, i * (size_t)nbits, nbits), expected[i]);
    const size_t end = samples * (size_t)nbits;
    expect_int_eq(decode_bits(out, end, (int)(8 * nbytes - end)), 0);
    free(out);
}

TEST_CASE(pack, every_sample_has_its_bits_and_too_large_ones_the_largest)
{
    Random random = {.state = 1};
    for (int nbits = 1; nbits <= 31; nbits++)
        for (int nbytes = bytes_for(nbits); nbytes <= 4; nbytes *= 2)
            for (size_t samples = 1; samples <= SAMPLES_MAX; samples++) {
                test_context("%d bits of %d bytes, %d samples", nbits, nbytes,
                             (int)samples);
                check_packing(&random, nbits, nbytes, samples);
            }
}

TEST_CASE(pack, half_floats_are_cut_off_floats)
{
    const float in[] = {0,        -0.0f,        1,      -2,
                        65504,    65536,        -1e10f, INFINITY,
                        0x1p-24f, 0x1.ffcp-15f, 1e-20f, 1 + 0x1.8p-11f};
    const uint16_t expected[] = {0,      0x8000, 0x3c00, 0xc000,
                                 0x7bff, 0x7c00, 0xfc00, 0x7c00,
                                 0x0001, 0x03ff, 0,      0x3c00};
    enum { COUNT = sizeof expected / sizeof *expected };
    uint16_t out[COUNT];
    expect_true(pack_half_row(out, in, COUNT));
    for (int i = 0; i < COUNT; i++) {
        test_context("sample %d", i);
        expect_int_eq(out[i], expected[i]);
    }
    expect_true(!pack_half_row(out, in, 5));
}

TEST_CASE(pack, half_float_of_nan_is_nan_and_keeps_its_bits)
{
    const uint32_t in[] = {0x7fc00000, 0xffa02000, 0x7f800001};
    const uint16_t expected[] = {0x7e00, 0xfd01, 0x7e00};
    uint16_t out[3];
    expect_true(!pack_half_row(out, in, 3));
    expect_mem_eq(out, expected, sizeof expected);
}

TEST_CASE(pack, first_sample_is_in_the_most_significant_bits)
{
    const uint8_t in[] = {1, 0, 1, 1, 0, 0, 0, 0, 1};
    uint8_t out[2];
    pack_row(out, in, 9, 1, 1);
    expect_int_eq(out[0], 0xb0);
    expect_int_eq(out[1], 0x80);
}
