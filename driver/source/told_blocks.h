/* SPDX-License-Identifier: MIT */
/** @file
 * The blocks that are decoded for a source, dataset by dataset, for whoever
 * wants to know before anything is read. What is told is what decodes: units of
 * leaves and their placements, and the table of decoding.h.
 */
#ifndef ROWBAND_TOLD_BLOCKS_H
#define ROWBAND_TOLD_BLOCKS_H

#include <stdbool.h>
#include <stdint.h>

#include "gdal.h"
#include "leaf.h"
#include "plan.h"
#include "window.h"

enum { TOLD_PLACES_MAX = 16 };

/** Where blocks lie in the output. */
typedef struct ToldPlace {
    Window window;  /**< that the dataset shows in, pixels of the output */
    BlockGrid grid; /**< of them, or the nearest in whole pixels */
    bool exact;     /**< they end at its lines */
} ToldPlace;

/** The blocks of one dataset. */
typedef struct ToldBlocks {
    GDALDatasetH dataset;
    bool of_mask;          /**< they are its mask's, else its bands' */
    int64_t width, height; /**< of what is divided into them */
    int64_t block_width, block_height; /**< of a block */
    bool apart;                        /**< each band has decodes of its own */
    int64_t decodes;                   /**< at most; below zero: not known */
    bool exact;                        /**< nor are there fewer */
    int place_count; /**< of the first TOLD_PLACES_MAX; none if it is not known
                          where they lie, or they lie as they like */
    ToldPlace places[TOLD_PLACES_MAX];
} ToldBlocks;

/** @param told valid while it is called */
typedef void ToldBlocksVisit(void *user, const ToldBlocks *told);

/** Tells of the bands of a leaf and of its mask, as far as they are decoded.
 * @param region of the output that is read */
void told_blocks_of_leaf(const Leaf *leaf, const Window *region,
                         ToldBlocksVisit *visit, void *user);

#endif
