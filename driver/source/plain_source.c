/* SPDX-License-Identifier: MIT */
#include "plain_source.h"

#include <stdlib.h>

#include "band_spool.h"
#include "block_grid.h"
#include "block_size.h"
#include "dataset.h"
#include "decoding.h"
#include "guarded.h"
#include "int_math.h"
#include "leaf.h"
#include "same_again.h"
#include "source_holes.h"

typedef struct PlainSource {
    GDALDatasetH dataset; /**< not owned; reader 0's */
    Leaf *mask_leaf;      /**< serves a mask whose blocks are of another size */
    SameAgain *again;     /**< for the others; NULL: there must be none */
    const char *why_not_again;
    Decoding decoding;
    BandSpool *spool; /**< that bands are read from; or NULL */
} PlainSource;

/** @return whether there is a mask whose blocks are not the bands' */
static bool mask_has_own_blocks(GDALDatasetH dataset)
{
    const GDALRasterBandH mask = dataset_mask(dataset);
    return mask != NULL &&
           !dataset_same_blocks(GDALGetRasterBand(dataset, 1), mask);
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
    opened->masked = opened->dataset;
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

static bool plain_bands_apart(const void *state)
{
    const PlainSource *source = state;
    return source->spool != NULL ||
           decoding_bands_apart(&source->decoding, source->dataset);
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

/** Of a page that each call renders anew, as much at once as leaves room for
 * the page beside the window, and the rest. */
static int64_t page_rows(const PlainSource *source, const PlanInput *input,
                         int64_t block_rows)
{
    const double row_nbytes =
        (double)input->pixel_nbytes * GDALGetRasterXSize(source->dataset);
    const int64_t rows =
        (int64_t)((double)input->budget_nbytes / 8 / row_nbytes);
    return max64(1, rows / block_rows) * block_rows;
}

/** What windows are to keep to so that the driver decodes once what it decodes
 * at once. */
static BlockGrid bands_grid(const PlainSource *source, const PlanInput *input)
{
    const Decoding *decoding = &source->decoding;
    BlockGrid grid = block_grid_reported(source->dataset);
    if (source->spool != NULL || decoding->yield == YIELDS_ROWS ||
        decoding->calls == CALL_BAND || decoding->calls == CALL_WINDOW)
        grid.block_width = GDALGetRasterXSize(source->dataset);
    if (source->spool != NULL)
        grid.block_height = band_spool_block_rows(source->spool);
    else if (decoding->calls == CALL_BAND)
        grid.block_height = GDALGetRasterYSize(source->dataset);
    else if (decoding->calls == CALL_WINDOW)
        grid.block_height = page_rows(source, input, grid.block_height);
    return grid;
}

/** Only a mask in blocks of its own straddles, and it is one byte of the
 * pixel's, which straddling pixels are counted in. */
static void plain_fill_plan(void *state, PlanInput *input)
{
    const PlainSource *source = state;
    const int64_t nbytes = (int64_t)input->pixel_nbytes;
    BlockGathering found = {.grid = bands_grid(source, input)};
    if (source->mask_leaf != NULL)
        block_grid_add_leaf(&found, source->mask_leaf);
    input->grid = found.grid;
    input->decoded_pixel_nbytes = input->pixel_nbytes;
    input->straddle_rows = divide_up(found.straddle_rows, nbytes);
    input->straddle_columns = divide_up(found.straddle_columns, nbytes);
    input->foreign_nbytes += source->decoding.held_nbytes;
    if (source->spool != NULL)
        input->fixed_nbytes += band_spool_held_nbytes(source->spool);
}

static bool plain_spool(void *state, const char *target, uint64_t memory_nbytes)
{
    PlainSource *source = state;
    if (source->decoding.calls != CALL_BAND || source->spool != NULL)
        return false;
    source->spool = band_spool_new(source->dataset, target, memory_nbytes);
    return source->spool != NULL;
}

static bool every_band(void *user, int band)
{
    (void)user;
    return band > 0;
}

static bool every_row(void *user, const Window *rows)
{
    (void)user;
    return rows->height > 0;
}

static CPLErr plain_prepare(void *state, SourceReader *opened,
                            const Window *window,
                            const GDALRasterIOExtraArg *extra)
{
    static const BandSpoolNeeds everything = {every_band, every_row, NULL};
    PlainSource *source = state;
    (void)window;
    if (source->spool == NULL)
        return CE_None;
    const CPLErr err = band_spool_fill(source->spool, &everything, extra);
    if (err == CE_None)
        opened->dataset = band_spool_dataset(source->spool);
    return err;
}

static bool plain_fill_holes(void *state, Holes *holes)
{
    const PlainSource *source = state;
    return source_holes_fill_sparse(source->dataset,
                                    dataset_mask(source->dataset), holes);
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
    if (image == SOURCE_MASK)
        return (ReadUnit){.kind = source->mask_leaf != NULL ? READ_WINDOW
                                                            : READ_BLOCKS};
    if (source->spool != NULL)
        return (ReadUnit){.kind = READ_BLOCKS};
    ReadUnit unit = {.width = GDALGetRasterXSize(source->dataset),
                     .height = GDALGetRasterYSize(source->dataset)};
    decoding_limit_call(&source->decoding,
                        GDALGetRasterBand(source->dataset, 1), &unit.width,
                        &unit.height);
    static const enum ReadUnitKind kinds[] = {[CALL_FEW_BLOCKS] = READ_BLOCKS,
                                              [CALL_ONE_BLOCK] = READ_CELLS,
                                              [CALL_MANY_BLOCKS] =
                                                  READ_MANY_BLOCKS,
                                              [CALL_WINDOW] = READ_WINDOW,
                                              [CALL_BAND] = READ_BANDS};
    unit.kind = kinds[source->decoding.calls];
    return unit;
}

static CPLErr plain_read_mask(void *state, const SourceReader *reader,
                              const PlaneTarget *target,
                              GDALRasterIOExtraArg *extra)
{
    PlainSource *source = state;
    if (source->mask_leaf != NULL)
        return leaf_read(source->mask_leaf, reader->mask_handle, LEAF_MASK,
                         target);
    const CPLErr err = leaf_pixels_read(reader->mask, target, extra);
    /* The reader's dataset is the spool, which knows of no mask. */
    if (source->spool != NULL)
        guarded_flush(reader->mask);
    return err;
}

/** What is computed from the pixels has their blocks. */
static bool plain_mask_goes_along(const void *state, int band)
{
    const PlainSource *source = state;
    const GDALRasterBandH of = GDALGetRasterBand(source->dataset, band);
    return dataset_same_blocks(of, GDALGetMaskBand(of));
}

static void plain_drop_behind(void *state, const Plan *plan, const Window *done)
{
    PlainSource *source = state;
    if (source->mask_leaf != NULL)
        leaf_drop_behind(source->mask_leaf, plan, done);
}

static DecodeCounts plain_counts(const void *state)
{
    const PlainSource *source = state;
    if (source->spool == NULL)
        return (DecodeCounts){.datasets = 0};
    return (DecodeCounts){.blocks = band_spool_bands_read(source->spool),
                          .known = true};
}

/** Blocks that a region as wide as the raster touches. */
static int64_t blocks_in(const ToldBlocks *told, const Window *region)
{
    const int64_t first = region->y / told->block_height;
    const int64_t end = divide_up(window_bottom(region), told->block_height);
    return divide_up(told->width, told->block_width) * (end - first);
}

/** What is decoded at once of the bands, and how often. */
static ToldBlocks tell_bands(const PlainSource *source, const Window *region)
{
    const Decoding *decoding = &source->decoding;
    const int bands = GDALGetRasterCount(source->dataset);
    const BlockGrid grid = block_grid_reported(source->dataset);
    ToldBlocks told = {.dataset = source->dataset,
                       .width = GDALGetRasterXSize(source->dataset),
                       .height = GDALGetRasterYSize(source->dataset),
                       .block_width = grid.block_width,
                       .block_height = grid.block_height,
                       .exact = decoding->counted,
                       .place_count = 1};
    const bool by_band = source->spool != NULL || decoding->calls == CALL_BAND;
    if (by_band || decoding->yield == YIELDS_ROWS)
        told.block_width = told.width;
    if (by_band)
        told.block_height = told.height;
    told.apart = by_band || decoding_bands_apart(decoding, source->dataset);
    told.decodes = blocks_in(&told, region) * (told.apart ? bands : 1);
    /* Where each call renders what it asks for, that is as the plan is. */
    if (decoding->yield == YIELDS_PAGE)
        told.decodes = -1;
    told.places[0] =
        (ToldPlace){.window = {.width = told.width, .height = told.height},
                    .grid = {.block_width = told.block_width,
                             .block_height = told.block_height},
                    .exact = true};
    return told;
}

static void plain_tell_blocks(const void *state, const Window *region,
                              ToldBlocksVisit *visit, void *user)
{
    const PlainSource *source = state;
    ToldBlocks told = tell_bands(source, region);
    visit(user, &told);
    if (source->mask_leaf != NULL) {
        told_blocks_of_leaf(source->mask_leaf, region, visit, user);
    } else if (dataset_mask(source->dataset) != NULL) {
        told.of_mask = true;
        told.apart = false;
        told.decodes = blocks_in(&told, region);
        visit(user, &told);
    }
}

static void plain_close(void *state)
{
    PlainSource *source = state;
    same_again_free(source->again);
    leaf_free(source->mask_leaf);
    band_spool_free(source->spool);
    free(source);
}

SourceKind plain_source_open(GDALDatasetH dataset)
{
    static const SourceOps ops = {.open_reader = plain_open_reader,
                                  .close_reader = plain_close_reader,
                                  .why_not_again = plain_why_not_again,
                                  .bands_apart = plain_bands_apart,
                                  .reads_in_order = plain_reads_in_order,
                                  .reads_file = plain_reads_file,
                                  .fill_holes = plain_fill_holes,
                                  .fill_plan = plain_fill_plan,
                                  .spool = plain_spool,
                                  .begin = plain_begin,
                                  .prepare = plain_prepare,
                                  .read_unit = plain_read_unit,
                                  .read_mask = plain_read_mask,
                                  .mask_goes_along = plain_mask_goes_along,
                                  .drop_behind = plain_drop_behind,
                                  .counts = plain_counts,
                                  .tell_blocks = plain_tell_blocks,
                                  .close = plain_close};
    PlainSource *source = calloc(1, sizeof *source);
    if (source == NULL)
        return (SourceKind){.ops = &ops};
    const bool needs_leaf = mask_has_own_blocks(dataset);
    source->dataset = dataset;
    source->decoding = decoding_of(dataset);
    source->again =
        same_again_new(dataset, OPEN_SINCE_EARLIER, &source->why_not_again);
    source->mask_leaf = needs_leaf ? leaf_of_mask(dataset) : NULL;
    if ((source->again == NULL && source->why_not_again == NULL) ||
        (needs_leaf && source->mask_leaf == NULL)) {
        plain_close(source);
        source = NULL;
    }
    return (SourceKind){.ops = &ops, .state = source};
}
