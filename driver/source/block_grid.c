/* SPDX-License-Identifier: MIT */
#include "block_grid.h"

#include <limits.h>
#include <math.h>

#include "int_math.h"

/** The grid of the blocks that a dataset says it has. */
static BlockGrid reported_grid(GDALDatasetH dataset)
{
    BlockGrid grid = {.block_width = 1, .block_height = 1};
    const int bands = GDALGetRasterCount(dataset);
    for (int i = 1; i <= bands; i++) {
        int width = 0, height = 0;
        GDALGetBlockSize(GDALGetRasterBand(dataset, i), &width, &height);
        if (width > grid.block_width)
            grid.block_width = width;
        if (height > grid.block_height)
            grid.block_height = height;
    }
    return grid;
}

/** What is found out leaf by leaf. */
typedef struct Gathering {
    BlockGrid grid;
    int64_t straddle_rows, straddle_columns;
    double leaf_pixels; /**< behind one output pixel, at most */
    uint64_t leaf_pixel_nbytes[LEAF_LAYERS]; /**< of one of them, at most */
} Gathering;

/** A block grid in the output, and how much of the output has it. */
typedef struct GridVote {
    BlockGrid grid;
    double area;
} GridVote;

enum { VOTES_MAX = 32 };

static bool is_whole(double value)
{
    return fabs(value - round(value)) < 1e-6;
}

static int64_t phase_of(double offset, int64_t step)
{
    const int64_t rest = (int64_t)round(offset) % step;
    return rest < 0 ? rest + step : rest;
}

/** The grid of a leaf's units at one of its places.
 * @return false if its lines do not fall on whole output pixels */
static bool grid_of(int unit_width, int unit_height, const Placement *use,
                    BlockGrid *grid)
{
    const double width = unit_width * use->scale_x;
    const double height = unit_height * use->scale_y;
    grid->block_width = (int64_t)fmin(fmax(1, round(width)), INT_MAX);
    grid->block_height = (int64_t)fmin(fmax(1, round(height)), INT_MAX);
    grid->x0 = phase_of(use->offset_x, grid->block_width);
    grid->y0 = phase_of(use->offset_y, grid->block_height);
    return is_whole(width) && is_whole(height) && is_whole(use->offset_x) &&
           is_whole(use->offset_y);
}

static bool same_grid(const BlockGrid *a, const BlockGrid *b)
{
    return a->x0 == b->x0 && a->y0 == b->y0 &&
           a->block_width == b->block_width &&
           a->block_height == b->block_height;
}

/** Lets each place of each leaf vote for its grid by its area. */
static void elect_grid(const VrtSource *vrt, BlockGrid *grid)
{
    GridVote votes[VOTES_MAX];
    int count = 0, best = 0;
    for (int i = 0; i < vrt_source_leaf_count(vrt); i++)
        for (int j = 0; j < leaf_placement_count(vrt_source_leaf(vrt, i));
             j++) {
            const Placement *use = leaf_placement(vrt_source_leaf(vrt, i), j);
            BlockGrid own;
            int width, height;
            const Leaf *leaf = vrt_source_leaf(vrt, i);
            if (leaf_units(leaf, LEAF_LAYER_BANDS, &width, &height) == 0)
                leaf_units(leaf, LEAF_LAYER_MASK, &width, &height);
            grid_of(width, height, use, &own);
            int k = 0;
            while (k < count && !same_grid(&votes[k].grid, &own))
                k++;
            if (k == VOTES_MAX)
                continue;
            if (k == count)
                votes[count++] = (GridVote){.grid = own};
            votes[k].area +=
                (use->right - use->left) * (use->bottom - use->top);
            if (votes[k].area > votes[best].area)
                best = k;
        }
    if (count > 0)
        *grid = votes[best].grid;
}

/** @return whether all lines of the grid @p whole are lines of @p part too */
static bool divides(const BlockGrid *part, const BlockGrid *whole)
{
    return whole->block_width % part->block_width == 0 &&
           whole->block_height % part->block_height == 0 &&
           (whole->x0 - part->x0) % part->block_width == 0 &&
           (whole->y0 - part->y0) % part->block_height == 0;
}

/** Takes account of one place of a layer of a leaf in @p gathered. */
static void add_place(Gathering *gathered, const Leaf *leaf, LeafLayer layer,
                      const Placement *use)
{
    BlockGrid own;
    int width, height;
    const uint64_t pixel_nbytes = leaf_units(leaf, layer, &width, &height);
    if (pixel_nbytes == 0)
        return;
    const bool aligned = grid_of(width, height, use, &own) &&
                         divides(&own, &gathered->grid) && use->halo_x == 0 &&
                         use->halo_y == 0;
    gathered->leaf_pixels =
        fmax(gathered->leaf_pixels, 1 / (use->scale_x * use->scale_y));
    gathered->leaf_pixel_nbytes[layer] = (uint64_t)max64(
        (int64_t)gathered->leaf_pixel_nbytes[layer], (int64_t)pixel_nbytes);
    if (aligned)
        return;
    /* One pixel more each: scaled blocks end where they like. */
    gathered->straddle_columns =
        max64(gathered->straddle_columns,
              plan_straddle(own.block_width + 1,
                            (int64_t)ceil(use->halo_x * use->scale_x) + 1));
    gathered->straddle_rows =
        max64(gathered->straddle_rows,
              plan_straddle(own.block_height + 1,
                            (int64_t)ceil(use->halo_y * use->scale_y) + 1));
}

static void add_leaf(Gathering *gathered, const Leaf *leaf)
{
    for (int i = 0; i < leaf_placement_count(leaf); i++)
        for (int layer = 0; layer < LEAF_LAYERS; layer++)
            add_place(gathered, leaf, (LeafLayer)layer,
                      leaf_placement(leaf, i));
}

/** Only a mask in blocks of its own straddles, and it is one byte of the
 * pixel's, which straddling pixels are counted in. */
static void gather_mask(const Source *source, const PlanInput *input,
                        Gathering *gathered)
{
    const int64_t nbytes = (int64_t)input->pixel_nbytes;
    if (source->mask_leaf == NULL)
        return;
    add_leaf(gathered, source->mask_leaf);
    gathered->straddle_rows = (gathered->straddle_rows + nbytes - 1) / nbytes;
    gathered->straddle_columns =
        (gathered->straddle_columns + nbytes - 1) / nbytes;
}

static void gather_leaves(const VrtSource *vrt, PlanInput *input,
                          Gathering *gathered)
{
    elect_grid(vrt, &gathered->grid);
    for (int i = 0; i < vrt_source_leaf_count(vrt); i++)
        add_leaf(gathered, vrt_source_leaf(vrt, i));
    input->decoded_pixel_nbytes =
        (uint64_t)ceil(gathered->leaf_pixels *
                       (double)(gathered->leaf_pixel_nbytes[LEAF_LAYER_BANDS] +
                                gathered->leaf_pixel_nbytes[LEAF_LAYER_MASK]));
    /* A VRT that computes does so in doubles, a band at a time. */
    input->working_pixel_nbytes = sizeof(double);
}

void block_grid_fill(const Source *source, PlanInput *input)
{
    Gathering gathered = {.grid = reported_grid(source_dataset(source))};
    input->decoded_pixel_nbytes = input->pixel_nbytes;
    if (source->vrt != NULL)
        gather_leaves(source->vrt, input, &gathered);
    else
        gather_mask(source, input, &gathered);
    input->grid = gathered.grid;
    input->straddle_rows = gathered.straddle_rows;
    input->straddle_columns = gathered.straddle_columns;
}
