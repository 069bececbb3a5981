/* SPDX-License-Identifier: MIT */
/** @file
 * What the blocks are that are decoded, in pixels of the output, and how far
 * they reach over the windows that a plan makes. For the kinds of sources.
 */
#ifndef ROWBAND_BLOCK_GRID_H
#define ROWBAND_BLOCK_GRID_H

#include "gdal.h"
#include "leaf.h"
#include "plan.h"

/** What is found out leaf by leaf. Begins with the grid that windows are to
 * follow, and zeros. */
typedef struct BlockGathering {
    BlockGrid grid;
    int64_t straddle_rows, straddle_columns; /**< see PlanInput */
    double leaf_pixels; /**< behind one output pixel, at most */
    uint64_t leaf_pixel_nbytes[LEAF_LAYERS]; /**< of one of them, at most */
} BlockGathering;

/** The grid of the blocks that a dataset says it has: of the largest, where
 * bands differ. */
BlockGrid block_grid_reported(GDALDatasetH dataset);

/** Chooses the grid that most of the output has.
 * @param[in,out] grid stays as it is if no leaf has a place */
void block_grid_elect(BlockGrid *grid, Leaf *const *leaves, int count);

/** Takes account of a leaf. Where its blocks do not keep to the grid, they
 * straddle. */
void block_grid_add_leaf(BlockGathering *gathered, const Leaf *leaf);

#endif
