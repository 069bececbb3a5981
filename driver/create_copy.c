/* SPDX-License-Identifier: MIT */
#include "create_copy.h"

#include <inttypes.h>
#include <string.h>

#include "appender.h"
#include "assemble.h"
#include "band_statistics.h"
#include "block_grid.h"
#include "cog_options.h"
#include "cog_source.h"
#include "cpl_conv.h"
#include "cpl_error.h"
#include "cpl_string.h"
#include "cpl_vsi.h"
#include "crs.h"
#include "dataset.h"
#include "directory.h"
#include "image.h"
#include "option_list.h"
#include "options.h"
#include "pipeline.h"
#include "plan.h"
#include "profile.h"
#include "resample.h"
#include "sink.h"
#include "source.h"
#include "spool.h"
#include "wrapped.h"

/* Progress until the file is closed and reopened, and until all tiles are
 * encoded if they are not in the file then. */
static const double nearly_done = 0.99;
static const double spooled = 0.9;

/** How a kind of image is encoded. */
typedef struct Encoding {
    Options options;
    Profile profile;
    GtiffTiles tiles;
} Encoding;

/** Everything that one call holds. */
typedef struct Copy {
    const char *target;
    const char *source_name; /**< for messages */
    GDALDatasetH dataset;
    GDALDatasetH own_dataset; /**< the same if it is ours to close, or NULL */
    bool strict;
    GDALProgressFunc progress;
    void *progress_data;

    CogOptions cog;
    Encoding raster;
    Encoding overview; /**< used if cog.overview says how */
    int image_count;   /**< of one level: the raster, its mask */
    int level_count;   /**< 1: no overviews */
    ImageSpec images[PIPELINE_IMAGES_MAX]; /**< level after level */
    Layout layouts[PIPELINE_IMAGES_MAX];
    const Resampler *resampler;
    GdalResampling resampling;
    ValidityPlane validity;
    Source source;
    Plan plan;
    Sink *sink;
    Spool *spool; /**< NULL: tiles go to the sink as they come */
    Pipeline *pipeline;
    char **sidecars;
} Copy;

static int images_in_all(const Copy *copy)
{
    return copy->image_count * copy->level_count;
}

static int64_t tiles_in_all(const Copy *copy)
{
    int64_t tiles = 0;
    for (int i = 0; i < images_in_all(copy); i++)
        tiles += copy->layouts[i].tile_count;
    return tiles;
}

/** The pipeline's Tick. */
static bool report_progress(void *user, int64_t tiles_written)
{
    Copy *copy = user;
    const double share = copy->spool != NULL ? spooled : nearly_done;
    return copy->progress(share * (double)tiles_written /
                              (double)tiles_in_all(copy),
                          "", copy->progress_data) != FALSE;
}

/** The Assembly's go_on. */
static bool report_assembly(void *user, double done)
{
    Copy *copy = user;
    return copy->progress(spooled + (nearly_done - spooled) * done, "",
                          copy->progress_data) != FALSE;
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

/** The size of the level above. */
static int64_t halved(int64_t size)
{
    return size > 1 ? size / 2 : 1;
}

/** As the COG driver has it (frmts/gtiff/cogdriver.cpp:
 * GDALCOGCreator::Create()).
 * @return whether there is another overview above @p below */
static bool has_overview(const Copy *copy, const LayoutSpec *below)
{
    if (!copy->cog.overviews || (below->width == 1 && below->height == 1))
        return false;
    if (copy->cog.overview_count >= 0)
        return copy->level_count - 1 < copy->cog.overview_count;
    return below->width > below->tile_width ||
           below->height > below->tile_height;
}

/** Adds overviews for as long as there are. */
static bool describe_overviews(Copy *copy, Status *status)
{
    ImageSpec like[SWATH_IMAGES_MAX] = {copy->images[0], copy->images[1]};
    if (copy->cog.overview != NULL) {
        if (!image_describe_raster(&like[0], &copy->overview.tiles,
                                   copy->dataset, &copy->overview.options,
                                   &copy->overview.profile, status))
            return false;
        like[0].station = STATION_OVERVIEW;
    }
    while (has_overview(
        copy,
        &copy->images[images_in_all(copy) - copy->image_count].layout.spec)) {
        ImageSpec *level = &copy->images[images_in_all(copy)];
        const LayoutSpec *below = &(level - copy->image_count)->layout.spec;
        for (int i = 0; i < copy->image_count; i++)
            if (!image_describe_overview(&level[i], &like[i],
                                         halved(below->width),
                                         halved(below->height), status))
                return false;
        copy->level_count++;
    }
    return true;
}

static bool has_mask_of_bits(GDALDatasetH source)
{
    const char *nbits =
        GDALGetMetadataItem(GDALGetMaskBand(GDALGetRasterBand(source, 1)),
                            "NBITS", "IMAGE_STRUCTURE");
    return nbits != NULL && EQUAL(nbits, "1");
}

static void choose_resampler(Copy *copy)
{
    copy->resampling =
        (GdalResampling){.bands = copy->raster.profile.proxy,
                         .type = copy->raster.profile.type,
                         .band_count = copy->layouts[0].spec.bands,
                         .nan_to_nodata = copy->images[0].replace_nan,
                         .with_mask = copy->image_count > 1,
                         .mask_of_bits = has_mask_of_bits(copy->dataset)};
    const bool found =
        copy->level_count > 1 &&
        gdal_resampling_find(copy->cog.resampling, &copy->resampling);
    copy->resampler = found ? &resampler_gdal : &resampler_nearest;
    if (copy->resampling.radius > 0 &&
        GDALGetRasterColorTable(GDALGetRasterBand(copy->dataset, 1)) != NULL)
        CPLError(CE_Warning, CPLE_AppDefined,
                 "ROWBAND: RESAMPLING=%s on a band with a colour table mixes "
                 "entries that have nothing to do with each other",
                 copy->cog.resampling);
}

static bool describe_images(Copy *copy, Status *status)
{
    const Encoding *raster = &copy->raster;
    copy->image_count = copy->source.mask != NULL ? 2 : 1;
    copy->level_count = 1;
    if (!image_describe_raster(&copy->images[0], &copy->raster.tiles,
                               copy->dataset, &raster->options,
                               &raster->profile, status))
        return false;
    if (copy->image_count > 1 &&
        !image_describe_mask(&copy->images[1], &copy->images[0], status))
        return false;
    if (!describe_overviews(copy, status))
        return false;
    for (int i = 0; i < images_in_all(copy); i++)
        copy->layouts[i] = copy->images[i].layout;
    choose_resampler(copy);
    copy->source.type = raster->profile.type;
    copy->source.layouts = copy->layouts;
    if (raster->options.statistics &&
        !band_statistics_begin(&copy->images[0], copy->image_count,
                               &raster->profile, &copy->validity, status))
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

/** What of the budget the overviews and the carry take. */
static void charge_pyramid(const Copy *copy, PlanInput *input)
{
    const PyramidSpec pyramid = {.layouts = copy->layouts,
                                 .image_count = copy->image_count,
                                 .level_count = copy->level_count,
                                 .resampler = copy->resampler,
                                 .custom = &copy->resampling};
    input->fixed_nbytes += pyramid_fixed_nbytes(&pyramid);
    input->scratch_nbytes += pyramid_worker_nbytes(&pyramid);
    input->overviews = pyramid_cost(&pyramid);
}

static void make_plan(Copy *copy)
{
    const Layout *layout = &copy->layouts[0];
    const Options *options = &copy->raster.options;
    const int appenders = copy->cog.cog ? 2 : 1;
    const size_t tile_nbytes =
        TILE_INDEX_NBYTES + (copy->cog.cog ? ASSEMBLE_TILE_NBYTES : 0);
    PlanInput input = {
        .width = layout->spec.width,
        .height = layout->spec.height,
        .tile_width = layout->spec.tile_width,
        .tile_height = layout->spec.tile_height,
        .pixel_nbytes = swath_pixel_nbytes(copy->layouts, copy->image_count),
        .budget_nbytes = options->budget_nbytes,
        .workers = options->threads,
        .scratch_nbytes = encoder_nbytes(copy->images, images_in_all(copy)),
        .slot_nbytes = encoder_bound(copy->images, images_in_all(copy)),
        .fixed_nbytes = (uint64_t)appenders * APPENDER_STAGE_NBYTES +
                        (uint64_t)tiles_in_all(copy) * tile_nbytes};
    if (options->statistics)
        input.fixed_nbytes += band_statistics_nbytes(layout);
    if (copy->images[0].predictor == PREDICTOR_AUTO)
        input.fixed_nbytes += input.scratch_nbytes + input.slot_nbytes;
    charge_pyramid(copy, &input);
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

static bool read_window(Copy *copy, const Window *window, Status *status)
{
    Buffer *buffer = pipeline_take_window(copy->pipeline, status);
    if (buffer == NULL)
        return false;
    if (!source_read(&copy->source, window, buffer->data, status)) {
        buffer_release(buffer);
        return false;
    }
    return pipeline_feed(copy->pipeline, window, buffer, status);
}

/** Where tiles go as they come. */
static Output tile_output(const Copy *copy)
{
    if (copy->spool != NULL)
        return (Output){spool_append, copy->spool};
    return (Output){sink_append, copy->sink};
}

/** Reads, carves, encodes and writes every tile. */
static bool copy_pixels(Copy *copy, Status *status)
{
    const PipelineSpec spec = {.images = copy->images,
                               .image_count = copy->image_count,
                               .level_count = copy->level_count,
                               .resampler = copy->resampler,
                               .resampler_custom = &copy->resampling,
                               .validity = copy->validity,
                               .plan = &copy->plan,
                               .output = tile_output(copy),
                               .output_position = ASSEMBLE_TILES_BEGIN,
                               .tick = report_progress,
                               .tick_user = copy};
    copy->pipeline = pipeline_start(&spec, status);
    if (copy->pipeline == NULL)
        return false;
    Window window = {0};
    while (plan_next(&copy->plan, &window))
        if (!read_window(copy, &window, status))
            return false;
    if (!pipeline_finish(copy->pipeline, status))
        return false;
    for (int i = 0; i < images_in_all(copy); i++)
        copy->images[i].predictor =
            pipeline_images(copy->pipeline)[i].predictor;
    return copy->spool == NULL || spool_end(copy->spool, status);
}

/** IF_SAFER counts as GTiff does: before compression. */
static BigTiff bigtiff_wanted(const Copy *copy)
{
    const BigTiff wanted = copy->raster.options.bigtiff;
    const LayoutSpec *spec = &copy->layouts[0].spec;
    const double nbytes = (double)spec->width * (double)spec->height *
                          spec->bands * spec->sample_nbytes;
    const bool large = nbytes > 2e9;
    return wanted == BIGTIFF_IF_SAFER && large ? BIGTIFF_YES : wanted;
}

/** The tags of every image; those of overviews are to be freed. */
static bool collect_directories(const Copy *copy, Ifd **ifds, Status *status)
{
    const Profile *raster = &copy->raster.profile;
    const Profile *overview =
        copy->cog.overview != NULL ? &copy->overview.profile : raster;
    bool ok = true;
    ifds[0] = raster->image;
    if (copy->image_count > 1)
        ifds[1] = raster->mask;
    for (int i = copy->image_count; ok && i < images_in_all(copy); i++) {
        const bool is_mask = i % copy->image_count == 1;
        ifds[i] = directory_of_overview(
            is_mask ? raster->mask : overview->image, status);
        ok = ifds[i] != NULL;
    }
    return ok;
}

/** Puts the file together, then writes the sidecars. The header, which makes
 * the file a TIFF, is the sink's to write when it is closed. */
static bool finish_file(Copy *copy, Status *status)
{
    Profile *profile = &copy->raster.profile;
    Ifd *ifds[PIPELINE_IMAGES_MAX] = {NULL};
    const TileIndex *index[PIPELINE_IMAGES_MAX];
    if (copy->raster.options.statistics) {
        band_statistics_report(&copy->images[0], profile);
        if (!profile_make(profile, &copy->raster.options, copy->target,
                          copy->strict, status))
            return false;
    }
    for (int i = 0; i < images_in_all(copy); i++)
        index[i] = pipeline_index(copy->pipeline, i);
    const Assembly assembly = {.sink = copy->sink,
                               .spool = copy->spool,
                               .images = copy->images,
                               .index = index,
                               .ifds = ifds,
                               .image_count = copy->image_count,
                               .level_count = copy->level_count,
                               .bigtiff = bigtiff_wanted(copy),
                               .tiles_end = pipeline_position(copy->pipeline),
                               .go_on = report_assembly,
                               .user = copy};
    const bool ok =
        collect_directories(copy, ifds, status) &&
        (copy->cog.cog ? assemble_cog : assemble_gtiff)(&assembly, status) &&
        profile_write_sidecars(profile, copy->target, &copy->sidecars, status);
    for (int i = copy->image_count; i < images_in_all(copy); i++)
        ifd_free(ifds[i]);
    return ok;
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

/** Opens what is written to. */
static bool open_outputs(Copy *copy, Status *status)
{
    copy->sink =
        sink_open(copy->target, assemble_header_nbytes(copy->cog.cog), status);
    if (copy->sink == NULL)
        return false;
    /* Overviews' tiles, which go first, are ready last; and so is the header,
     * which a pipe must have first. */
    if (!copy->cog.cog && sink_can_seek(copy->sink))
        return true;
    copy->spool = spool_open(copy->target, status);
    return copy->spool != NULL;
}

static bool write_file(Copy *copy, Status *status)
{
    bool ok = open_outputs(copy, status) && copy_pixels(copy, status) &&
              finish_file(copy, status);
    if (ok && pipeline_has_clipped(copy->pipeline, 0))
        CPLError(CE_Warning, CPLE_AppDefined,
                 "ROWBAND: samples too large for %d bits were clipped",
                 copy->raster.profile.sample_nbits);
    const uint64_t peak_nbytes = ok ? pipeline_peak_nbytes(copy->pipeline) : 0;
    /* The workers end before what they write to. */
    pipeline_free(copy->pipeline);
    spool_free(copy->spool);
    if (ok)
        ok = sink_close(copy->sink, status);
    else
        sink_discard(copy->sink);
    if (ok && !copy->progress(1.0, "", copy->progress_data)) {
        sink_delete(copy->target);
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
        .name = copy->source_name,
        .dataset = dataset,
        .wrapped = wrapped,
        .plan = &copy->plan,
        .mask = dataset_mask(dataset),
        .mask_leaf = wrapped != NULL ? NULL : source_mask_leaf(dataset),
        .go_on = go_on_reading,
        .go_on_data = copy};
}

static bool adapt_source(Copy *copy, CSLConstList options, Status *status)
{
    if (!cog_source_has_alpha_for_mask(copy->dataset, options))
        return true;
    copy->dataset = copy->own_dataset = cog_source_with_mask(copy->dataset);
    return copy->dataset != NULL ||
           status_fail(status, STATUS_INVALID,
                       "cannot make a mask of the alpha band");
}

static bool parse_options(Copy *copy, CSLConstList options, Status *status)
{
    CogOptions *cog = &copy->cog;
    /* Whatever is refused is refused under the name that the user gave. */
    if (!option_list_refuse(options, status) ||
        !cog_options_parse(cog, options, copy->dataset, status) ||
        !options_parse(&copy->raster.options, cog->raster, status))
        return false;
    option_list_warn_of_idle(cog->raster, copy->raster.options.compress);
    return cog->overview == NULL ||
           options_parse(&copy->overview.options, cog->overview, status);
}

static bool make_profiles(Copy *copy, Status *status)
{
    const bool with_mask = copy->source.mask != NULL;
    Encoding *raster = &copy->raster, *overview = &copy->overview;
    if (!profile_begin(&raster->profile, copy->dataset, with_mask, status))
        return false;
    if (raster->options.crs_identify)
        crs_identify(raster->profile.proxy);
    if (!profile_make(&raster->profile, &raster->options, copy->target,
                      copy->strict, status))
        return false;
    if (copy->cog.overview == NULL)
        return true;
    if (!profile_begin(&overview->profile, copy->dataset, with_mask, status))
        return false;
    overview->profile.quiet = true;
    return profile_make(&overview->profile, &overview->options, copy->target,
                        copy->strict, status);
}

static bool run(Copy *copy, CSLConstList options, Status *status)
{
    if (!check_source(copy, status) || !adapt_source(copy, options, status) ||
        !parse_options(copy, options, status))
        return false;
    open_source(copy);
    if (!make_profiles(copy, status) || !describe_images(copy, status))
        return false;
    make_plan(copy);
    return write_file(copy, status);
}

static void encoding_free(Encoding *encoding)
{
    image_release(&encoding->tiles);
    profile_free(&encoding->profile);
    options_free(&encoding->options);
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

/** What was written; for what cannot be read back, a dataset without bands that
 * only says that all is well. */
static GDALDatasetH reopen(const char *target)
{
    if (sink_is_special(target))
        return GDALCreate(GDALGetDriverByName("MEM"), "", 1, 1, 0, GDT_Byte,
                          NULL);
    return dataset_open_gtiff(target, GDAL_OF_VERBOSE_ERROR);
}

GDALDatasetH create_copy(const char *target, GDALDatasetH source, bool strict,
                         CSLConstList options, GDALProgressFunc progress,
                         void *progress_data)
{
    Copy copy = {.target = target,
                 .source_name = GDALGetDescription(source),
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
    encoding_free(&copy.raster);
    encoding_free(&copy.overview);
    cog_options_free(&copy.cog);
    if (copy.own_dataset != NULL)
        GDALClose(copy.own_dataset);
    if (!ok) {
        CPLError(CE_Failure, error_number(status.code), "ROWBAND: %s: %s",
                 target, status.message);
        return NULL;
    }
    return reopen(target);
}
