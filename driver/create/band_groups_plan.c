/* SPDX-License-Identifier: MIT */
#include <inttypes.h>

#include "band_groups.h"
#include "band_statistics.h"
#include "cpl_error.h"
#include "int_math.h"
#include "plan_bands.h"
#include "plan_copy.h"
#include "raw_spec.h"

/** What the plan for groups of bands, or for all of them, is made from. */
typedef struct GroupInput {
    const FileSpec *file; /**< what is made of them */
    Source *source;       /**< what they are read from; NULL: raw tiles */
    int readers;
    uint64_t held_nbytes; /**< besides, all the while */
} GroupInput;

static void fill_input(void *user, int bands, PlanInput *input)
{
    const GroupInput *group = user;
    *input = plan_copy_input(group->file, 0, bands, true);
    input->fixed_nbytes += group->held_nbytes;
    if (group->source != NULL) {
        input->readers = group->readers;
        source_fill_plan(group->source, input);
    } else {
        input->grid = (BlockGrid){.block_width = input->tile_width,
                                  .block_height = input->tile_height};
    }
    /* Group after group, they never come in the order of the file. */
    input->fixed_nbytes += input->reorder_nbytes;
    input->reorder_nbytes = 0;
}

/** What raw tiles hold once they are made. */
static uint64_t raw_nbytes(const FileSpec *raw)
{
    const size_t row_nbytes = raw->layouts[0].row_nbytes;
    return (uint64_t)file_spec_tile_count(raw) * TILE_INDEX_NBYTES +
           (row_nbytes > RAW_TILES_PIECE_NBYTES ? row_nbytes
                                                : RAW_TILES_PIECE_NBYTES);
}

/** What the file's own description holds while raw tiles are made. */
static uint64_t statistics_nbytes(const FileSpec *file)
{
    return file->raster.options.statistics
               ? band_statistics_nbytes(&file->layouts[0])
               : 0;
}

/** @return whether it was planned for; false with STATUS_NO_MEMORY, or without
 * a reason if it cannot be */
static bool describe_raw(RawStage *stage, const FileSpec *file, int level_count,
                         int64_t tile_width, int64_t tile_height,
                         Status *status)
{
    Status why = {.code = STATUS_OK};
    const LayoutSpec *spec = &file->layouts[0].spec;
    stage->spec =
        raw_spec_new(file, level_count, min64(tile_width, spec->width),
                     min64(tile_height, spec->height), &why);
    if (why.code == STATUS_NO_MEMORY)
        status_merge(status, &why);
    return stage->spec != NULL;
}

static int64_t common_divisor(int64_t a, int64_t b)
{
    while (b != 0) {
        const int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/** A size of raw tiles that windows of an axis end with, unless that is too
 * little for a call.
 * @param wished of the file's tiles, if that will do */
static int64_t raw_tile_size(int64_t phase, int64_t step, int64_t wished)
{
    enum { LEAST = 16 };
    const int64_t size = max64(common_divisor(step, phase), LEAST);
    return size % wished == 0 ? wished : size;
}

/** Plans for reading all bands, as the source has them, in the smallest windows
 * that there are. */
static bool plan_gathering(RawStage *stage, const FileSpec *file,
                           Source *source, int readers, Status *status)
{
    const int bands = file->layouts[0].spec.bands;
    const LayoutSpec *spec = &file->layouts[0].spec;
    PlanInput input;
    GroupInput all = {.file = file,
                      .source = source,
                      .readers = readers,
                      .held_nbytes = statistics_nbytes(file)};
    /* First as if nothing but reading took memory. */
    fill_input(&all, bands, &input);
    input.tile_width = input.tile_height = 1;
    input.scratch_nbytes = input.slot_nbytes = 0;
    input.overviews = (OverviewCost){.rows_nbytes = 0};
    plan_make(&stage->plan, &input);
    const Plan *plan = &stage->plan;
    const int64_t width =
        plan->full_width
            ? spec->tile_width
            : raw_tile_size(plan->grid.x0, plan->step_x, spec->tile_width);
    const int64_t height =
        raw_tile_size(plan->grid.y0, plan->step_y, spec->tile_height);
    if (!describe_raw(stage, file, 1, width, height, status))
        return false;
    all.file = stage->spec;
    fill_input(&all, bands, &input);
    plan_make(&stage->plan, &input);
    return true;
}

/** A pipeline has for all passes what the one takes that takes most: none is to
 * take more than the first, whose tiles are the largest. */
static void take_no_more(Plan *plan, const Plan *first)
{
    plan->workers = (int)min64(plan->workers, first->workers);
    plan->slots = (int)min64(plan->slots, first->slots);
    plan->window_buffers =
        (int)min64(plan->window_buffers, first->window_buffers);
}

/** Plans for tiles of all bands that are put together from raw ones. */
static void plan_assembling(BandGroups *groups, const FileSpec *file,
                            uint64_t held_nbytes)
{
    const int bands = file->layouts[0].spec.bands;
    for (int i = 0; i < file->level_count; i++) {
        PlanInput input = plan_copy_input(file, i, bands, false);
        input.grid = (BlockGrid){.block_width = input.tile_width,
                                 .block_height = input.tile_height};
        input.fixed_nbytes += held_nbytes;
        plan_make(&groups->level_plans[i], &input);
        take_no_more(&groups->level_plans[i], &groups->level_plans[0]);
    }
}

static void note_peak(BandGroups *groups, const Plan *plan)
{
    if (plan->peak_nbytes > groups->peak_nbytes)
        groups->peak_nbytes = plan->peak_nbytes;
}

static void find_peak(BandGroups *groups, const FileSpec *file)
{
    if (groups->gathered.spec != NULL)
        note_peak(groups, &groups->gathered.plan);
    if (groups->grouped.spec != NULL)
        note_peak(groups, &groups->grouped.plan);
    if (!groups->assembles)
        note_peak(groups, &groups->plan);
    for (int i = 0; groups->assembles && i < file->level_count; i++)
        note_peak(groups, &groups->level_plans[i]);
}

/** Plans for groups of bands, of which raw tiles are made, or the file's. */
static bool plan_grouping(BandGroups *groups, const FileSpec *file,
                          Source *source, int readers, Status *status)
{
    const RawStage *gathered = &groups->gathered;
    RawStage *grouped = &groups->grouped;
    const LayoutSpec *spec = &file->layouts[0].spec;
    GroupInput input = {.file = file, .readers = readers};
    if (gathered->spec != NULL)
        input.held_nbytes = raw_nbytes(gathered->spec);
    else
        input.source = source;
    if (groups->assembles) {
        if (!describe_raw(grouped, file, file->level_count, spec->tile_width,
                          spec->tile_height, status))
            return false;
        input.file = grouped->spec;
        input.held_nbytes += statistics_nbytes(file);
    }
    const PlanBands bands = {spec->bands, fill_input, &input};
    groups->group = plan_bands_make(
        groups->assembles ? &grouped->plan : &groups->plan, &bands);
    return true;
}

/** Plans for the stages that there must be. */
static bool plan_stages(BandGroups *groups, const FileSpec *file,
                        Source *source, int readers, Status *status)
{
    const bool apart = source_bands_apart(source);
    groups->mask_again = file->image_count > 1 &&
                         (file->level_count > 1 || file->validity.present);
    groups->assembles = !file->layouts[0].spec.planar;
    if ((!apart || groups->mask_again) &&
        !plan_gathering(&groups->gathered, file, source, readers, status))
        return false;
    const bool groups_bands = !groups->assembles ||
                              groups->gathered.spec == NULL ||
                              file->level_count > 1;
    if (groups_bands && !plan_grouping(groups, file, source, readers, status))
        return false;
    if (groups->assembles)
        plan_assembling(groups, file,
                        raw_nbytes(groups_bands ? groups->grouped.spec
                                                : groups->gathered.spec));
    find_peak(groups, file);
    return true;
}

/** @return whether bands can be made without the others. Overviews that are
 * there already are read with all of them. */
static bool can_group(const FileSpec *file)
{
    const LayoutSpec *spec = &file->layouts[0].spec;
    const bool alpha_is_valid =
        file->validity.present && file->validity.image == 0;
    if (spec->bands == 1 || file->overviews.taken)
        return false;
    return !(spec->planar && alpha_is_valid) &&
           !(file->level_count > 1 && file->resampler == &resampler_gdal &&
             gdal_resampling_needs_all_bands(&file->resampling));
}

/** @return whether groups are worth it */
static bool is_better(const BandGroups *groups, const FileSpec *file,
                      const Plan *one)
{
    const uint64_t budget_nbytes = file->raster.options.budget_nbytes;
    const bool has_raw_tiles =
        groups->gathered.spec != NULL || groups->grouped.spec != NULL;
    if (!has_raw_tiles && groups->group == file->layouts[0].spec.bands)
        return false;
    if (!one->over_budget)
        return !has_raw_tiles && groups->plan.workers > one->workers &&
               !groups->plan.over_budget;
    return groups->peak_nbytes <= budget_nbytes ||
           groups->peak_nbytes < one->peak_nbytes / 2;
}

static void report(const BandGroups *groups, const FileSpec *file)
{
    const Plan *plan =
        groups->grouped.spec != NULL ? &groups->grouped.plan : &groups->plan;
    if (groups->gathered.spec != NULL)
        CPLDebug("ROWBAND",
                 "groups: all bands wait in raw tiles of %" PRId64 "x%" PRId64
                 ", windows in steps of %" PRId64 "x%" PRId64
                 ", predicted peak %" PRIu64,
                 groups->gathered.spec->layouts[0].spec.tile_width,
                 groups->gathered.spec->layouts[0].spec.tile_height,
                 groups->gathered.plan.step_x, groups->gathered.plan.step_y,
                 groups->gathered.plan.peak_nbytes);
    if (groups->group > 0)
        CPLDebug("ROWBAND",
                 "groups: %d bands of %d at a time%s, windows in steps of "
                 "%" PRId64 "x%" PRId64 ", %d threads, predicted peak %" PRIu64,
                 groups->group, file->layouts[0].spec.bands,
                 groups->grouped.spec != NULL ? ", in raw tiles" : "",
                 plan->step_x, plan->step_y, plan->workers, plan->peak_nbytes);
    if (groups->assembles)
        CPLDebug("ROWBAND",
                 "groups: tiles of all bands in steps of %" PRId64 "x%" PRId64
                 ", %d threads, predicted peak %" PRIu64,
                 groups->level_plans[0].step_x, groups->level_plans[0].step_y,
                 groups->level_plans[0].workers,
                 groups->level_plans[0].peak_nbytes);
}

static void drop_holes(FileSpec *file)
{
    file->holes = NULL;
    for (int i = 0; i < file_spec_image_count(file); i++)
        file->images[i].accepts_empty = false;
}

/** @return false with STATUS_NO_MEMORY */
static bool plan_groups(BandGroups *groups, FileSpec *file, Source *source,
                        const Plan *one, Status *status)
{
    const char *why_one =
        source_why_one_reader(source, file->raster.options.read_threads > 0);
    groups->active = plan_stages(groups, file, source,
                                 plan_copy_readers(file, why_one), status) &&
                     is_better(groups, file, one);
    if (!groups->active)
        return status->code == STATUS_OK;
    report(groups, file);
    if (band_groups_gathers(groups))
        drop_holes(file);
    return true;
}

bool band_groups_plan(BandGroups *groups, Plan *one, FileSpec *file,
                      Source *source, const char *target, bool may,
                      Status *status)
{
    plan_copy(one, file, source, target);
    const bool is_short =
        one->over_budget || one->workers < min64(file->raster.options.threads,
                                                 file_spec_tile_count(file));
    if (may && is_short && can_group(file) &&
        !plan_groups(groups, file, source, one, status))
        return false;
    plan_copy_warn(file,
                   groups->active ? groups->peak_nbytes : one->peak_nbytes);
    return true;
}
