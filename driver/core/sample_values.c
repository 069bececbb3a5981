/* SPDX-License-Identifier: MIT */
#include "sample_values.h"

#include <math.h>
#include <string.h>

#define DEFINE_GATHER(name, type, wide)                                        \
    static void name(wide *restrict to, const StatisticsRow *from)             \
    {                                                                          \
        const uint8_t *restrict at = from->samples;                            \
        const size_t count = from->count, stride = from->stride;               \
        if (stride == sizeof(type))                                            \
            for (size_t i = 0; i < count; i++)                                 \
                to[i] = (wide)((const type *)(const void *)at)[i];             \
        else                                                                   \
            for (size_t i = 0; i < count; i++)                                 \
                to[i] =                                                        \
                    (wide)((const type *)(const void *)(at + i * stride))[0];  \
    }

DEFINE_GATHER(gather_uint8, uint8_t, int32_t)
DEFINE_GATHER(gather_int8, int8_t, int32_t)
DEFINE_GATHER(gather_uint16, uint16_t, int32_t)
DEFINE_GATHER(gather_int16, int16_t, int32_t)
DEFINE_GATHER(gather_uint32, uint32_t, double)
DEFINE_GATHER(gather_int32, int32_t, double)
DEFINE_GATHER(gather_uint64, uint64_t, double)
DEFINE_GATHER(gather_int64, int64_t, double)
DEFINE_GATHER(gather_float, float, double)
DEFINE_GATHER(gather_double, double, double)

/** The value of an IEEE 754 half float (binary16). */
static double value_of_half(uint16_t half)
{
    enum { SIGN = 0x8000, EXPONENT = 0x1f, IMPLICIT = 0x400 };
    const int exponent = half >> 10 & EXPONENT;
    const double fraction = half & (IMPLICIT - 1);
    double value = ldexp(fraction + IMPLICIT, exponent - 25);
    if (exponent == 0)
        value = ldexp(fraction, -24);
    else if (exponent == EXPONENT)
        value = fraction == 0 ? INFINITY : NAN;
    return half & SIGN ? -value : value;
}

static void gather_half(double *to, const StatisticsRow *from)
{
    for (size_t i = 0; i < from->count; i++) {
        uint16_t half;
        memcpy(&half, from->samples + i * from->stride, sizeof half);
        to[i] = value_of_half(half);
    }
}

int sample_real_nbytes(const StatisticsRule *rule)
{
    return rule->sample_nbytes /
           (rule->format >= SAMPLE_FORMAT_COMPLEX_INT ? 2 : 1);
}

bool sample_is_floating(SampleFormat format)
{
    return format == SAMPLE_FORMAT_FLOAT ||
           format == SAMPLE_FORMAT_COMPLEX_FLOAT;
}

void sample_values_as_int32(int32_t *to, const StatisticsRule *rule,
                            const StatisticsRow *from)
{
    const bool has_sign = rule->format != SAMPLE_FORMAT_UINT;
    if (sample_real_nbytes(rule) == 1)
        (has_sign ? gather_int8 : gather_uint8)(to, from);
    else
        (has_sign ? gather_int16 : gather_uint16)(to, from);
}

void sample_values_as_double(double *to, const StatisticsRule *rule,
                             const StatisticsRow *from)
{
    const bool is_32 = sample_real_nbytes(rule) == 4;
    if (sample_is_floating(rule->format) && sample_real_nbytes(rule) == 2)
        gather_half(to, from);
    else if (sample_is_floating(rule->format))
        (is_32 ? gather_float : gather_double)(to, from);
    else if (rule->format == SAMPLE_FORMAT_UINT)
        (is_32 ? gather_uint32 : gather_uint64)(to, from);
    else
        (is_32 ? gather_int32 : gather_int64)(to, from);
}
