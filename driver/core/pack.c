/* SPDX-License-Identifier: MIT */
#include "pack.h"

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
