/* SPDX-License-Identifier: MIT */
#include "vrt_source.h"

#include <math.h>

#include "block_grid.h"
#include "dataset.h"
#include "vrt_tree.h"

static bool vrt_open_reader(void *state, int reader, SourceReader *opened)
{
    const VrtTree *vrt = state;
    *opened = (SourceReader){.dataset = reader == 0
                                            ? vrt_tree_dataset(vrt)
                                            : vrt_tree_open_again(vrt, reader)};
    if (opened->dataset == NULL)
        return false;
    opened->mask = dataset_mask(opened->dataset);
    return true;
}

static void vrt_close_reader(void *state, int reader, SourceReader *opened)
{
    (void)state;
    if (reader > 0)
        GDALClose(opened->dataset);
    *opened = (SourceReader){.dataset = NULL};
}

static const char *vrt_why_not_again(const void *state)
{
    return vrt_tree_needs_python(state) ? "a source that Python reads" : NULL;
}

static bool vrt_reads_in_order(const void *state)
{
    return vrt_tree_reads_in_order(state);
}

static bool vrt_reads_file(const void *state, const char *path)
{
    return vrt_tree_reads(state, path);
}

/** What is behind one output pixel, and how far it reaches over cuts. */
static void fill_from_leaves(const VrtTree *vrt, PlanInput *input)
{
    Leaf *const *leaves;
    const int count = vrt_tree_leaves(vrt, &leaves);
    BlockGathering found = {.grid = block_grid_reported(vrt_tree_dataset(vrt))};
    block_grid_elect(&found.grid, leaves, count);
    for (int i = 0; i < count; i++)
        block_grid_add_leaf(&found, leaves[i]);
    input->grid = found.grid;
    input->straddle_rows = found.straddle_rows;
    input->straddle_columns = found.straddle_columns;
    input->decoded_pixel_nbytes = (uint64_t)ceil(
        found.leaf_pixels * (double)(found.leaf_pixel_nbytes[LEAF_LAYER_BANDS] +
                                     found.leaf_pixel_nbytes[LEAF_LAYER_MASK]));
    /* A VRT that computes does so in doubles, a band at a time. */
    input->working_pixel_nbytes = sizeof(double);
}

static void vrt_fill_plan(void *state, PlanInput *input)
{
    VrtTree *vrt = state;
    fill_from_leaves(vrt, input);
    if (!vrt_tree_is_warped(vrt))
        return;
    const uint64_t share = input->budget_nbytes / 4;
    vrt_tree_set_limit(vrt, share);
    input->fixed_nbytes += share;
}

/** A warped VRT's own blocks pass GDAL's cache. */
static bool vrt_holds_blocks(const void *state, SourceImage image)
{
    (void)image;
    return !vrt_tree_is_warped(state);
}

static CPLErr vrt_read_mask(void *state, const SourceReader *reader,
                            const PlaneTarget *target,
                            GDALRasterIOExtraArg *extra)
{
    (void)state;
    return leaf_pixels_read(reader->mask, target, extra);
}

static void vrt_drop_behind(void *state, const Plan *plan, const Window *done)
{
    vrt_tree_drop_behind(state, plan, done);
}

static DecodeCounts vrt_counts(const void *state)
{
    Leaf *const *leaves;
    DecodeCounts counts = {.datasets = vrt_tree_leaves(state, &leaves)};
    vrt_tree_count(state, &counts.blocks, &counts.again);
    return counts;
}

static void vrt_close(void *state)
{
    vrt_tree_close(state);
}

SourceKind vrt_source_open(GDALDatasetH dataset, char *reason,
                           size_t reason_nbytes)
{
    static const SourceOps ops = {.open_reader = vrt_open_reader,
                                  .close_reader = vrt_close_reader,
                                  .why_not_again = vrt_why_not_again,
                                  .reads_in_order = vrt_reads_in_order,
                                  .reads_file = vrt_reads_file,
                                  .fill_plan = vrt_fill_plan,
                                  .holds_blocks = vrt_holds_blocks,
                                  .read_mask = vrt_read_mask,
                                  .drop_behind = vrt_drop_behind,
                                  .counts = vrt_counts,
                                  .close = vrt_close};
    return (SourceKind){.ops = &ops,
                        .state = vrt_tree_open(dataset, reason, reason_nbytes)};
}
