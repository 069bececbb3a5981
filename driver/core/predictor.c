/* SPDX-License-Identifier: MIT */
#include "predictor.h"

#include <string.h>

bool predictor_applies(Predictor predictor, int sample_nbits, bool is_float)
{
    const bool is_16_to_64 =
        sample_nbits == 16 || sample_nbits == 32 || sample_nbits == 64;
    switch (predictor) {
    case PREDICTOR_HORIZONTAL:
        return sample_nbits == 8 || is_16_to_64;
    case PREDICTOR_FLOATING_POINT:
        return is_float && is_16_to_64;
    default:
        return true;
    }
}

Predictor predictor_usual(bool is_float)
{
    return is_float ? PREDICTOR_FLOATING_POINT : PREDICTOR_HORIZONTAL;
}

/* The loops below are written for the vectoriser: no aliasing, no carried
 * dependency, unsigned arithmetic that wraps as TIFF's does. */
#define DEFINE_DIFFERENCE(name, type)                                          \
    static void name(void *restrict out_bytes, const void *restrict in_bytes,  \
                     size_t samples, size_t stride)                            \
    {                                                                          \
        type *restrict out = out_bytes;                                        \
        const type *restrict in = in_bytes;                                    \
        const size_t first = stride < samples ? stride : samples;              \
        memcpy(out, in, first * sizeof(type));                                 \
        for (size_t i = first; i < samples; i++)                               \
            out[i] = (type)(in[i] - in[i - stride]);                           \
    }

DEFINE_DIFFERENCE(difference_8, uint8_t)
DEFINE_DIFFERENCE(difference_16, uint16_t)
DEFINE_DIFFERENCE(difference_32, uint32_t)
DEFINE_DIFFERENCE(difference_64, uint64_t)

static void horizontal(void *out, const void *in, size_t samples, size_t stride,
                       int sample_nbytes)
{
    switch (sample_nbytes) {
    case 1:
        difference_8(out, in, samples, stride);
        break;
    case 2:
        difference_16(out, in, samples, stride);
        break;
    case 4:
        difference_32(out, in, samples, stride);
        break;
    default:
        difference_64(out, in, samples, stride);
        break;
    }
}

/* The most significant bytes of all samples come first, then the next ones,
 * and so on; the difference then runs over the bytes, across the planes'
 * borders too. */
#define DEFINE_SPLIT(name, type)                                               \
    static void name(uint8_t *restrict out, const void *restrict in_bytes,     \
                     size_t samples)                                           \
    {                                                                          \
        const type *restrict in = in_bytes;                                    \
        for (size_t byte = 0; byte < sizeof(type); byte++) {                   \
            uint8_t *restrict plane = out + byte * samples;                    \
            const unsigned shift = 8 * (unsigned)(sizeof(type) - 1 - byte);    \
            for (size_t i = 0; i < samples; i++)                               \
                plane[i] = (uint8_t)(in[i] >> shift);                          \
        }                                                                      \
    }

DEFINE_SPLIT(split_16, uint16_t)
DEFINE_SPLIT(split_32, uint32_t)
DEFINE_SPLIT(split_64, uint64_t)

/** Subtracts in place, from the end, in blocks copied out beforehand so that
 * the loop can be vectorised. */
static void difference_in_place(uint8_t *bytes, size_t nbytes, size_t stride)
{
    enum { BLOCK = 256 };
    uint8_t before[BLOCK];
    size_t end = nbytes;
    while (end > stride) {
        const size_t left = end - stride;
        const size_t count = left < BLOCK ? left : BLOCK;
        memcpy(before, bytes + end - count - stride, count);
        uint8_t *restrict at = bytes + end - count;
        for (size_t i = 0; i < count; i++)
            at[i] = (uint8_t)(at[i] - before[i]);
        end -= count;
    }
}

static void floating_point(uint8_t *out, const void *in, size_t samples,
                           size_t stride, int sample_nbytes)
{
    switch (sample_nbytes) {
    case 2:
        split_16(out, in, samples);
        break;
    case 4:
        split_32(out, in, samples);
        break;
    default:
        split_64(out, in, samples);
        break;
    }
    difference_in_place(out, samples * (size_t)sample_nbytes, stride);
}

void predictor_row(Predictor predictor, void *out, const void *in,
                   size_t samples, size_t stride, int sample_nbytes)
{
    switch (predictor) {
    case PREDICTOR_HORIZONTAL:
        horizontal(out, in, samples, stride, sample_nbytes);
        break;
    case PREDICTOR_FLOATING_POINT:
        floating_point(out, in, samples, stride, sample_nbytes);
        break;
    default:
        memcpy(out, in, samples * (size_t)sample_nbytes);
        break;
    }
}

/* Written for one value that is carried along: with more than one sample in a
 * pixel it is the memory that carries them. */
#define DEFINE_SUM(name, type)                                                 \
    static void name(void *restrict out_bytes, const void *restrict in_bytes,  \
                     size_t samples, size_t stride)                            \
    {                                                                          \
        type *restrict out = out_bytes;                                        \
        const type *restrict in = in_bytes;                                    \
        type sum = 0;                                                          \
        if (stride == 1) {                                                     \
            for (size_t i = 0; i < samples; i++)                               \
                out[i] = sum = (type)(sum + in[i]);                            \
            return;                                                            \
        }                                                                      \
        const size_t first = stride < samples ? stride : samples;              \
        memcpy(out, in, first * sizeof(type));                                 \
        for (size_t i = first; i < samples; i++)                               \
            out[i] = (type)(in[i] + out[i - stride]);                          \
    }

DEFINE_SUM(sum_8, uint8_t)
DEFINE_SUM(sum_16, uint16_t)
DEFINE_SUM(sum_32, uint32_t)
DEFINE_SUM(sum_64, uint64_t)

static void undo_horizontal(void *out, const void *in, size_t samples,
                            size_t stride, int sample_nbytes)
{
    switch (sample_nbytes) {
    case 1:
        sum_8(out, in, samples, stride);
        break;
    case 2:
        sum_16(out, in, samples, stride);
        break;
    case 4:
        sum_32(out, in, samples, stride);
        break;
    default:
        sum_64(out, in, samples, stride);
        break;
    }
}

#define DEFINE_JOIN(name, type)                                                \
    static void name(void *restrict out_bytes, const uint8_t *restrict in,     \
                     size_t samples)                                           \
    {                                                                          \
        type *restrict out = out_bytes;                                        \
        memset(out, 0, samples * sizeof(type));                                \
        for (size_t byte = 0; byte < sizeof(type); byte++) {                   \
            const uint8_t *restrict plane = in + byte * samples;               \
            const unsigned shift = 8 * (unsigned)(sizeof(type) - 1 - byte);    \
            for (size_t i = 0; i < samples; i++)                               \
                out[i] = (type)(out[i] | (type)plane[i] << shift);             \
        }                                                                      \
    }

DEFINE_JOIN(join_16, uint16_t)
DEFINE_JOIN(join_32, uint32_t)
DEFINE_JOIN(join_64, uint64_t)

static void sum_in_place(uint8_t *bytes, size_t nbytes, size_t stride)
{
    if (stride == 1) {
        uint8_t sum = 0;
        for (size_t i = 0; i < nbytes; i++)
            bytes[i] = sum = (uint8_t)(sum + bytes[i]);
        return;
    }
    for (size_t i = stride; i < nbytes; i++)
        bytes[i] = (uint8_t)(bytes[i] + bytes[i - stride]);
}

static void undo_floating_point(void *out, uint8_t *in, size_t samples,
                                size_t stride, int sample_nbytes)
{
    sum_in_place(in, samples * (size_t)sample_nbytes, stride);
    switch (sample_nbytes) {
    case 2:
        join_16(out, in, samples);
        break;
    case 4:
        join_32(out, in, samples);
        break;
    default:
        join_64(out, in, samples);
        break;
    }
}

void predictor_undo_row(Predictor predictor, void *out, void *in,
                        size_t samples, size_t stride, int sample_nbytes)
{
    switch (predictor) {
    case PREDICTOR_HORIZONTAL:
        undo_horizontal(out, in, samples, stride, sample_nbytes);
        break;
    case PREDICTOR_FLOATING_POINT:
        undo_floating_point(out, in, samples, stride, sample_nbytes);
        break;
    default:
        memcpy(out, in, samples * (size_t)sample_nbytes);
        break;
    }
}
