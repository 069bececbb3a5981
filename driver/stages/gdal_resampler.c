/* SPDX-License-Identifier: MIT */
#include "gdal_resampler.h"

#include <math.h>
#include <stdlib.h>

#include "cpl_string.h"
#include "error_trap.h"
#include "int_math.h"
#include "level_view.h"
#include "pyramid.h"

/* Rows that are made in addition to those wanted where there is no kernel: see
 * level_view_aim(). */
enum { SPARE = 1 };

/* Larger than the source of any cell with its spare pixels, so that these can
 * be asked for at the edges of the raster too. */
enum { BEYOND = 64 };

/** Radii are those of gcore/overview.cpp and alg/gdalwarpkernel.cpp
 * (GWKGetFilterRadius). */
static const struct {
    const char *name;
    GDALRIOResampleAlg method;
    int radius;
} methods[] = {
    {"AVERAGE", GRIORA_Average, 0},
    {"RMS", GRIORA_RMS, 0},
    {"MODE", GRIORA_Mode, 0},
    {"GAUSS", GRIORA_Gauss, 1},
    {"BILINEAR", GRIORA_Bilinear, 1},
    {"CUBIC", GRIORA_Cubic, 2},
    {"CUBICSPLINE", GRIORA_CubicSpline, 2},
    {"LANCZOS", GRIORA_Lanczos, 3},
};

bool gdal_resampling_find(const char *name, GdalResampling *resampling)
{
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (EQUAL(methods[i].name, name)) {
            resampling->method = methods[i].method;
            resampling->radius = methods[i].radius;
            return true;
        }
    return false;
}

bool gdal_resampling_needs_all_bands(const GdalResampling *resampling)
{
    const GDALDatasetH bands = resampling->bands;
    if (resampling->with_mask)
        return false;
    bool needs = GDALGetMetadataItem(bands, "NODATA_VALUES", NULL) != NULL;
    for (int i = 1; !needs && i <= resampling->band_count; i++)
        needs = GDALGetRasterColorInterpretation(GDALGetRasterBand(bands, i)) ==
                GCI_AlphaBand;
    return needs;
}

/** How far GDAL reads beyond what it resamples (nKernelRadius * nOvrFactor). */
static int64_t halo(const GdalResampling *resampling, Scale scale)
{
    const int64_t factor = max64(1, (int64_t)(0.5 + scale_ratio(scale)));
    return resampling->radius * factor;
}

/** As gcore/rasterio.cpp does (nChunkXOffQueried, nChunkXSizeQueried). */
static Span needs(const void *custom, Scale scale, Span of)
{
    const double ratio = scale_ratio(scale);
    const int64_t around = halo(custom, scale);
    const int64_t begin = (int64_t)((double)of.begin * ratio);
    const int64_t length = (int64_t)ceil((double)(of.end - of.begin) * ratio);
    return (Span){max64(0, begin - around),
                  min64(begin + 1 + length + around, scale.source_size)};
}

typedef struct State {
    const GdalResampling *resampling;
    LevelView *views[LEVELS_MAX]; /**< by the level that is made; NULL: not
                                       made yet */
    uint8_t *scratch;             /**< a cell of one band, with its spare */
} State;

static size_t scratch_nbytes(const GdalResampling *resampling)
{
    return (size_t)CELL_WIDTH * (CELL_HEIGHT + SPARE) *
           (size_t)GDALGetDataTypeSizeBytes(resampling->type);
}

static void *open_state(const void *custom)
{
    State *state = calloc(1, sizeof *state);
    if (state == NULL)
        return NULL;
    state->resampling = custom;
    state->scratch = malloc(scratch_nbytes(custom));
    if (state->scratch == NULL) {
        free(state);
        return NULL;
    }
    return state;
}

static void close_state(void *user)
{
    State *state = user;
    for (int i = 0; i < LEVELS_MAX; i++)
        level_view_free(state->views[i]);
    free(state->scratch);
    free(state);
}

static uint64_t state_nbytes(const void *custom)
{
    const GdalResampling *resampling = custom;
    /* GDAL's copy of the source as doubles at most, its mask, and what it has
     * filtered along rows. */
    const uint64_t source =
        (uint64_t)(2 * CELL_WIDTH + BEYOND) * (2 * CELL_HEIGHT + BEYOND);
    return scratch_nbytes(resampling) +
           source * (sizeof(double) + 1 + sizeof(double));
}

/** What is asked of GDAL along an axis. */
typedef struct Stretch {
    int64_t count;       /**< of the level's pixels, with spare ones */
    double from, length; /**< of the level below */
} Stretch;

/** GDAL divides length by count, and gets the ratio of the whole level to the
 * last bit for any cell: only then does it weigh pixels as its overview code
 * does. */
static Stretch stretch_of(Scale scale, int64_t begin, int64_t size,
                          int64_t spare)
{
    const double ratio = scale_ratio(scale);
    return (Stretch){.count = size + spare,
                     .from = (double)begin * ratio,
                     .length = (double)(size + spare) * ratio};
}

static int raster_size(const GdalResampling *resampling, Scale scale)
{
    /* A kernel must see where the raster ends. */
    const int64_t beyond = resampling->radius > 0 ? 0 : BEYOND;
    return (int)min64(scale.source_size + beyond, INT32_MAX);
}

static LevelView *view_of(State *state, const Resampling *task)
{
    const GdalResampling *resampling = state->resampling;
    LevelView **view = &state->views[task->level];
    const LevelViewSpec spec = {.width = raster_size(resampling, task->x),
                                .height = raster_size(resampling, task->y),
                                .type = resampling->type,
                                .sample_nbits = resampling->sample_nbits,
                                .bands = resampling->band_count,
                                .like = resampling->bands,
                                .with_mask = resampling->with_mask,
                                .masks_itself = task->level == 1 ||
                                                resampling->masks_stay_masks,
                                .nan_to_nodata = resampling->nan_to_nodata,
                                .method = resampling->method};
    if (*view == NULL)
        *view = level_view_new(&spec);
    return *view;
}

/** The pixels of band @p band in a swath; LEVEL_VIEW_MASK is image 1. */
static PlaneView band_plane(const Resampling *task, uint8_t *data,
                            const Window *held, int band)
{
    if (band == LEVEL_VIEW_MASK)
        return swath_plane(data, task->layouts, 1, 0, held->width,
                           held->height);
    const Layout *layout = &task->layouts[0];
    const bool planar = layout->planes > 1;
    const int at = band - 1 - task->first_band;
    PlaneView plane = swath_plane(data, task->layouts, 0, planar ? at : 0,
                                  held->width, held->height);
    if (!planar)
        plane.pixels += (size_t)at * (size_t)layout->spec.sample_nbytes;
    return plane;
}

/** What a cell has: its bands, and before them LEVEL_VIEW_MASK, if there is
 * one.
 */
static int first_of(const State *state, const Resampling *task)
{
    return state->resampling->with_mask ? LEVEL_VIEW_MASK
                                        : task->first_band + 1;
}

static int next_of(const Resampling *task, int band)
{
    return band == LEVEL_VIEW_MASK ? task->first_band + 1 : band + 1;
}

static int end_of(const Resampling *task)
{
    return task->first_band + task->layouts[0].spec.bands + 1;
}

/** What is transparent does not count. */
static bool has_what_it_needs(const GdalResampling *resampling,
                              const Resampling *task)
{
    const bool has_mask = !resampling->with_mask || task->image_count > 1;
    return task->layouts[0].spec.bands == resampling->band_count ||
           (has_mask && !gdal_resampling_needs_all_bands(resampling));
}

static void aim(LevelView *view, const State *state, const Resampling *task)
{
    const Span rows = {task->cell.y, task->cell.y + task->cell.height};
    const int64_t masked_from =
        state->resampling->radius > 0
            ? task->y.source_size
            : (int64_t)ceil((double)rows.end * scale_ratio(task->y));
    level_view_aim(view, &task->held, (int)masked_from);
    for (int i = first_of(state, task); i < end_of(task);
         i = next_of(task, i)) {
        const PlaneView plane = band_plane(task, task->source, &task->held, i);
        level_view_set_plane(view, i, &plane);
    }
}

/** As a file of one bit for each pixel has it. */
static void cut_to_one_bit(uint8_t *mask, size_t pixels)
{
    for (size_t i = 0; i < pixels; i++)
        mask[i] = mask[i] != 0;
}

/** Copies the wanted part of what was made. */
static void place(const State *state, const Resampling *task, int band,
                  const LevelViewRequest *request)
{
    const GDALDataType type =
        band == LEVEL_VIEW_MASK ? GDT_Byte : state->resampling->type;
    const int nbytes = GDALGetDataTypeSizeBytes(type);
    if (band == LEVEL_VIEW_MASK && state->resampling->mask_of_bits)
        cut_to_one_bit(state->scratch, (size_t)request->out_width *
                                           (size_t)request->out_height);
    const PlaneView to = band_plane(task, task->out, &task->cell, band);
    for (int64_t y = 0; y < task->cell.height; y++)
        GDALCopyWords64(
            state->scratch + (size_t)(y * request->out_width) * (size_t)nbytes,
            type, nbytes, to.pixels + (size_t)y * to.row_nbytes, type,
            (int)to.pixel_nbytes, (GPtrDiff_t)task->cell.width);
}

static Span pixels_of(const Stretch *stretch, int size)
{
    const int64_t begin = (int64_t)stretch->from;
    return (Span){begin, min64(begin + (int64_t)ceil(stretch->length), size)};
}

static CPLErr make_band(State *state, LevelView *view, const Resampling *task,
                        int band)
{
    const GdalResampling *resampling = state->resampling;
    const Stretch x = stretch_of(task->x, task->cell.x, task->cell.width, 0);
    const Stretch y = stretch_of(task->y, task->cell.y, task->cell.height,
                                 resampling->radius > 0 ? 0 : SPARE);
    const Span columns = pixels_of(&x, raster_size(resampling, task->x));
    const Span rows = pixels_of(&y, raster_size(resampling, task->y));
    const LevelViewRequest request = {.band = band,
                                      .from = {columns.begin, rows.begin,
                                               columns.end - columns.begin,
                                               rows.end - rows.begin},
                                      .x = x.from,
                                      .y = y.from,
                                      .width = x.length,
                                      .height = y.length,
                                      .out = state->scratch,
                                      .out_width = (int)x.count,
                                      .out_height = (int)y.count};
    const CPLErr err = level_view_resample(view, &request);
    if (err == CE_None)
        place(state, task, band, &request);
    return err;
}

static bool run(void *user, const Resampling *task, Status *status)
{
    State *state = user;
    ErrorTrap trap;
    if (!has_what_it_needs(state->resampling, task))
        return status_fail(status, STATUS_UNSUPPORTED,
                           "overviews of some of the bands, where others say "
                           "what is transparent");
    error_trap_begin(&trap, TRAP_ALL);
    LevelView *view = view_of(state, task);
    CPLErr err = view != NULL ? CE_None : CE_Failure;
    if (view != NULL)
        aim(view, state, task);
    for (int i = first_of(state, task); err == CE_None && i < end_of(task);
         i = next_of(task, i))
        err = make_band(state, view, task, i);
    error_trap_end(&trap);
    return err == CE_None ||
           status_fail(status,
                       trap.failed && trap.number != CPLE_OutOfMemory
                           ? STATUS_CODEC
                           : STATUS_NO_MEMORY,
                       "GDAL cannot resample overview %d: %s", task->level,
                       trap.failed ? trap.message : "out of memory");
}

const Resampler resampler_gdal = {.needs = needs,
                                  .open = open_state,
                                  .close = close_state,
                                  .state_nbytes = state_nbytes,
                                  .run = run};
