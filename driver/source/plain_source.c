/* SPDX-License-Identifier: MIT */
#include "plain_source.h"

#include <stdlib.h>

#include "block_grid.h"
#include "dataset.h"
#include "int_math.h"
#include "leaf.h"
#include "same_again.h"

typedef struct PlainSource {
    GDALDatasetH dataset; /**< not owned; reader 0's */
    Leaf *mask_leaf;      /**< serves a mask whose blocks are of another size */
    SameAgain *again;     /**< for the others; NULL: there must be none */
    const char *why_not_again;
} PlainSource;

/** @return whether there is a mask whose blocks are not the bands' */
static bool mask_has_own_blocks(GDALDatasetH dataset)
{
    const GDALRasterBandH mask = dataset_mask(dataset);
    int width, height, mask_width, mask_height;
    if (mask == NULL)
        return false;
    GDALGetBlockSize(GDALGetRasterBand(dataset, 1), &width, &height);
    GDALGetBlockSize(mask, &mask_width, &mask_height);
    return width != mask_width || height != mask_height;
}

static void plain_close_reader(void *state, int reader, SourceReader *opened)
{
    (void)state;
    if (reader > 0 && opened->dataset != NULL)
        GDALClose(opened->dataset);
    *opened = (SourceReader){.dataset = NULL};
}

static bool plain_open_reader(void *state, int reader, SourceReader *opened)
{
    PlainSource *source = state;
    *opened =
        (SourceReader){.dataset = reader == 0 ? source->dataset
                                              : same_again_open(source->again)};
    if (opened->dataset == NULL)
        return false;
    opened->mask = dataset_mask(opened->dataset);
    if (source->mask_leaf == NULL)
        return true;
    opened->mask_handle = reader_handles_lend(leaf_handles(source->mask_leaf),
                                              reader, opened->dataset);
    if (opened->mask_handle == NULL)
        plain_close_reader(state, reader, opened);
    return opened->dataset != NULL;
}

static const char *plain_why_not_again(const void *state)
{
    const PlainSource *source = state;
    return source->why_not_again;
}

static bool plain_reads_in_order(const void *state)
{
    const PlainSource *source = state;
    return dataset_reads_in_order(source->dataset);
}

static bool plain_reads_file(const void *state, const char *path)
{
    const PlainSource *source = state;
    return dataset_has_file(source->dataset, path);
}

/** Only a mask in blocks of its own straddles, and it is one byte of the
 * pixel's, which straddling pixels are counted in. */
static void plain_fill_plan(void *state, PlanInput *input)
{
    const PlainSource *source = state;
    const int64_t nbytes = (int64_t)input->pixel_nbytes;
    BlockGathering found = {.grid = block_grid_reported(source->dataset)};
    if (source->mask_leaf != NULL)
        block_grid_add_leaf(&found, source->mask_leaf);
    input->grid = found.grid;
    input->decoded_pixel_nbytes = input->pixel_nbytes;
    input->straddle_rows = divide_up(found.straddle_rows, nbytes);
    input->straddle_columns = divide_up(found.straddle_columns, nbytes);
}

static bool plain_begin(void *state, const Plan *plan)
{
    (void)state;
    (void)plan;
    return true;
}

static ReadUnit plain_read_unit(const void *state, SourceImage image)
{
    const PlainSource *source = state;
    const bool held = image == SOURCE_MASK && source->mask_leaf != NULL;
    return (ReadUnit){.kind = held ? READ_WINDOW : READ_BLOCKS};
}

static CPLErr plain_read_mask(void *state, const SourceReader *reader,
                              const PlaneTarget *target,
                              GDALRasterIOExtraArg *extra)
{
    PlainSource *source = state;
    return source->mask_leaf != NULL
               ? leaf_read(source->mask_leaf, reader->mask_handle, LEAF_MASK,
                           target)
               : leaf_pixels_read(reader->mask, target, extra);
}

static void plain_drop_behind(void *state, const Plan *plan, const Window *done)
{
    PlainSource *source = state;
    if (source->mask_leaf != NULL)
        leaf_drop_behind(source->mask_leaf, plan, done);
}

static DecodeCounts plain_counts(const void *state)
{
    (void)state;
    return (DecodeCounts){.datasets = 0};
}

static void plain_close(void *state)
{
    PlainSource *source = state;
    same_again_free(source->again);
    leaf_free(source->mask_leaf);
    free(source);
}

SourceKind plain_source_open(GDALDatasetH dataset)
{
    static const SourceOps ops = {.open_reader = plain_open_reader,
                                  .close_reader = plain_close_reader,
                                  .why_not_again = plain_why_not_again,
                                  .reads_in_order = plain_reads_in_order,
                                  .reads_file = plain_reads_file,
                                  .fill_plan = plain_fill_plan,
                                  .begin = plain_begin,
                                  .read_unit = plain_read_unit,
                                  .read_mask = plain_read_mask,
                                  .drop_behind = plain_drop_behind,
                                  .counts = plain_counts,
                                  .close = plain_close};
    PlainSource *source = calloc(1, sizeof *source);
    if (source == NULL)
        return (SourceKind){.ops = &ops};
    const bool needs_leaf = mask_has_own_blocks(dataset);
    source->dataset = dataset;
    source->again = same_again_new(dataset, OPEN_SINCE_EARLIER,
                                   &source->why_not_again);
    source->mask_leaf = needs_leaf ? leaf_of_mask(dataset) : NULL;
    if ((source->again == NULL && source->why_not_again == NULL) ||
        (needs_leaf && source->mask_leaf == NULL)) {
        plain_close(source);
        source = NULL;
    }
    return (SourceKind){.ops = &ops, .state = source};
}
