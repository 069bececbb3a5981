/* SPDX-License-Identifier: MIT */
/** @file
 * How much GDAL's cache holds of one dataset at most. GDAL tells only what it
 * holds of all datasets together; so the blocks that calls have touched are
 * counted here, until the cache is emptied of them. One thread at a time.
 */
#ifndef ROWBAND_HELD_BLOCKS_H
#define ROWBAND_HELD_BLOCKS_H

#include <stdbool.h>
#include <stdint.h>

#include "window.h"

typedef struct HeldBlocks HeldBlocks;

typedef struct HeldBlocksSpec {
    int64_t width, height; /**< of the raster, in pixels */
    int64_t block_width, block_height;
    int images; /**< bands and masks, all in blocks of that size */
    uint64_t block_nbytes;
} HeldBlocksSpec;

/** @return NULL if there is no memory; holds nothing */
HeldBlocks *held_blocks_new(const HeldBlocksSpec *spec);

/** NULL is fine. */
void held_blocks_free(HeldBlocks *held);

/** @return bytes of the blocks that @p window touches in one image */
uint64_t held_blocks_nbytes_of(const HeldBlocks *held, const Window *window);

/** @return bytes of those of them that are not held
 * @param image from 0 on */
uint64_t held_blocks_missing(const HeldBlocks *held, int image,
                             const Window *window);

/** Counts the blocks of @p window as held. */
void held_blocks_add(HeldBlocks *held, int image, const Window *window);

/** @return bytes that are held now */
uint64_t held_blocks_nbytes(const HeldBlocks *held);

/** None is held any more. */
void held_blocks_clear(HeldBlocks *held);

#endif
