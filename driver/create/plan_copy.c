/* SPDX-License-Identifier: MIT */
#include "plan_copy.h"

#include <inttypes.h>

#include "appender.h"
#include "band_statistics.h"
#include "cog_layout.h"
#include "cpl_error.h"
#include "file_layout.h"
#include "int_math.h"
#include "versions.h"

static const char *plan_order(const Plan *plan)
{
    if (plan->full_width)
        return "";
    return plan->traversal == TRAVERSE_ROWS ? " along rows" : " down columns";
}

static void report_plan(const Plan *plan, const PlanInput *input,
                        const char *why_one_reader)
{
    CPLDebug("ROWBAND",
             "plan: blocks %" PRId64 "x%" PRId64 " at %" PRId64 ",%" PRId64
             ", %" PRId64 " %s%s in steps of %" PRId64 "x%" PRId64
             ", straddling %" PRId64 "x%" PRId64 ", carry %" PRIu64
             " tiles%s, %d threads, %d readers%s%s, budget %" PRIu64
             ", predicted peak %" PRIu64 " (source %" PRIu64 ")",
             plan->grid.block_width, plan->grid.block_height, plan->grid.x0,
             plan->grid.y0, plan_window_count(plan),
             plan->full_width ? "row bands" : "windows", plan_order(plan),
             plan->step_x, plan->step_y, input->straddle_columns,
             input->straddle_rows, plan->carry_positions,
             plan->tiles_in_order ? "" : " to be put in order", plan->workers,
             plan->readers, why_one_reader != NULL ? ": " : "",
             why_one_reader != NULL ? why_one_reader : "", input->budget_nbytes,
             plan->peak_nbytes, plan->source_nbytes);
}

void plan_copy_warn(const FileSpec *file, uint64_t peak_nbytes)
{
    const uint64_t budget_nbytes = file->raster.options.budget_nbytes;
    if (peak_nbytes > budget_nbytes && !file->reads_no_pixels)
        CPLError(CE_Warning, CPLE_AppDefined,
                 "ROWBAND: BUDGET=%" PRIu64 " bytes is too small for this "
                 "source and these tiles; %" PRIu64 " bytes are used",
                 budget_nbytes, peak_nbytes);
}

/** The layouts of windows of some of the bands, level after level. */
static void layouts_of_bands(const FileSpec *file, int bands, Layout *out)
{
    const Pass pass = {.band_count = bands};
    for (int i = 0; i < file_spec_image_count(file); i += file->image_count)
        pass_layouts(&pass, &file->layouts[i], file->image_count, &out[i]);
}

/** What of the budget the overviews and the carry take. */
static void charge_pyramid(const FileSpec *file, const Layout *layouts,
                           bool makes_levels, PlanInput *input)
{
    PyramidSpec pyramid = file_spec_pyramid(file);
    pyramid.layouts = layouts;
    input->fixed_nbytes += pyramid_fixed_nbytes(&pyramid);
    if (!makes_levels)
        return;
    input->scratch_nbytes += pyramid_worker_nbytes(&pyramid);
    input->overviews = pyramid_cost(&pyramid);
}

/** What is held whatever the windows are. */
static uint64_t fixed_nbytes(const FileSpec *file)
{
    const bool cog = file->cog.cog;
    const uint64_t appenders = cog ? 2 : 1;
    const uint64_t tile_nbytes =
        TILE_INDEX_NBYTES + (cog ? COG_LAYOUT_TILE_NBYTES : 0);
    uint64_t nbytes = file->copying_nbytes + appenders * APPENDER_STAGE_NBYTES +
                      (uint64_t)file_spec_tile_count(file) * tile_nbytes;
    if (file->holes != NULL)
        nbytes += HOLES_NBYTES + EMPTY_TILES_NBYTES;
    if (file->raster.options.statistics)
        nbytes += band_statistics_nbytes(&file->layouts[0]);
    return nbytes;
}

/** What is held besides if tiles do not come in the order of the file. That of
 * a COG is never theirs. The stage of the spool is gone when that of the output
 * comes into use. */
static uint64_t reorder_nbytes(const FileSpec *file)
{
    if (file->cog.cog)
        return 0;
    return FILE_LAYOUT_COPY_NBYTES +
           (uint64_t)file_spec_tile_count(file) * FILE_LAYOUT_TILE_NBYTES;
}

int plan_copy_readers(const FileSpec *file, const char *why_one_reader)
{
    const Options *options = &file->raster.options;
    if (why_one_reader != NULL)
        return 1;
    return options->read_threads > 0
               ? options->read_threads
               : (int)min64(options->threads, READERS_MAX);
}

PlanInput plan_copy_input(const FileSpec *file, int level, int bands,
                          bool makes_levels)
{
    const ptrdiff_t first = (ptrdiff_t)level * file->image_count;
    const LayoutSpec *spec = &file->layouts[first].spec;
    const Options *options = &file->raster.options;
    const ImageSpec *images = file->images;
    const int count = file_spec_image_count(file);
    Layout layouts[PIPELINE_IMAGES_MAX];
    layouts_of_bands(file, bands, layouts);
    PlanInput input = {
        .width = spec->width,
        .height = spec->height,
        .tile_width = spec->tile_width,
        .tile_height = spec->tile_height,
        .pixel_nbytes = swath_pixel_nbytes(&layouts[first], file->image_count),
        .budget_nbytes = options->budget_nbytes,
        .readers = 1,
        .workers = (int)min64(options->threads, file_spec_tile_count(file)),
        .scratch_nbytes = encoder_nbytes(images, count),
        .slot_nbytes = encoder_bound(images, count),
        .fixed_nbytes = fixed_nbytes(file),
        .reorder_nbytes = reorder_nbytes(file)};
    if (images[0].predictor == PREDICTOR_AUTO)
        input.fixed_nbytes += input.scratch_nbytes + input.slot_nbytes;
    charge_pyramid(file, layouts, makes_levels, &input);
    return input;
}

/** Of all bands of a level that the source has. */
static PlanInput input_of(const FileSpec *file, int level)
{
    return plan_copy_input(file, level, file->layouts[0].spec.bands,
                           !file->overviews.taken);
}

/** What is left of the budget for a spool in memory: as much as for the rest.
 */
static uint64_t spool_nbytes(const PlanInput *input)
{
    const uint64_t others = input->fixed_nbytes + input->foreign_nbytes;
    return others < input->budget_nbytes ? (input->budget_nbytes - others) / 2
                                         : 0;
}

void plan_copy(Plan *plan, const FileSpec *file, Source *source,
               const char *target)
{
    const PlanInput without_source = input_of(file, 0);
    PlanInput input = without_source;
    const char *why_one =
        file->decodes_copied
            ? NULL
            : source_why_one_reader(source,
                                    file->raster.options.read_threads > 0);
    input.readers = plan_copy_readers(file, why_one);
    input.fixed_nbytes += (uint64_t)input.readers * file->decoding_nbytes;
    source_fill_plan(source, &input);
    plan_make(plan, &input);
    const bool is_short = plan->over_budget || plan->workers < input.workers;
    if (is_short && !file->reads_no_pixels &&
        source_spool(source, target, spool_nbytes(&input))) {
        input = without_source;
        input.readers = 1;
        source_fill_plan(source, &input);
        plan_make(plan, &input);
    }
    plan->readers = (int)min64(plan->readers, plan_window_count(plan));
    versions_report();
    report_plan(plan, &input, why_one);
}

void plan_copy_overview(Plan *plan, const FileSpec *file, int level,
                        Source *source)
{
    PlanInput input = input_of(file, level);
    source_fill_plan(source, &input);
    input.readers = 1;
    plan_make(plan, &input);
}
