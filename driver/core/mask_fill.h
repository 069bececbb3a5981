/* SPDX-License-Identifier: MIT */
/** @file
 * Fills what a mask hides with what lies around it. A codec with loss spreads
 * an edge over the pixels beside it; where hidden pixels go on as visible ones
 * end, there is no edge at the mask's.
 *
 * A hidden pixel becomes the mean of the visible ones in the smallest square
 * around it that has any, of squares whose sides are powers of two.
 */
#ifndef ROWBAND_MASK_FILL_H
#define ROWBAND_MASK_FILL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "layout.h"
#include "swath.h"

/** @return whether samples of that type can be filled: those of the codecs with
 * loss, bytes, unsigned ones of 2 bytes and floats of 4 */
bool mask_fill_can(SampleFormat format, int sample_nbytes);

/** Bytes to work with for a tile of that size. */
size_t mask_fill_nbytes(int64_t columns, int64_t rows);

/** A tile to be filled. */
typedef struct MaskFill {
    int64_t columns, rows;
    int bands; /**< samples beside each other; their type is as above */
    SampleFormat format;
    int sample_nbytes;
    uint8_t *samples; /**< host order */
    size_t row_nbytes;
    PlaneView mask;     /**< of the same pixels: 0 is hidden */
    size_t mask_nbytes; /**< of one sample of it */
    uint8_t *scratch;   /**< mask_fill_nbytes(), aligned as malloc() does */
} MaskFill;

/** Visible samples stay as they are; so do all if none is visible. */
void mask_fill(const MaskFill *tile);

#endif
