/* SPDX-License-Identifier: MIT */
#include "predictor.h"

#include <stdlib.h>

#include "decode.h"
#include "gtest_c.h"
#include "random.h"

enum { SAMPLES_MAX = 1200, MARGIN = 16 };

/** Whatever its content, a row comes back, and nothing behind it is touched. */
static void check_row(Predictor predictor, const uint8_t *in, size_t samples,
                      size_t stride, size_t sample_nbytes)
{
    const size_t nbytes = samples * sample_nbytes;
    uint8_t *out = malloc(nbytes + MARGIN);
    uint8_t untouched[MARGIN];
    memset(untouched, 0xa5, MARGIN);
    memset(out + nbytes, 0xa5, MARGIN);
    predictor_row(predictor, out, in, samples, stride, (int)sample_nbytes);
    expect_mem_eq(out + nbytes, untouched, MARGIN);
    decode_row(predictor, out, samples, stride, sample_nbytes);
    expect_mem_eq(out, in, nbytes);
    free(out);
}

static void check_round_trip(Predictor predictor, size_t sample_nbytes)
{
    static const size_t lengths[] = {1, 2, 3, 7, 31, 85, 256, 257, 1021};
    Random random = {.state = (uint64_t)predictor * 100 + sample_nbytes};
    uint8_t *in = malloc(SAMPLES_MAX * 8);
    random_fill(&random, in, SAMPLES_MAX * 8);
    for (size_t stride = 1; stride <= 5; stride++)
        for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
            /* Whole pixels, or a row shorter than one. */
            const size_t samples =
                lengths[i] < stride ? lengths[i] : lengths[i] / stride * stride;
            test_context("%d samples, stride %d", (int)samples, (int)stride);
            check_row(predictor, in, samples, stride, sample_nbytes);
        }
    free(in);
}

TEST_CASE(predictor, none_copies)
{
    for (size_t nbytes = 1; nbytes <= 8; nbytes++)
        check_round_trip(PREDICTOR_NONE, nbytes);
}

TEST_CASE(predictor, horizontal_is_undone_by_the_reference)
{
    for (size_t nbytes = 1; nbytes <= 8; nbytes *= 2)
        check_round_trip(PREDICTOR_HORIZONTAL, nbytes);
}

TEST_CASE(predictor, floating_point_is_undone_by_the_reference)
{
    for (size_t nbytes = 2; nbytes <= 8; nbytes *= 2)
        check_round_trip(PREDICTOR_FLOATING_POINT, nbytes);
}

TEST_CASE(predictor, horizontal_takes_the_difference_of_like_bands)
{
    const uint16_t in[] = {10, 1000, 13, 900, 12, 65535};
    const uint16_t expected[] = {10, 1000, 3, 65436, 65535, 64635};
    uint16_t out[6];
    predictor_row(PREDICTOR_HORIZONTAL, out, in, 6, 2, 2);
    expect_mem_eq(out, expected, sizeof out);
}

TEST_CASE(predictor, floating_point_puts_the_exponents_first)
{
    const uint32_t in[] = {0x11223344, 0x12233445};
    const uint8_t expected[] = {0x11, 0x01, 0x10, 0x01, 0x10, 0x01, 0x10, 0x01};
    uint8_t out[8];
    predictor_row(PREDICTOR_FLOATING_POINT, out, in, 2, 1, 4);
    expect_mem_eq(out, expected, sizeof out);
}

TEST_CASE(predictor, applies_where_libtiff_says)
{
    for (int nbits = 1; nbits <= 128; nbits++) {
        const bool wide = nbits == 16 || nbits == 32 || nbits == 64;
        for (int is_float = 0; is_float < 2; is_float++) {
            expect_true(predictor_applies(PREDICTOR_NONE, nbits, is_float));
            expect_int_eq(
                predictor_applies(PREDICTOR_HORIZONTAL, nbits, is_float),
                wide || nbits == 8);
            expect_int_eq(
                predictor_applies(PREDICTOR_FLOATING_POINT, nbits, is_float),
                wide && is_float);
        }
    }
}
