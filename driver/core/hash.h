/* SPDX-License-Identifier: MIT */
/** @file
 * A hash of bytes, FNV-1a of 64 bits.
 */
#ifndef ROWBAND_HASH_H
#define ROWBAND_HASH_H

#include <stddef.h>
#include <stdint.h>

/** The hash of no bytes. */
static inline uint64_t hash_begin(void)
{
    return 0xCBF29CE484222325u;
}

/** @param hash of the bytes before */
static inline uint64_t hash_add(uint64_t hash, const void *bytes, size_t nbytes)
{
    const uint8_t *at = bytes;
    for (size_t i = 0; i < nbytes; i++)
        hash = (hash ^ at[i]) * 0x100000001B3u;
    return hash;
}

#endif
