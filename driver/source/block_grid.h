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

/** A block grid in the output, and how much of the output has it. */
typedef struct GridVote {
    BlockGrid grid;
    double area;
} GridVote;

enum { VOTES_MAX = 32 };

/** Which grid most of the output has. Begins with zeros; if count is zero still
 * afterwards, there is none; else it is votes[best].grid. */
typedef struct GridElection {
    GridVote votes[VOTES_MAX];
    int count, best;
} GridElection;

/** Those who come after VOTES_MAX other grids have no vote. */
void block_grid_vote(GridElection *election, const PlacedBlocks *blocks);

/** Likewise for all places of leaves. */
void block_grid_vote_leaves(GridElection *election, Leaf *const *leaves,
                            int count);

/** Takes account of a leaf. Where its blocks do not keep to the grid, they
 * straddle. Of scattered ones scattered_blocks.h takes account. */
void block_grid_add_leaf(BlockGathering *gathered, const Leaf *leaf);

/** Likewise of one place.
 * @param pixel_nbytes of what is decoded there */
void block_grid_add_place(BlockGathering *gathered, LeafLayer layer,
                          const PlacedBlocks *blocks, uint64_t pixel_nbytes);

#endif
