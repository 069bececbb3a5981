/* SPDX-License-Identifier: MIT */
#include "create_copy.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "block_grid.h"
#include "cpl_conv.h"
#include "cpl_error.h"
#include "cpl_string.h"
#include "cpl_vsi.h"
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
    GDALProgressFunc progress;
    void *progress_data;

    Options options;
    Profile profile;
    int image_count;
    ImageSpec images[SWATH_IMAGES_MAX];
    Layout layouts[SWATH_IMAGES_MAX];
    Source source;
    Wrapped *wrapped; /**< NULL: the source is read as it is */
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

static bool check_source(const Copy *copy, Status *status)
{
    if (GDALGetRasterCount(copy->dataset) == 0)
        return status_fail(status, STATUS_INVALID, "the source has no bands");
    if (EQUAL(copy->target, GDALGetDescription(copy->dataset)))
        return status_fail(status, STATUS_INVALID,
                           "source and target are the same");
    for (int i = 1; i <= GDALGetRasterCount(copy->dataset); i++)
        if (GDALGetMaskFlags(GDALGetRasterBand(copy->dataset, i)) == 0)
            return status_fail(
                status, STATUS_UNSUPPORTED,
                "band %d of the source has a mask of its own, which TIFF "
                "cannot hold; translate with -mask none to leave it out",
                i);
    return true;
}

static bool is_float(GDALDataType type)
{
    return GDALDataTypeIsFloating(type) && !GDALDataTypeIsComplex(type);
}

static bool choose_predictor(const Copy *copy, Predictor *predictor,
                             Status *status)
{
    const bool real_float = is_float(copy->profile.type);
    const int wished = copy->options.predictor;
    *predictor = PREDICTOR_NONE;
    if (!copy->options.codec->predicts) {
        if (wished != PREDICTOR_NONE)
            CPLError(CE_Warning, CPLE_AppDefined,
                     "ROWBAND: PREDICTOR has no effect with COMPRESS=%s",
                     copy->options.codec->name);
        return true;
    }
    if (wished != PREDICTOR_BY_TYPE)
        *predictor = (Predictor)wished;
    else
        *predictor =
            real_float ? PREDICTOR_FLOATING_POINT : PREDICTOR_HORIZONTAL;
    return predictor_applies(*predictor, copy->profile.sample_nbits,
                             real_float) ||
           status_fail(status, STATUS_INVALID,
                       "PREDICTOR=%d is not for samples of %d bits of type %s",
                       (int)*predictor, copy->profile.sample_nbits,
                       GDALGetDataTypeName(copy->profile.type));
}

static bool describe_raster(Copy *copy, Status *status)
{
    const Options *options = &copy->options;
    const Profile *profile = &copy->profile;
    ImageSpec *image = &copy->images[0];
    const LayoutSpec spec = {
        .width = GDALGetRasterXSize(copy->dataset),
        .height = GDALGetRasterYSize(copy->dataset),
        .bands = GDALGetRasterCount(copy->dataset),
        .sample_nbytes = GDALGetDataTypeSizeBytes(profile->type),
        .sample_nbits = profile->sample_nbits,
        .planar = options->planar && GDALGetRasterCount(copy->dataset) > 1,
        .strips = !options->tiled,
        .tile_width = options->block_width,
        .tile_height = options->block_height};
    if (is_float(profile->type) && spec.sample_nbits < 8 * spec.sample_nbytes)
        return status_fail(
            status, STATUS_UNSUPPORTED, "NBITS=%d of type %s is not supported",
            spec.sample_nbits, GDALGetDataTypeName(profile->type));

    image->codec = options->codec;
    image->level = options->level;
    image->skip_empty = options->sparse_ok;
    image->replace_nan = options->nan_to_nodata && is_float(profile->type) &&
                         profile->has_nodata && profile->nodata_is_finite;
    memcpy(image->empty_sample, profile->nodata, SAMPLE_NBYTES_MAX);
    memcpy(image->nan_sample, profile->nodata, SAMPLE_NBYTES_MAX);
    return layout_init(&image->layout, &spec, status) &&
           choose_predictor(copy, &image->predictor, status);
}

/** A mask is an image of one bit, in the raster's tiles. */
static bool describe_mask(Copy *copy, Status *status)
{
    const ImageSpec *raster = &copy->images[0];
    ImageSpec *image = &copy->images[1];
    LayoutSpec spec = raster->layout.spec;
    spec.bands = 1;
    spec.planar = false;
    spec.sample_nbytes = 1;
    spec.sample_nbits = 1;
    *image = (ImageSpec){.codec = &codec_deflate,
                         .level = 6,
                         .predictor = PREDICTOR_NONE,
                         .skip_empty = copy->options.sparse_ok};
    return layout_init(&image->layout, &spec, status);
}

static bool describe_images(Copy *copy, Status *status)
{
    copy->image_count = copy->source.mask != NULL ? 2 : 1;
    if (!describe_raster(copy, status) ||
        (copy->image_count > 1 && !describe_mask(copy, status)))
        return false;
    for (int i = 0; i < copy->image_count; i++)
        copy->layouts[i] = copy->images[i].layout;
    copy->source.type = copy->profile.type;
    copy->source.layouts = copy->layouts;
    return true;
}

/** What the source's blocks are, seen through wrappers where that can be. */
static void describe_blocks(Copy *copy, PlanInput *input)
{
    input->grid = block_grid_of(copy->source.dataset);
    input->source_pixel_nbytes = input->pixel_nbytes;
    if (copy->wrapped == NULL)
        return;
    WrappedShape shape;
    wrapped_shape(copy->wrapped, &shape);
    if (shape.has_grid)
        input->grid = shape.grid;
    input->straddle_rows = shape.straddle_rows;
    input->straddle_columns = shape.straddle_columns;
    /* A VRT that computes does so in doubles, a band at a time. */
    input->source_pixel_nbytes =
        sizeof(double) +
        (uint64_t)ceil(shape.leaf_pixels * (double)shape.leaf_pixel_nbytes);
    if (wrapped_is_warped(copy->wrapped)) {
        const uint64_t share = input->budget_nbytes / 4;
        wrapped_set_limit(copy->wrapped, share);
        input->fixed_nbytes += share;
    }
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
    describe_blocks(copy, &input);
    plan_make(&copy->plan, &input);

    const Plan *plan = &copy->plan;
    CPLDebug("ROWBAND",
             "plan: blocks %" PRId64 "x%" PRId64 ", %" PRId64 " %s of %" PRIu64
             " bytes (steps %" PRId64 "x%" PRId64 "%s), carry %" PRIu64
             " tiles, %d threads, budget %" PRIu64 ", predicted peak %" PRIu64,
             plan->grid.block_width, plan->grid.block_height,
             plan_window_count(plan),
             plan->full_width ? "row bands" : "windows", plan->window_nbytes,
             plan->step_x, plan->step_y,
             plan->full_width
                 ? ""
                 : (plan->traversal == TRAVERSE_ROWS ? ", along rows"
                                                     : ", down columns"),
             plan->carry_positions, plan->workers, input.budget_nbytes,
             plan->peak_nbytes);
    if (plan->over_budget)
        CPLError(CE_Warning, CPLE_AppDefined,
                 "ROWBAND: BUDGET=%" PRIu64 " bytes is too little for this "
                 "source and these tiles; %" PRIu64 " bytes are used",
                 input.budget_nbytes, plan->peak_nbytes);
}

/** Reads, carves, encodes and writes every tile. */
static bool copy_pixels(Copy *copy, Status *status)
{
    static const uint8_t no_header[IFD_HEADER_NBYTES] = {0};
    const PipelineSpec spec = {.images = copy->images,
                               .image_count = copy->image_count,
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
    return pipeline_finish(copy->pipeline, status);
}

/** Turns the tags of one pixel into those of the whole image. */
static bool complete_ifd(Ifd *ifd, const ImageSpec *image,
                         const TileIndex *index, Status *status)
{
    const LayoutSpec *spec = &image->layout.spec;
    static const uint16_t replaced[] = {
        TAG_TILE_WIDTH,        TAG_TILE_LENGTH,    TAG_TILE_OFFSETS,
        TAG_TILE_BYTE_COUNTS,  TAG_ROWS_PER_STRIP, TAG_STRIP_OFFSETS,
        TAG_STRIP_BYTE_COUNTS, TAG_PREDICTOR};
    for (size_t i = 0; i < sizeof replaced / sizeof *replaced; i++)
        ifd_remove(ifd, replaced[i]);

    const uint64_t count = (uint64_t)index->count;
    bool ok =
        ifd_set_number(ifd, TAG_IMAGE_WIDTH, (uint32_t)spec->width, status) &&
        ifd_set_number(ifd, TAG_IMAGE_LENGTH, (uint32_t)spec->height, status) &&
        ifd_set_number(ifd, TAG_COMPRESSION, image->codec->tag, status);
    if (ok && image->predictor != PREDICTOR_NONE)
        ok = ifd_set_number(ifd, TAG_PREDICTOR, image->predictor, status);
    if (ok && spec->strips)
        return ifd_set_number(ifd, TAG_ROWS_PER_STRIP,
                              (uint32_t)spec->tile_height, status) &&
               ifd_set_offsets(ifd, TAG_STRIP_OFFSETS, index->offsets, count,
                               status) &&
               ifd_set(ifd, TAG_STRIP_BYTE_COUNTS, IFD_LONG, count,
                       index->nbytes, status);
    return ok &&
           ifd_set_number(ifd, TAG_TILE_WIDTH, (uint32_t)spec->tile_width,
                          status) &&
           ifd_set_number(ifd, TAG_TILE_LENGTH, (uint32_t)spec->tile_height,
                          status) &&
           ifd_set_offsets(ifd, TAG_TILE_OFFSETS, index->offsets, count,
                           status) &&
           ifd_set(ifd, TAG_TILE_BYTE_COUNTS, IFD_LONG, count, index->nbytes,
                   status);
}

/** Classic unless that is too small for the finished file, or BIGTIFF says
 * otherwise. @p nbytes is what a classic file would have. */
static bool choose_format(const Copy *copy, uint64_t nbytes, bool *big,
                          Status *status)
{
    *big = copy->options.bigtiff == BIGTIFF_YES ||
           (copy->options.bigtiff == BIGTIFF_IF_NEEDED && nbytes > UINT32_MAX);
    return *big || nbytes <= UINT32_MAX ||
           status_fail(status, STATUS_INVALID,
                       "BIGTIFF=NO: the file would have %" PRIu64
                       " bytes, and a classic TIFF holds 4 GiB",
                       nbytes);
}

static bool append_ifd(Copy *copy, const Ifd *ifd, bool big, uint64_t position,
                       uint64_t next, Status *status)
{
    const uint64_t nbytes = ifd_nbytes(ifd, big);
    uint8_t *bytes = malloc((size_t)nbytes);
    if (bytes == NULL)
        return status_fail(status, STATUS_NO_MEMORY, "out of memory");
    ifd_serialize(ifd, big, position, next, bytes);
    const bool ok = sink_append(copy->sink, bytes, (size_t)nbytes, status);
    free(bytes);
    return ok;
}

/** Appends the directories, then writes the sidecars, then the header. */
static bool write_directories(Copy *copy, Status *status)
{
    Ifd *const ifds[SWATH_IMAGES_MAX] = {copy->profile.image,
                                         copy->profile.mask};
    const uint64_t end = pipeline_position(copy->pipeline);
    uint64_t position = end + (end & 1); /* TIFF 6.0: on a word boundary */
    uint64_t classic_nbytes = position;
    bool big;
    for (int i = 0; i < copy->image_count; i++) {
        if (!complete_ifd(ifds[i], &copy->images[i],
                          pipeline_index(copy->pipeline, i), status))
            return false;
        classic_nbytes += ifd_nbytes(ifds[i], false);
    }
    if (!choose_format(copy, classic_nbytes, &big, status) ||
        !sink_append(copy->sink, "", (size_t)(position - end), status))
        return false;

    uint8_t header[IFD_HEADER_NBYTES];
    ifd_serialize_header(big, position, header);
    for (int i = 0; i < copy->image_count; i++) {
        const uint64_t next = position + ifd_nbytes(ifds[i], big);
        const bool last = i == copy->image_count - 1;
        if (!append_ifd(copy, ifds[i], big, position, last ? 0 : next, status))
            return false;
        position = next;
    }
    return profile_write_sidecars(&copy->profile, copy->target, &copy->sidecars,
                                  status) &&
           sink_write_header(copy->sink, header, sizeof header, status);
}

static bool write_file(Copy *copy, Status *status)
{
    copy->sink = sink_open(copy->target, status);
    if (copy->sink == NULL)
        return false;
    bool ok = copy_pixels(copy, status) && write_directories(copy, status);
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
        CPLDebug("ROWBAND",
                 "result: %" PRId64 " reads, %" PRId64
                 " tiles, peak of row bands and carry %" PRIu64 " bytes",
                 copy->source.windows_read, tiles_in_all(copy), peak_nbytes);
    return ok;
}

/** Finds out what to read: the source, or what is behind it. */
static void open_source(Copy *copy)
{
    char reason[300];
    copy->wrapped = wrapped_open(copy->dataset, reason, sizeof reason);
    if (*reason != '\0')
        CPLDebug("ROWBAND", "plan: not looked through the VRT: %s", reason);
    const GDALDatasetH dataset =
        copy->wrapped != NULL ? wrapped_dataset(copy->wrapped) : copy->dataset;
    copy->source = (Source){.name = GDALGetDescription(copy->dataset),
                            .dataset = dataset,
                            .wrapped = copy->wrapped,
                            .plan = &copy->plan,
                            .mask = source_mask(dataset),
                            .go_on = go_on_reading,
                            .go_on_data = copy};
}

static bool run(Copy *copy, CSLConstList options, bool strict, Status *status)
{
    if (!check_source(copy, status) ||
        !options_parse(&copy->options, options, status))
        return false;
    open_source(copy);
    if (!profile_make(&copy->profile, copy->dataset, &copy->options,
                      copy->target, copy->source.mask != NULL, strict,
                      status) ||
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
    static const char *const drivers[] = {"GTiff", NULL};
    Copy copy = {.target = target,
                 .dataset = source,
                 .progress = progress,
                 .progress_data = progress_data};
    Status status = {.code = STATUS_OK};

    const bool ok = run(&copy, options, strict, &status);
    wrapped_close(copy.wrapped);
    CSLDestroy(copy.sidecars);
    profile_free(&copy.profile);
    options_free(&copy.options);
    if (!ok) {
        CPLError(CE_Failure, error_number(status.code), "ROWBAND: %s: %s",
                 target, status.message);
        return NULL;
    }
    return GDALOpenEx(target, GDAL_OF_RASTER | GDAL_OF_VERBOSE_ERROR, drivers,
                      NULL, NULL);
}
