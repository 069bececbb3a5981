/* SPDX-License-Identifier: MIT */
#include "block_grid.h"

#include <math.h>

#include "block_size.h"
#include "int_math.h"

BlockGrid block_grid_reported(GDALDatasetH dataset)
{
    BlockGrid grid = {.block_width = 1, .block_height = 1};
    const int bands = GDALGetRasterCount(dataset);
    for (int i = 1; i <= bands; i++) {
        int width = 0, height = 0;
        block_size_of(GDALGetRasterBand(dataset, i), &width, &height);
        grid.block_width = max64(grid.block_width, width);
        grid.block_height = max64(grid.block_height, height);
    }
    return grid;
}

static bool same_grid(const BlockGrid *a, const BlockGrid *b)
{
    return a->x0 == b->x0 && a->y0 == b->y0 &&
           a->block_width == b->block_width &&
           a->block_height == b->block_height;
}

void block_grid_vote(GridElection *election, const PlacedBlocks *blocks)
{
    GridVote *votes = election->votes;
    int k = 0;
    while (k < election->count && !same_grid(&votes[k].grid, &blocks->grid))
        k++;
    if (k == VOTES_MAX)
        return;
    if (k == election->count)
        votes[election->count++] = (GridVote){.grid = blocks->grid};
    votes[k].area += blocks->area;
    if (votes[k].area > votes[election->best].area)
        election->best = k;
}

void block_grid_vote_leaves(GridElection *election, Leaf *const *leaves,
                            int count)
{
    for (int i = 0; i < count; i++) {
        int width, height;
        /* Of masks without gaps nothing is decoded. */
        if (leaf_units(leaves[i], LEAF_LAYER_BANDS, &width, &height) == 0 &&
            leaf_units(leaves[i], LEAF_LAYER_MASK, &width, &height) == 0)
            continue;
        for (int j = 0; j < leaf_placement_count(leaves[i]); j++) {
            const PlacedBlocks blocks =
                placement_blocks(leaf_placement(leaves[i], j), width, height);
            block_grid_vote(election, &blocks);
        }
    }
}

/** @return whether all lines of the grid @p whole are lines of @p part too */
static bool divides(const BlockGrid *part, const BlockGrid *whole)
{
    return whole->block_width % part->block_width == 0 &&
           whole->block_height % part->block_height == 0 &&
           (whole->x0 - part->x0) % part->block_width == 0 &&
           (whole->y0 - part->y0) % part->block_height == 0;
}

void block_grid_add_place(BlockGathering *gathered, LeafLayer layer,
                          const PlacedBlocks *blocks, uint64_t pixel_nbytes)
{
    if (blocks->scattered)
        return;
    gathered->leaf_pixels = fmax(gathered->leaf_pixels, blocks->source_pixels);
    if (gathered->leaf_pixel_nbytes[layer] < pixel_nbytes)
        gathered->leaf_pixel_nbytes[layer] = pixel_nbytes;
    if (blocks->exact && divides(&blocks->grid, &gathered->grid))
        return;
    /* One pixel more each: scaled blocks end where they like. */
    gathered->straddle_columns =
        max64(gathered->straddle_columns,
              plan_straddle(blocks->grid.block_width + 1, blocks->halo_x + 1));
    gathered->straddle_rows =
        max64(gathered->straddle_rows,
              plan_straddle(blocks->grid.block_height + 1, blocks->halo_y + 1));
}

/** Takes account of one place of a layer of a leaf in @p gathered. */
static void add_place(BlockGathering *gathered, const Leaf *leaf,
                      LeafLayer layer, const Placement *place)
{
    int width, height;
    const uint64_t pixel_nbytes = leaf_units(leaf, layer, &width, &height);
    if (pixel_nbytes == 0)
        return;
    const PlacedBlocks blocks = placement_blocks(place, width, height);
    block_grid_add_place(gathered, layer, &blocks, pixel_nbytes);
}

void block_grid_add_leaf(BlockGathering *gathered, const Leaf *leaf)
{
    for (int i = 0; i < leaf_placement_count(leaf); i++)
        for (int layer = 0; layer < LEAF_LAYERS; layer++)
            add_place(gathered, leaf, (LeafLayer)layer,
                      leaf_placement(leaf, i));
}
