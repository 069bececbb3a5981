/* SPDX-License-Identifier: MIT */
#include "pack.h"

#include <string.h>

static uint32_t sample_at(const void *in, size_t i, int sample_nbytes)
{
    switch (sample_nbytes) {
    case 1:
        return ((const uint8_t *)in)[i];
    case 2:
        return ((const uint16_t *)in)[i];
    default:
        return ((const uint32_t *)in)[i];
    }
}

bool pack_row(uint8_t *out, const void *in, size_t samples, int sample_nbytes,
              int nbits)
{
    const uint32_t largest = (UINT32_C(1) << nbits) - 1;
    uint64_t pending = 0; /* bits not written yet, the oldest on top */
    int pending_nbits = 0;
    bool too_large = false;

    for (size_t i = 0; i < samples; i++) {
        const uint32_t value = sample_at(in, i, sample_nbytes);
        too_large |= value > largest;
        pending = pending << nbits | (value < largest ? value : largest);
        pending_nbits += nbits;
        while (pending_nbits >= 8) {
            pending_nbits -= 8;
            *out++ = (uint8_t)(pending >> pending_nbits);
        }
    }
    if (pending_nbits > 0)
        *out = (uint8_t)(pending << (8 - pending_nbits));
    return too_large;
}

static uint16_t half_of(uint32_t single, bool *too_large)
{
    enum { BIAS_SHIFT = 127 - 15, MANTISSA_SHIFT = 23 - 10 };
    const uint32_t sign = single >> 16 & 0x8000;
    const int exponent = (int)(single >> 23 & 0xff) - BIAS_SHIFT;
    const uint32_t mantissa = single & 0x7fffff;

    if (exponent == 255 - BIAS_SHIFT) {
        /* NaN must not become infinite where its upper bits are zero. */
        const uint32_t kept = mantissa >> MANTISSA_SHIFT;
        const uint32_t quiet = mantissa != 0 && kept == 0 ? 0x200 : 0;
        return (uint16_t)(sign | 0x7c00 | kept | quiet);
    }
    if (exponent >= 31) {
        *too_large = true;
        return (uint16_t)(sign | 0x7c00);
    }
    if (exponent > 0)
        return (uint16_t)(sign | (uint32_t)exponent << 10 |
                          mantissa >> MANTISSA_SHIFT);
    /* Subnormal, or too small even for that. */
    const int shift = MANTISSA_SHIFT + 1 - exponent;
    return (uint16_t)(sign | (shift < 32 ? (mantissa | 0x800000) >> shift : 0));
}

bool pack_half_row(void *out, const void *in, size_t samples)
{
    bool too_large = false;
    for (size_t i = 0; i < samples; i++) {
        uint32_t single;
        memcpy(&single, (const uint8_t *)in + i * sizeof single, sizeof single);
        const uint16_t half = half_of(single, &too_large);
        memcpy((uint8_t *)out + i * sizeof half, &half, sizeof half);
    }
    return too_large;
}

static void put_sample(void *out, size_t i, int sample_nbytes, uint32_t value)
{
    switch (sample_nbytes) {
    case 1:
        ((uint8_t *)out)[i] = (uint8_t)value;
        break;
    case 2:
        ((uint16_t *)out)[i] = (uint16_t)value;
        break;
    default:
        ((uint32_t *)out)[i] = value;
        break;
    }
}

void unpack_row(void *out, const uint8_t *in, size_t samples, int sample_nbytes,
                int nbits)
{
    const uint32_t largest = (UINT32_C(1) << nbits) - 1;
    uint64_t pending = 0; /* bits not taken yet, the oldest on top */
    int pending_nbits = 0;
    for (size_t i = 0; i < samples; i++) {
        while (pending_nbits < nbits) {
            pending = pending << 8 | *in++;
            pending_nbits += 8;
        }
        pending_nbits -= nbits;
        put_sample(out, i, sample_nbytes,
                   (uint32_t)(pending >> pending_nbits) & largest);
    }
}

static uint32_t single_of(uint32_t half)
{
    enum { BIAS_SHIFT = 127 - 15, MANTISSA_SHIFT = 23 - 10 };
    const uint32_t sign = (half & 0x8000) << 16;
    uint32_t exponent = half >> 10 & 0x1f;
    uint32_t mantissa = half & 0x3ff;
    if (exponent == 0x1f)
        return sign | 0x7f800000 | mantissa << MANTISSA_SHIFT;
    if (exponent == 0 && mantissa == 0)
        return sign;
    if (exponent == 0) {
        /* Subnormal, which no float of this size is. */
        for (exponent = 1; (mantissa & 0x400) == 0; exponent--)
            mantissa <<= 1;
        mantissa &= 0x3ff;
    }
    return sign | (exponent + BIAS_SHIFT) << 23 | mantissa << MANTISSA_SHIFT;
}

void unpack_half_row(void *out, const void *in, size_t samples)
{
    for (size_t i = 0; i < samples; i++) {
        uint16_t half;
        memcpy(&half, (const uint8_t *)in + i * sizeof half, sizeof half);
        const uint32_t single = single_of(half);
        memcpy((uint8_t *)out + i * sizeof single, &single, sizeof single);
    }
}
