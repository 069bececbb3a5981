/* SPDX-License-Identifier: MIT */
#include "agreement.h"

#include <math.h>

#include "gtest_c.h"

static ImageSpec image_of(SampleFormat format, int nbytes, double max_error)
{
    ImageSpec image = {.sample_format = format,
                       .fidelity = FIDELITY_WITHIN,
                       .max_error = max_error};
    image.layout.spec.sample_nbytes = nbytes;
    image.layout.spec.sample_nbits = 8 * nbytes;
    return image;
}

static bool agree_floats(double max_error, float given, float decoded)
{
    const ImageSpec image = image_of(SAMPLE_FORMAT_FLOAT, 4, max_error);
    return agreement_end(&image, (const uint8_t *)&given,
                         (const uint8_t *)&decoded, 1) == 1;
}

static bool agree_doubles(double max_error, double given, double decoded)
{
    const ImageSpec image = image_of(SAMPLE_FORMAT_FLOAT, 8, max_error);
    return agreement_end(&image, (const uint8_t *)&given,
                         (const uint8_t *)&decoded, 1) == 1;
}

TEST_CASE(agreement, numbers_agree_within_the_bound_and_nan_with_nan)
{
    expect_true(agree_floats(0, 1, 1));
    expect_true(agree_floats(0, 0.0f, -0.0f)); /* the same number */
    expect_true(!agree_floats(0, 1, nextafterf(1, 2)));
    expect_true(agree_floats(0, NAN, -NAN));
    expect_true(!agree_floats(9, NAN, 1));
    expect_true(!agree_floats(9, 1, NAN));
    expect_true(agree_floats(9, INFINITY, INFINITY));
    expect_true(!agree_floats(9, INFINITY, -INFINITY));
    expect_true(!agree_floats(9, INFINITY, 1));
    expect_true(!agree_floats(9, 1, INFINITY));
    expect_true(agree_floats(0.25, 1e9f, 1e9f + 64)); /* its last bit */
    expect_true(!agree_floats(0.25, 1e9f, 1e9f + 256));
    expect_true(agree_doubles(0.25, 1e9, 1e9 + 0.25));
    expect_true(!agree_doubles(0.25, 1e9, 1e9 + 0.26));
    expect_true(!agree_doubles(0, 1, nextafter(1, 2)));
}

TEST_CASE(agreement, whole_numbers_agree_within_the_bound)
{
    for (int nbytes = 1; nbytes <= 4; nbytes *= 2)
        for (int is_signed = 0; is_signed < 2; is_signed++) {
            const ImageSpec image = image_of(
                is_signed ? SAMPLE_FORMAT_INT : SAMPLE_FORMAT_UINT, nbytes, 3);
            /* Around zero, and where the sign begins or ends. */
            for (int top = 0; top < 2; top++)
                for (int by = -5; by <= 5; by++) {
                    const uint32_t given =
                        (top ? 1u << (8 * nbytes - 1) : 0) + 20;
                    const uint32_t decoded = given + (uint32_t)by;
                    const size_t end =
                        agreement_end(&image, (const uint8_t *)&given,
                                      (const uint8_t *)&decoded, 1);
                    test_context("%d bytes, %u and %d", nbytes, given, by);
                    expect_int_eq(end == 1, by >= -3 && by <= 3);
                }
        }
}

static bool agree_half(uint32_t given, uint32_t decoded)
{
    ImageSpec image = image_of(SAMPLE_FORMAT_FLOAT, 4, 0);
    image.fidelity = FIDELITY_EXACT;
    image.half_float = true;
    return agreement_end(&image, (const uint8_t *)&given,
                         (const uint8_t *)&decoded, 1) == 1;
}

TEST_CASE(agreement, half_floats_agree_with_what_they_are_cut_from)
{
    expect_true(agree_half(0x3f800000, 0x3f800000));
    expect_true(agree_half(0x3f801fff, 0x3f800000)); /* 13 bits less */
    expect_true(!agree_half(0x3f802000, 0x3f800000));
    expect_true(!agree_half(0x3f800000, 0x3f802000)); /* up */
    expect_true(!agree_half(0xbf800000, 0x3f800000)); /* sign */
    expect_true(agree_half(0x477fefff, 0x477fe000));  /* almost 65536 */
    expect_true(agree_half(0x47800000, 0x7f800000));  /* 65536 is infinite */
    expect_true(!agree_half(0x477fefff, 0x7f800000));
    expect_true(!agree_half(0x7f800000, 0x477fe000));
    expect_true(agree_half(0x7fc00001, 0x7fc00000)); /* NaN */
    expect_true(!agree_half(0x7fc00000, 0x3f800000));
    expect_true(
        agree_half(0x33ffffff, 0x33800000)); /* 2^-24 and almost twice */
    expect_true(!agree_half(0x34000000, 0x33800000));
    expect_true(agree_half(0x337fffff, 0));
    expect_true(!agree_half(0x33800000, 0));
    expect_true(agree_half(0xb37fffff, 0x80000000));
}
