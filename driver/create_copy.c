/* SPDX-License-Identifier: MIT */
#include "create_copy.h"

#include <inttypes.h>
#include <string.h>

#include "band_statistics.h"
#include "block_grid.h"
#include "cpl_conv.h"
#include "cpl_error.h"
#include "cpl_string.h"
#include "cpl_vsi.h"
#include "crs.h"
#include "dataset.h"
#include "directory.h"
#include "image.h"
#include "options.h"
#include "pipeline.h"
#include "plan.h"
#include "profile.h"
#include "sink.h"
#include "source.h"
#include "wrapped.h"

/* Progress until the file is closed and reopened. */
static const double nearly_done = 0.99;

/** Everything that one call holds. */
typedef struct Copy {
    const char *target;
    GDALDatasetH dataset;
    bool strict;
    GDALProgressFunc progress;
    void *progress_data;

    Options options;
    Profile profile;
    int image_count;
    ImageSpec images[SWATH_IMAGES_MAX];
    Layout layouts[SWATH_IMAGES_MAX];
    GtiffTiles tiles;
    ValidityPlane validity;
    Source source;
    Plan plan;
    Sink *sink;
    Pipeline *pipeline;
    char **sidecars;
} Copy;

static int64_t tiles_in_all(const Copy *copy)
{
    int64_t tiles = 0;
    for (int i = 0; i < copy->image_count; i++)
        tiles += copy->layouts[i].tile_count;
    return tiles;
}

/** The pipeline's Tick. */
static bool report_progress(void *user, int64_t tiles_written)
{
    Copy *copy = user;
    return copy->progress(nearly_done * (double)tiles_written /
                              (double)tiles_in_all(copy),
                          "", copy->progress_data) != FALSE;
}

/** Asked by GDAL while it reads a window. */
static int CPL_STDCALL go_on_reading(double done, const char *message,
                                     void *user)
{
    Copy *copy = user;
    (void)done;
    (void)message;
    return report_progress(copy, pipeline_tiles_written(copy->pipeline));
}

/** @return whether both names lead to one file that exists */
static bool same_file(const char *a, const char *b)
{
    VSIStatBufL stat_a, stat_b;
    if (VSIStatL(a, &stat_a) != 0 || VSIStatL(b, &stat_b) != 0)
        return false;
    /* Virtual files have no number. */
    return strcmp(a, b) == 0 ||
           (stat_a.st_ino != 0 && stat_a.st_ino == stat_b.st_ino &&
            stat_a.st_dev == stat_b.st_dev);
}

/** @return whether writing the target would destroy a file of the source.
 * Where GDAL has deleted the target already it would not: what is open can
 * still be read, and the result is all that will be left of it. */
static bool target_is_read(const Copy *copy)
{
    char **files = GDALGetFileList(copy->dataset);
    bool found = false;
    for (int i = 0; !found && files != NULL && files[i] != NULL; i++)
        found = same_file(copy->target, files[i]);
    CSLDestroy(files);
    return found || same_file(copy->target, GDALGetDescription(copy->dataset));
}

static bool check_source(const Copy *copy, Status *status)
{
    if (GDALGetRasterCount(copy->dataset) == 0)
        return status_fail(status, STATUS_INVALID, "the source has no bands");
    if (target_is_read(copy))
        return status_fail(status, STATUS_INVALID,
                           "it is a file of the source as well");
    for (int i = 1; i <= GDALGetRasterCount(copy->dataset); i++)
        if (GDALGetMaskFlags(GDALGetRasterBand(copy->dataset, i)) == 0)
            return status_fail(
                status, STATUS_UNSUPPORTED,
                "band %d of the source has a mask of its own, which TIFF "
                "cannot hold; translate with -mask none to leave it out",
                i);
    return true;
}

static bool describe_images(Copy *copy, Status *status)
{
    copy->image_count = copy->source.mask != NULL ? 2 : 1;
    if (!image_describe_raster(&copy->images[0], &copy->tiles, copy->dataset,
                               &copy->options, &copy->profile, status))
        return false;
    if (copy->image_count > 1 &&
        !image_describe_mask(&copy->images[1], &copy->images[0], status))
        return false;
    for (int i = 0; i < copy->image_count; i++)
        copy->layouts[i] = copy->images[i].layout;
    copy->source.type = copy->profile.type;
    copy->source.layouts = copy->layouts;
    if (copy->options.statistics &&
        !band_statistics_begin(&copy->images[0], copy->image_count,
                               &copy->profile, &copy->validity, status))
        return false;
    return true;
}

static const char *plan_order(const Plan *plan)
{
    if (plan->full_width)
        return "";
    return plan->traversal == TRAVERSE_ROWS ? " along rows" : " down columns";
}

static void report_plan(const Plan *plan, const PlanInput *input)
{
    CPLDebug("ROWBAND",
             "plan: blocks %" PRId64 "x%" PRId64 " at %" PRId64 ",%" PRId64
             ", %" PRId64 " %s%s in steps of %" PRId64 "x%" PRId64
             ", straddling %" PRId64 "x%" PRId64 ", carry %" PRIu64
             " tiles, %d threads, budget %" PRIu64 ", predicted peak %" PRIu64
             " (source %" PRIu64 ")",
             plan->grid.block_width, plan->grid.block_height, plan->grid.x0,
             plan->grid.y0, plan_window_count(plan),
             plan->full_width ? "row bands" : "windows", plan_order(plan),
             plan->step_x, plan->step_y, input->straddle_columns,
             input->straddle_rows, plan->carry_positions, plan->workers,
             input->budget_nbytes, plan->peak_nbytes, plan->source_nbytes);
    if (plan->over_budget)
        CPLError(CE_Warning, CPLE_AppDefined,
                 "ROWBAND: BUDGET=%" PRIu64 " bytes is too little for this "
                 "source and these tiles; %" PRIu64 " bytes are used",
                 input->budget_nbytes, plan->peak_nbytes);
}

static void make_plan(Copy *copy)
{
    const Layout *layout = &copy->layouts[0];
    const int64_t positions = layout->tiles_across * layout->tiles_down;
    PlanInput input = {
        .width = layout->spec.width,
        .height = layout->spec.height,
        .tile_width = layout->spec.tile_width,
        .tile_height = layout->spec.tile_height,
        .pixel_nbytes = swath_pixel_nbytes(copy->layouts, copy->image_count),
        .budget_nbytes = copy->options.budget_nbytes,
        .workers = copy->options.threads,
        .scratch_nbytes = encoder_nbytes(copy->images, copy->image_count),
        .slot_nbytes = encoder_bound(copy->images, copy->image_count),
        .fixed_nbytes = SINK_STAGE_NBYTES +
                        (uint64_t)positions * carver_position_nbytes() +
                        (uint64_t)tiles_in_all(copy) * TILE_INDEX_NBYTES};
    if (copy->options.statistics)
        input.fixed_nbytes += band_statistics_nbytes(layout);
    if (copy->images[0].predictor == PREDICTOR_AUTO)
        input.fixed_nbytes += input.scratch_nbytes + input.slot_nbytes;
    block_grid_fill(&copy->source, &input);
    if (copy->source.wrapped != NULL &&
        wrapped_is_warped(copy->source.wrapped)) {
        const uint64_t share = input.budget_nbytes / 4;
        wrapped_set_limit(copy->source.wrapped, share);
        input.fixed_nbytes += share;
    }
    plan_make(&copy->plan, &input);
    report_plan(&copy->plan, &input);
}

/** Reads, carves, encodes and writes every tile. */
static bool copy_pixels(Copy *copy, Status *status)
{
    static const uint8_t no_header[IFD_HEADER_NBYTES] = {0};
    const PipelineSpec spec = {.images = copy->images,
                               .image_count = copy->image_count,
                               .validity = copy->validity,
                               .plan = &copy->plan,
                               .output = {sink_append, copy->sink},
                               .output_position = IFD_HEADER_NBYTES,
                               .tick = report_progress,
                               .tick_user = copy};
    if (!sink_append(copy->sink, no_header, sizeof no_header, status))
        return false;
    copy->pipeline = pipeline_start(&spec, status);
    if (copy->pipeline == NULL)
        return false;

    Window window = {0};
    while (plan_next(&copy->plan, &window)) {
        Buffer *buffer = pipeline_take_window(copy->pipeline, status);
        if (buffer == NULL)
            return false;
        if (!source_read(&copy->source, &window, buffer->data, status)) {
            buffer_release(buffer);
            return false;
        }
        if (!pipeline_feed(copy->pipeline, &window, buffer, status))
            return false;
    }
    if (!pipeline_finish(copy->pipeline, status))
        return false;
    copy->images[0].predictor = pipeline_images(copy->pipeline)[0].predictor;
    return true;
}

/** IF_SAFER counts as GTiff does: before compression. */
static BigTiff bigtiff_wanted(const Copy *copy)
{
    const LayoutSpec *spec = &copy->layouts[0].spec;
    const double nbytes = (double)spec->width * (double)spec->height *
                          spec->bands * spec->sample_nbytes;
    const bool large = nbytes > 2e9;
    return copy->options.bigtiff == BIGTIFF_IF_SAFER && large
               ? BIGTIFF_YES
               : copy->options.bigtiff;
}

/** Appends the directories, then writes the sidecars, then the header, which
 * makes the file a TIFF. */
static bool finish_file(Copy *copy, Status *status)
{
    if (copy->options.statistics) {
        band_statistics_report(&copy->images[0], &copy->profile);
        if (!profile_make(&copy->profile, &copy->options, copy->target,
                          copy->strict, status))
            return false;
    }
    Ifd *const ifds[SWATH_IMAGES_MAX] = {copy->profile.image,
                                         copy->profile.mask};
    const uint64_t position = pipeline_position(copy->pipeline);
    uint8_t header[IFD_HEADER_NBYTES];
    for (int i = 0; i < copy->image_count; i++)
        if (!directory_complete(ifds[i], &copy->images[i],
                                pipeline_index(copy->pipeline, i), status))
            return false;
    return directory_append_all(copy->sink, ifds, copy->image_count, position,
                                bigtiff_wanted(copy), header, status) &&
           profile_write_sidecars(&copy->profile, copy->target, &copy->sidecars,
                                  status) &&
           sink_write_header(copy->sink, header, sizeof header, status);
}

static void report_result(const Copy *copy, uint64_t peak_nbytes)
{
    int64_t decodes = 0, again = 0;
    if (copy->source.wrapped != NULL) {
        wrapped_count(copy->source.wrapped, &decodes, &again);
        CPLDebug("ROWBAND",
                 "result: %d datasets behind the VRT, %" PRId64
                 " blocks decoded, %" PRId64 " of them again: amplification "
                 "%.2f",
                 wrapped_leaf_count(copy->source.wrapped), decodes, again,
                 decodes > again ? (double)decodes / (double)(decodes - again)
                                 : 1.0);
    }
    CPLDebug("ROWBAND",
             "result: %" PRId64 " reads, %" PRId64
             " tiles, peak of row bands and carry %" PRIu64
             " bytes, predictor %d",
             copy->source.windows_read, tiles_in_all(copy), peak_nbytes,
             (int)copy->images[0].predictor);
}

static bool write_file(Copy *copy, Status *status)
{
    copy->sink = sink_open(copy->target, status);
    if (copy->sink == NULL)
        return false;
    bool ok = copy_pixels(copy, status) && finish_file(copy, status);
    if (ok && pipeline_has_clipped(copy->pipeline, 0))
        CPLError(CE_Warning, CPLE_AppDefined,
                 "ROWBAND: samples too large for %d bits were clipped",
                 copy->profile.sample_nbits);
    const uint64_t peak_nbytes = ok ? pipeline_peak_nbytes(copy->pipeline) : 0;
    /* The workers end before the file that they write to. */
    pipeline_free(copy->pipeline);
    if (ok)
        ok = sink_close(copy->sink, status);
    else
        sink_discard(copy->sink);
    if (ok && !copy->progress(1.0, "", copy->progress_data)) {
        VSIUnlink(copy->target);
        ok = status_fail(status, STATUS_CANCELLED, "cancelled");
    }
    for (int i = 0; !ok && copy->sidecars != NULL && copy->sidecars[i]; i++)
        VSIUnlink(copy->sidecars[i]);
    if (ok)
        report_result(copy, peak_nbytes);
    return ok;
}

/** Finds out what to read: the source, or what is behind it. */
static void open_source(Copy *copy)
{
    char reason[300];
    Wrapped *wrapped = wrapped_open(copy->dataset, reason, sizeof reason);
    if (*reason != '\0')
        CPLDebug("ROWBAND", "plan: not looked through the VRT: %s", reason);
    const GDALDatasetH dataset =
        wrapped != NULL ? wrapped_dataset(wrapped) : copy->dataset;
    copy->source = (Source){
        .name = GDALGetDescription(copy->dataset),
        .dataset = dataset,
        .wrapped = wrapped,
        .plan = &copy->plan,
        .mask = dataset_mask(dataset),
        .mask_leaf = wrapped != NULL ? NULL : source_mask_leaf(dataset),
        .go_on = go_on_reading,
        .go_on_data = copy};
}

static bool run(Copy *copy, CSLConstList options, Status *status)
{
    if (!check_source(copy, status) ||
        !options_parse(&copy->options, options, status))
        return false;
    open_source(copy);
    if (!profile_begin(&copy->profile, copy->dataset, copy->source.mask != NULL,
                       status))
        return false;
    if (copy->options.crs_identify)
        crs_identify(copy->profile.proxy);
    if (!profile_make(&copy->profile, &copy->options, copy->target,
                      copy->strict, status) ||
        !describe_images(copy, status))
        return false;
    make_plan(copy);
    return write_file(copy, status);
}

static CPLErrorNum error_number(StatusCode code)
{
    switch (code) {
    case STATUS_NO_MEMORY:
        return CPLE_OutOfMemory;
    case STATUS_INVALID:
        return CPLE_IllegalArg;
    case STATUS_UNSUPPORTED:
        return CPLE_NotSupported;
    case STATUS_READ:
    case STATUS_IO:
        return CPLE_FileIO;
    case STATUS_CANCELLED:
        return CPLE_UserInterrupt;
    default:
        return CPLE_AppDefined;
    }
}

GDALDatasetH create_copy(const char *target, GDALDatasetH source, bool strict,
                         CSLConstList options, GDALProgressFunc progress,
                         void *progress_data)
{
    Copy copy = {.target = target,
                 .dataset = source,
                 .strict = strict,
                 .progress = progress,
                 .progress_data = progress_data};
    Status status = {.code = STATUS_OK};

    const bool ok = run(&copy, options, &status);
    leaf_free(copy.source.mask_leaf);
    wrapped_close(copy.source.wrapped);
    CSLDestroy(copy.sidecars);
    band_statistics_end(&copy.images[0]);
    image_release(&copy.tiles);
    profile_free(&copy.profile);
    options_free(&copy.options);
    if (!ok) {
        CPLError(CE_Failure, error_number(status.code), "ROWBAND: %s: %s",
                 target, status.message);
        return NULL;
    }
    return dataset_open_gtiff(target, GDAL_OF_VERBOSE_ERROR);
}
