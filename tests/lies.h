/* SPDX-License-Identifier: MIT */
/** @file
 * Codecs that say success and lie, below our own: what libdeflate, GDAL's zstd,
 * GTiff, and our LZW and PackBits give for one tile is not what they were
 * given. Like the faults of faults.h they come by here when the test program is
 * linked.
 */
#ifndef ROWBAND_TESTS_LIES_H
#define ROWBAND_TESTS_LIES_H

#include <stdbool.h>
#include <stddef.h>

typedef enum Lie {
    LIE_NONE,
    LIE_OTHER,   /**< one byte of what went in was another; GTiff: the bytes in
                      the middle are */
    LIE_SHORT,   /**< the last encoded byte is missing; GTiff: all but the first
                      few are zeros */
    LIE_HALF,    /**< the second half is missing; GTiff: it is zeros */
    LIE_ANOTHER, /**< what came before this */
    LIE_END
} Lie;

/** Has the @p nth call of an encoder lie, counted from 1, which for PackBits is
 * a row and for others a tile. */
void lie_begin(Lie lie, int nth);

/** @return whether it did */
bool lie_end(void);

/** An encoder.
 * @return bytes written to @p out */
typedef size_t (*LieEncode)(void *user, const void *in, size_t in_nbytes,
                            void *out, size_t capacity);

/** Calls @p encode, and lies if it is the time. */
size_t lie_encode(LieEncode encode, void *user, const void *in,
                  size_t in_nbytes, void *out, size_t capacity);

#endif
