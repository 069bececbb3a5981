/* SPDX-License-Identifier: MIT */
#include "agreement.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "sample_values.h"

/* Samples that are compared as numbers at once. */
enum { PIECE = 256 };

typedef struct Comparison {
    const ImageSpec *image;
    StatisticsRule rule;
} Comparison;

/** @return whether a sample may have become another one */
typedef bool (*Accept)(const Comparison *comparison, double given,
                       double decoded);

/** Of fewer bits: see pack_row(). */
static bool is_clipped(const Comparison *comparison, double given,
                       double decoded)
{
    const int nbits = comparison->image->layout.spec.sample_nbits;
    const double largest = (double)((UINT64_C(1) << nbits) - 1);
    return decoded == (given < largest ? given : largest);
}

/** The half float next to it, towards zero. */
static bool is_halved(const Comparison *comparison, double given,
                      double decoded)
{
    enum { MANTISSA_NBITS = 10, EXPONENT_LEAST = -14, EXPONENT_END = 16 };
    (void)comparison;
    if (isnan(given) || isnan(decoded))
        return isnan(given) && isnan(decoded);
    if (!signbit(given) != !signbit(decoded))
        return false;
    if (isinf(decoded))
        return fabs(given) >= ldexp(1, EXPONENT_END);
    int exponent; /* of a fraction from 0.5 on */
    frexp(decoded, &exponent);
    if (decoded == 0 || exponent - 1 < EXPONENT_LEAST)
        exponent = EXPONENT_LEAST + 1;
    const double lost = fabs(given) - fabs(decoded);
    return lost >= 0 && lost < ldexp(1, exponent - 1 - MANTISSA_NBITS);
}

static bool is_within(const Comparison *comparison, double given,
                      double decoded)
{
    const double max_error = comparison->image->max_error;
    if (isnan(given) || isnan(decoded))
        return isnan(given) && isnan(decoded);
    if (given == decoded || max_error == 0 || isinf(given))
        return given == decoded;
    double rounding = 0;
    if (sample_is_floating(comparison->rule.format)) {
        /* What the codec's own arithmetic, in doubles, and the decoded number's
         * last bit may add. */
        const double last_bit =
            comparison->rule.sample_nbytes == 8 ? 8 * DBL_EPSILON : FLT_EPSILON;
        rounding = max_error * 1e-6 + fabs(given) * last_bit;
    }
    return fabs(given - decoded) <= max_error + rounding;
}

/** Brings samples into @p to as numbers. */
static void read_numbers(double *to, const Comparison *comparison,
                         const uint8_t *samples, size_t count)
{
    const StatisticsRule *rule = &comparison->rule;
    const StatisticsRow row = {.samples = samples,
                               .count = count,
                               .stride = (size_t)rule->sample_nbytes};
    if (rule->sample_nbytes > 2 || sample_is_floating(rule->format)) {
        sample_values_as_double(to, rule, &row);
        return;
    }
    int32_t whole[PIECE];
    sample_values_as_int32(whole, rule, &row);
    for (size_t i = 0; i < count; i++)
        to[i] = whole[i];
}

static size_t first_not(Accept accept, const Comparison *comparison,
                        const uint8_t *given, const uint8_t *decoded,
                        size_t count)
{
    const size_t nbytes = (size_t)comparison->rule.sample_nbytes;
    double a[PIECE], b[PIECE];
    for (size_t begin = 0; begin < count; begin += PIECE) {
        const size_t piece = count - begin < PIECE ? count - begin : PIECE;
        read_numbers(a, comparison, given + begin * nbytes, piece);
        read_numbers(b, comparison, decoded + begin * nbytes, piece);
        for (size_t i = 0; i < piece; i++)
            if (!accept(comparison, a[i], b[i]))
                return begin + i;
    }
    return count;
}

static size_t first_other_bits(const uint8_t *given, const uint8_t *decoded,
                               size_t count, size_t nbytes)
{
    size_t i = 0;
    if (memcmp(given, decoded, count * nbytes) == 0)
        return count;
    while (memcmp(given + i * nbytes, decoded + i * nbytes, nbytes) == 0)
        i++;
    return i;
}

size_t agreement_end(const ImageSpec *image, const uint8_t *given,
                     const uint8_t *decoded, size_t count)
{
    const LayoutSpec *spec = &image->layout.spec;
    Comparison comparison = {.image = image,
                             .rule = {.format = image->sample_format,
                                      .sample_nbytes = spec->sample_nbytes}};
    if (image->half_float)
        return first_not(is_halved, &comparison, given, decoded, count);
    if (spec->sample_nbits < 8 * spec->sample_nbytes) {
        comparison.rule.format = SAMPLE_FORMAT_UINT;
        return first_not(is_clipped, &comparison, given, decoded, count);
    }
    if (image->fidelity == FIDELITY_WITHIN)
        return first_not(is_within, &comparison, given, decoded, count);
    return first_other_bits(given, decoded, count, (size_t)spec->sample_nbytes);
}
