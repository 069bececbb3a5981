/* SPDX-License-Identifier: MIT */
#include "vrt_source.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "ahead.h"
#include "block_grid.h"
#include "cpl_error.h"
#include "dataset.h"
#include "error_trap.h"
#include "int_math.h"
#include "live_vrt.h"
#include "scattered_blocks.h"

typedef struct VrtSource {
    GDALDatasetH dataset; /**< not owned */
    LiveVrt *live;
    Leaf *mask_leaf;       /**< of a mask in a file beside the VRT; or NULL */
    Ahead *ahead;          /**< NULL: the VRT's own reading decodes */
    const Holes *unneeded; /**< not owned; or NULL */
    int64_t unneeded_margin;
} VrtSource;

/* What GDAL computes of several pixels may differ in the last digit with the
 * window that is read. It is read in cells whose place and size follow from the
 * raster's alone, large enough for a small raster to be one, as it is to GTiff.
 */
enum { CELL_WIDTH_MAX = 2048, CELL_PIXELS = 1 << 19, CELL_HEIGHT_MIN = 16 };

static bool is_read_in_cells(const VrtSource *source)
{
    const LiveVrtTraits traits = live_vrt_traits(source->live);
    return traits.resampled || traits.derived;
}

/** @return the most of @p length that are whole steps, or all if none is */
static int64_t whole_steps(int64_t length, int64_t step)
{
    return step >= 1 && step <= length ? length - length % step : length;
}

/** An AveragedSource takes the whole pixels that a request is rounded to: where
 * cells begin with a pixel of the source, they are the same in any cell. */
static void cell_size(const VrtSource *source, int64_t *width, int64_t *height)
{
    const LiveVrtTraits traits = live_vrt_traits(source->live);
    *width = GDALGetRasterXSize(source->dataset);
    if (*width > CELL_WIDTH_MAX)
        *width = whole_steps(CELL_WIDTH_MAX, traits.step_x);
    *height = whole_steps(max64(CELL_HEIGHT_MIN, CELL_PIXELS / *width),
                          traits.step_y);
}

static size_t vrt_late_files(const void *state)
{
    const VrtSource *source = state;
    uint64_t index_nbytes;
    return live_vrt_late_files(source->live, &index_nbytes);
}

static bool has_late_files(const VrtSource *source)
{
    return vrt_late_files(source) > 0;
}

/** Only the dataset in hand can tell what it computes: reader 0 is the one that
 * reads it. As many as there are decode ahead. */
static bool vrt_open_reader(void *state, int reader, SourceReader *opened)
{
    VrtSource *source = state;
    *opened = (SourceReader){.dataset = source->dataset,
                             .masked = source->dataset,
                             .mask = dataset_mask(source->dataset)};
    if (source->mask_leaf != NULL)
        opened->mask_handle = leaf_first_handle(source->mask_leaf);
    if (reader > 0 && source->ahead != NULL)
        ahead_start(source->ahead);
    return reader == 0 || source->ahead != NULL || has_late_files(source);
}

static void vrt_close_reader(void *state, int reader, SourceReader *opened)
{
    (void)state;
    (void)reader;
    *opened = (SourceReader){.dataset = NULL};
}

static const char *vrt_why_not_again(const void *state)
{
    const VrtSource *source = state;
    const AheadLeaf *leaves;
    const char *why_not;
    return live_vrt_ahead(source->live, &leaves, &why_not) > 0 ||
                   has_late_files(source)
               ? NULL
               : why_not;
}

/** What a leaf decodes may serve several bands. */
static bool vrt_bands_apart(const void *state)
{
    (void)state;
    return false;
}

static bool vrt_reads_in_order(const void *state)
{
    const VrtSource *source = state;
    const AheadLeaf *leaves;
    const char *why_not;
    const int count = live_vrt_ahead(source->live, &leaves, &why_not);
    for (int i = 0; i < count; i++)
        if (!dataset_reads_in_order(
                reader_handle_dataset(leaf_first_handle(leaves[i].leaf))))
            return false;
    return count > 0;
}

/** A VRT that is not written to a file lists no files of its sources'. */
static bool vrt_reads_file(const void *state, const char *path)
{
    const VrtSource *source = state;
    Leaf *const *leaves;
    const int count = live_vrt_leaves(source->live, &leaves);
    for (int i = 0; i < count; i++)
        if (dataset_has_file(
                reader_handle_dataset(leaf_first_handle(leaves[i])), path))
            return true;
    return live_vrt_has_late_file(source->live, path);
}

static void vote_late_files(const LiveVrt *live, GridElection *election)
{
    uint64_t nbytes;
    const size_t count = live_vrt_late_files(live, &nbytes);
    for (size_t i = 0; i < count; i++) {
        const PlacedBlocks blocks = live_vrt_late_file(live, i, &nbytes);
        block_grid_vote(election, &blocks);
    }
}

/** The grid that windows keep to. */
static BlockGrid choose_grid(const VrtSource *source, Leaf *const *leaves,
                             int count)
{
    BlockGrid grid = block_grid_reported(source->dataset);
    if (is_read_in_cells(source)) {
        grid.x0 = grid.y0 = 0;
        cell_size(source, &grid.block_width, &grid.block_height);
    } else {
        GridElection election = {.count = 0};
        block_grid_vote_leaves(&election, leaves, count);
        vote_late_files(source->live, &election);
        if (election.count > 0)
            grid = election.votes[election.best].grid;
    }
    return grid;
}

/** Files that are not open yet are taken for one block each, as which they are
 * decoded. */
static void add_late_files(const LiveVrt *live, BlockGathering *found,
                           PlanInput *input)
{
    uint64_t index_nbytes, pixel_nbytes;
    const size_t count = live_vrt_late_files(live, &index_nbytes);
    for (size_t i = 0; i < count; i++) {
        const PlacedBlocks blocks = live_vrt_late_file(live, i, &pixel_nbytes);
        block_grid_add_place(found, LEAF_LAYER_BANDS, &blocks, pixel_nbytes);
    }
    if (count == 0)
        return;
    input->fixed_nbytes += index_nbytes;
    CPLDebug("ROWBAND",
             "plan: %zu files of the VRT are opened when they are needed, "
             "their index takes %" PRIu64 " bytes",
             count, index_nbytes);
}

/** What is behind one output pixel, and how far it reaches over cuts. */
static void fill_from_leaves(const VrtSource *source, PlanInput *input)
{
    Leaf *const *leaves;
    const int count = live_vrt_leaves(source->live, &leaves);
    BlockGathering found = {.grid = choose_grid(source, leaves, count)};
    for (int i = 0; i < count; i++) {
        block_grid_add_leaf(&found, leaves[i]);
        input->foreign_nbytes += leaf_held_nbytes(leaves[i]);
    }
    add_late_files(source->live, &found, input);
    if (source->mask_leaf != NULL)
        block_grid_add_leaf(&found, source->mask_leaf);
    input->grid = found.grid;
    input->straddle_rows = found.straddle_rows;
    input->straddle_columns = found.straddle_columns;
    input->decoded_pixel_nbytes = (uint64_t)ceil(
        found.leaf_pixels * (double)(found.leaf_pixel_nbytes[LEAF_LAYER_BANDS] +
                                     found.leaf_pixel_nbytes[LEAF_LAYER_MASK]));
    input->scattered = scattered_blocks_weigh(leaves, count, &input->grid,
                                              input->width, input->height);
    /* A VRT that computes does so in doubles, a band at a time. */
    input->working_pixel_nbytes = sizeof(double);
    input->decodes_ahead = true;
}

static void vrt_fill_plan(void *state, PlanInput *input)
{
    VrtSource *source = state;
    const LiveVrtTraits traits = live_vrt_traits(source->live);
    live_vrt_set_threads(source->live, input->workers);
    fill_from_leaves(source, input);
    input->fixed_nbytes += traits.warp_cells_nbytes;
    input->foreign_nbytes += traits.warp_call_nbytes;
    if (!traits.unplaced)
        return;
    const uint64_t share = input->budget_nbytes / 4;
    live_vrt_set_limit(source->live, share);
    input->fixed_nbytes += share;
}

static bool vrt_fill_holes(void *state, Holes *holes)
{
    const VrtSource *source = state;
    return source->mask_leaf == NULL &&
           live_vrt_fill_holes(source->live, holes);
}

static void vrt_skip(void *state, const Holes *holes, int64_t margin)
{
    VrtSource *source = state;
    source->unneeded = holes;
    source->unneeded_margin = margin;
    live_vrt_skip_late(source->live, holes, margin);
}

/** Each may take as much as the next. */
static bool vrt_spool(void *state, const char *target, uint64_t memory_nbytes)
{
    const VrtSource *source = state;
    Leaf *const *leaves;
    const int count = live_vrt_leaves(source->live, &leaves);
    bool any = false;
    for (int i = 0; i < count; i++)
        any |= leaf_spool(leaves[i], target, memory_nbytes / (uint64_t)count);
    return any;
}

static CPLErr vrt_prepare(void *state, SourceReader *opened,
                          const Window *window,
                          const GDALRasterIOExtraArg *extra)
{
    const VrtSource *source = state;
    Leaf *const *leaves;
    const int count = live_vrt_leaves(source->live, &leaves);
    CPLErr err = CE_None;
    (void)opened;
    for (int i = 0; err == CE_None && i < count; i++)
        err = leaf_fill_spool(leaves[i], extra);
    return err == CE_None ? live_vrt_enter_late(source->live, window) : err;
}

/** Where several readers may come, decodes what the first window needs a block
 * of, while the datasets are still as they are. */
static bool vrt_begin(void *state, const Plan *plan)
{
    VrtSource *source = state;
    const AheadLeaf *leaves;
    const char *why_not;
    const int count = live_vrt_ahead(source->live, &leaves, &why_not);
    Window first = {0};
    if (plan->readers > 1 && count > 0 && plan_next(plan, &first)) {
        source->ahead = ahead_new(leaves, count, plan->readers);
        if (source->ahead == NULL)
            return false;
        ahead_skip(source->ahead, source->unneeded, source->unneeded_margin);
        ErrorTrap trap;
        error_trap_begin(&trap, TRAP_FAILURES);
        ahead_look(source->ahead, &first);
        error_trap_end(&trap);
    }
    return live_vrt_begin_late(source->live, plan) &&
           live_vrt_enter(source->live);
}

static void vrt_end(void *state)
{
    VrtSource *source = state;
    live_vrt_leave(source->live);
}

static void vrt_decode_ahead(void *state, int reader, const Window *window,
                             const GoOn *go_on)
{
    VrtSource *source = state;
    if (source->ahead != NULL)
        ahead_decode(source->ahead, reader, window, go_on);
    live_vrt_decode_late(source->live, window, go_on);
}

static ReadUnit vrt_read_unit(const void *state, SourceImage image)
{
    const VrtSource *source = state;
    const LiveVrtTraits traits = live_vrt_traits(source->live);
    ReadUnit unit = {.kind = READ_WINDOW};
    if (image == SOURCE_MASK && source->mask_leaf != NULL)
        return unit;
    if (is_read_in_cells(source)) {
        unit.kind = traits.packed ? READ_CELLS_PACKED : READ_CELLS;
        cell_size(source, &unit.width, &unit.height);
    } else if (traits.unmapped) {
        /* A warped VRT's own blocks pass GDAL's cache. */
        unit.kind = READ_BLOCKS;
        unit.mask_along = source->mask_leaf == NULL;
    } else if (has_late_files(source)) {
        /* Asked for all bands, GDAL opens all sources to see if they are alike
         * (frmts/vrt/vrtdataset.cpp: CheckCompatibleForDatasetIO()). */
        unit = (ReadUnit){.kind = READ_BANDS,
                          .width = GDALGetRasterXSize(source->dataset),
                          .height = GDALGetRasterYSize(source->dataset)};
    }
    return unit;
}

static CPLErr vrt_read_mask(void *state, const SourceReader *reader,
                            const PlaneTarget *target,
                            GDALRasterIOExtraArg *extra)
{
    VrtSource *source = state;
    if (source->mask_leaf != NULL)
        return leaf_read(source->mask_leaf, reader->mask_handle, LEAF_MASK,
                         target);
    const CPLErr err = leaf_pixels_read(reader->mask, target, extra);
    live_vrt_drop_warped(source->live);
    return err;
}

static bool vrt_mask_goes_along(const void *state, int band)
{
    const VrtSource *source = state;
    return live_vrt_has_sources_of_mask(
        GDALGetRasterBand(source->dataset, band));
}

static void vrt_drop_behind(void *state, const Plan *plan, const Window *done)
{
    VrtSource *source = state;
    if (source->ahead != NULL)
        ahead_look(source->ahead, done);
    live_vrt_drop_behind(source->live, plan, done);
    if (source->mask_leaf != NULL)
        leaf_drop_behind(source->mask_leaf, plan, done);
}

static DecodeCounts vrt_counts(const void *state)
{
    const VrtSource *source = state;
    Leaf *const *leaves;
    uint64_t index_nbytes;
    DecodeCounts counts = {.datasets = live_vrt_leaves(source->live, &leaves)};
    counts.datasets += (int)live_vrt_late_files(source->live, &index_nbytes);
    counts.known = live_vrt_count(source->live, &counts.blocks, &counts.again);
    if (source->ahead != NULL)
        counts.compared = ahead_compared(source->ahead);
    counts.blocks += counts.compared;
    counts.again += counts.compared;
    return counts;
}

static void vrt_tell_blocks(const void *state, const Window *region,
                            ToldBlocksVisit *visit, void *user)
{
    const VrtSource *source = state;
    Leaf *const *leaves;
    const int count = live_vrt_leaves(source->live, &leaves);
    for (int i = 0; i < count; i++)
        told_blocks_of_leaf(leaves[i], region, visit, user);
    if (source->mask_leaf != NULL)
        told_blocks_of_leaf(source->mask_leaf, region, visit, user);
}

static void vrt_close(void *state)
{
    VrtSource *source = state;
    ahead_free(source->ahead);
    live_vrt_close(source->live);
    leaf_free(source->mask_leaf);
    free(source);
}

/** @return NULL with STATUS_READ after a failure, or without one: see
 * live_vrt_open() */
static LiveVrt *look_into(GDALDatasetH dataset, char *reason,
                          size_t reason_nbytes, Status *status)
{
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_FAILURES);
    LiveVrt *live = live_vrt_open(dataset, reason, reason_nbytes);
    error_trap_end(&trap);
    if (!trap.failed)
        return live;
    /* What GDAL got over it may have taken for something else. */
    status_fail(status, STATUS_READ, "cannot look into %s: %s",
                GDALGetDescription(dataset), trap.message);
    live_vrt_close(live);
    return NULL;
}

SourceKind vrt_source_open(GDALDatasetH dataset, char *reason,
                           size_t reason_nbytes, Status *status)
{
    static const SourceOps ops = {.open_reader = vrt_open_reader,
                                  .close_reader = vrt_close_reader,
                                  .why_not_again = vrt_why_not_again,
                                  .bands_apart = vrt_bands_apart,
                                  .reads_in_order = vrt_reads_in_order,
                                  .reads_file = vrt_reads_file,
                                  .fill_holes = vrt_fill_holes,
                                  .skip = vrt_skip,
                                  .fill_plan = vrt_fill_plan,
                                  .spool = vrt_spool,
                                  .begin = vrt_begin,
                                  .end = vrt_end,
                                  .prepare = vrt_prepare,
                                  .decode_ahead = vrt_decode_ahead,
                                  .read_unit = vrt_read_unit,
                                  .read_mask = vrt_read_mask,
                                  .mask_goes_along = vrt_mask_goes_along,
                                  .drop_behind = vrt_drop_behind,
                                  .counts = vrt_counts,
                                  .tell_blocks = vrt_tell_blocks,
                                  .late_files = vrt_late_files,
                                  .close = vrt_close};
    const SourceKind none = {.ops = &ops};
    LiveVrt *live = look_into(dataset, reason, reason_nbytes, status);
    if (live == NULL)
        return none;
    VrtSource *source = calloc(1, sizeof *source);
    if (source == NULL) {
        status_fail(status, STATUS_NO_MEMORY, "out of memory");
        live_vrt_close(live);
        return none;
    }
    *source = (VrtSource){.dataset = dataset, .live = live};
    if (live_vrt_traits(live).mask_beside)
        source->mask_leaf = leaf_of_mask(dataset);
    return (SourceKind){.ops = &ops, .state = source};
}
