/* SPDX-License-Identifier: MIT */
/* How a window is read: in calls that each decode a few blocks. */
#include <inttypes.h>

#include "cpl_conv.h"
#include "cpl_string.h"
#include "dataset.h"
#include "int_math.h"
#include "source.h"

/** The part of a window that is read in one call. */
typedef struct Chunk {
    Window at;    /**< in the raster */
    int64_t x, y; /**< in the window */
} Chunk;

/** Where the first sample of a chunk goes. */
static uint8_t *chunk_pixels(const PlaneView *view, const Chunk *chunk)
{
    return view->pixels + (size_t)chunk->y * view->row_nbytes +
           (size_t)chunk->x * view->pixel_nbytes;
}

static CPLErr read_bands(const Source *source, const SourceHandle *handle,
                         const Window *window, const Chunk *chunk,
                         uint8_t *data, GDALRasterIOExtraArg *extra)
{
    const Layout *layout = &source->layouts[0];
    const PlaneView first =
        swath_plane(data, source->layouts, 0, 0, window->width, window->height);
    const size_t band_nbytes = layout->spec.planar
                                   ? first.row_nbytes * (size_t)window->height
                                   : (size_t)layout->spec.sample_nbytes;
    return GDALDatasetRasterIOEx(
        handle->dataset, GF_Read, (int)chunk->at.x, (int)chunk->at.y,
        (int)chunk->at.width, (int)chunk->at.height,
        chunk_pixels(&first, chunk), (int)chunk->at.width,
        (int)chunk->at.height, source->type, layout->spec.bands, NULL,
        (GSpacing)first.pixel_nbytes, (GSpacing)first.row_nbytes,
        (GSpacing)band_nbytes, extra);
}

static CPLErr read_mask(const Source *source, const SourceHandle *handle,
                        const Window *window, const Chunk *chunk, uint8_t *data,
                        GDALRasterIOExtraArg *extra)
{
    const PlaneView view =
        swath_plane(data, source->layouts, 1, 0, window->width, window->height);
    const PlaneTarget target = {.rectangle = chunk->at,
                                .out = chunk_pixels(&view, chunk),
                                .type = GDT_Byte,
                                .pixel_nbytes = (GSpacing)view.pixel_nbytes,
                                .row_nbytes = (GSpacing)view.row_nbytes};
    if (source->mask_leaf != NULL)
        return leaf_read(source->mask_leaf, handle->mask_handle, LEAF_MASK,
                         &target);
    return GDALRasterIOEx(
        handle->mask, GF_Read, (int)chunk->at.x, (int)chunk->at.y,
        (int)chunk->at.width, (int)chunk->at.height, target.out,
        (int)chunk->at.width, (int)chunk->at.height, target.type,
        target.pixel_nbytes, target.row_nbytes, extra);
}

typedef CPLErr (*ChunkReader)(const Source *, const SourceHandle *,
                              const Window *, const Chunk *, uint8_t *,
                              GDALRasterIOExtraArg *);

/** How a kind of image is read. */
typedef struct Reading {
    ChunkReader read;
    GDALRasterBandH band; /**< whose blocks chunks are made of */
    int bands;            /**< that one decode brings into the cache */
    bool held;            /**< by leaves, which have decoded blocks elsewhere */
} Reading;

/* Few blocks at a time, so that each decode finds the memory of the one before
 * it. The heap gives what is dropped in one go back to the system, and every
 * page is new, and cleared, for the next blocks; of large blocks it keeps holes
 * that the next ones, since GDAL aligns them, do not fit. */
enum { CHUNK_TARGET_NBYTES = 1 << 18 };

/** How much of a window to read in one call so that the reader's share of
 * GDAL's cache can hold the blocks of it while GDAL's loops go over them line
 * by line.
 */
static void choose_chunk(const Source *source, const Reading *reading,
                         const Window *window, int64_t *width, int64_t *height)
{
    int block_width = 1, block_height = 1;
    *width = window->x + window->width;
    *height = window->y + window->height;
    if (reading->held)
        return;
    GDALGetBlockSize(reading->band, &block_width, &block_height);
    /* A VRT may say that its blocks are of any size. */
    const double block_nbytes =
        (double)block_width * block_height * reading->bands *
        GDALGetDataTypeSizeBytes(GDALGetRasterDataType(reading->band));
    const int64_t share = min64(CHUNK_TARGET_NBYTES, GDALGetCacheMax64() / 2 /
                                                         source->plan->readers);
    const int64_t blocks =
        max64(1, (int64_t)((double)share / (block_nbytes + 1)));
    const int64_t across = window->width / block_width + 2;
    *width = block_width * (blocks < across ? blocks : across);
    *height = block_height * (blocks < across ? 1 : blocks / across);
}

/** The line after @p from at which a chunk ends. */
static int64_t chunk_end(int64_t from, int64_t step, int64_t limit)
{
    const int64_t next = (from / step + 1) * step;
    return next < limit ? next : limit;
}

static CPLErr read_chunks(const Source *source, const SourceHandle *handle,
                          const Reading *reading, const Window *window,
                          uint8_t *data, GDALRasterIOExtraArg *extra)
{
    const int64_t right = window->x + window->width;
    const int64_t bottom = window->y + window->height;
    int64_t step_x, step_y, end_x, end_y;
    choose_chunk(source, reading, window, &step_x, &step_y);
    for (int64_t y = window->y; y < bottom; y = end_y) {
        end_y = chunk_end(y, step_y, bottom);
        for (int64_t x = window->x; x < right; x = end_x) {
            end_x = chunk_end(x, step_x, right);
            const Chunk chunk = {.at = {x, y, end_x - x, end_y - y},
                                 .x = x - window->x,
                                 .y = y - window->y};
            const CPLErr err =
                reading->read(source, handle, window, &chunk, data, extra);
            dataset_drop_cached_blocks(handle->dataset);
            if (err != CE_None)
                return err;
        }
    }
    return CE_None;
}

static CPLErr read_window(const Source *source, const SourceHandle *handle,
                          const Window *window, uint8_t *data,
                          GDALRasterIOExtraArg *extra)
{
    const bool held = source->vrt != NULL && !vrt_source_is_warped(source->vrt);
    const Reading bands = {.read = read_bands,
                           .band = GDALGetRasterBand(handle->dataset, 1),
                           .bands = GDALGetRasterCount(handle->dataset),
                           .held = held};
    const Reading mask = {.read = read_mask,
                          .band = handle->mask,
                          .bands = 1,
                          .held = held || source->mask_leaf != NULL};
    CPLErr err = read_chunks(source, handle, &bands, window, data, extra);
    if (err == CE_None && handle->mask != NULL)
        err = read_chunks(source, handle, &mask, window, data, extra);
    return err;
}

/** The same with warped VRTs warped block by block. Later GDALs than 3.6 warp a
 * large window of all bands in one go, to pixels that depend on the window, and
 * here on the budget with it. */
static CPLErr read_by_warped_blocks(const Source *source,
                                    const SourceHandle *handle,
                                    const Window *window, uint8_t *data,
                                    GDALRasterIOExtraArg *extra)
{
    static const char in_one_go[] = "GDAL_VRT_WARP_USE_DATASET_RASTERIO";
    const char *before = CPLGetThreadLocalConfigOption(in_one_go, NULL);
    char *saved = before != NULL ? CPLStrdup(before) : NULL;
    CPLSetThreadLocalConfigOption(in_one_go, "NO");
    const CPLErr err = read_window(source, handle, window, data, extra);
    CPLSetThreadLocalConfigOption(in_one_go, saved);
    CPLFree(saved);
    return err;
}

/** Asked by GDAL while it reads. */
static int CPL_STDCALL ask_go_on(double done, const char *message, void *user)
{
    const GoOn *go_on = user;
    (void)done;
    (void)message;
    return go_on->ask(go_on->user);
}

/** GDAL gets over some failures, and over all of a TIFF's if told so: there are
 * pixels then, but not those of the source. */
static bool failures_are_ignored(void)
{
    return CPLTestBool(CPLGetConfigOption("GTIFF_IGNORE_READ_ERRORS", "NO"));
}

/** A VRT does not say again what it has said of a dataset that it could not
 * open. */
static const char *why_unreadable(const Source *source)
{
    return source->opaque[0] != '\0' ? source->opaque : "no reason given";
}

bool source_read(void *user, int reader, const Window *window, uint8_t *data,
                 const GoOn *go_on, Status *status)
{
    Source *source = user;
    GDALRasterIOExtraArg extra;
    INIT_RASTERIO_EXTRA_ARG(extra);
    extra.pfnProgress = ask_go_on;
    extra.pProgressData = (void *)go_on;

    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_FAILURES);
    const CPLErr err = read_by_warped_blocks(source, &source->handles[reader],
                                             window, data, &extra);
    error_trap_stop(&trap);
    const bool ok = err == CE_None && (!trap.failed || failures_are_ignored());
    if (!ok)
        status_fail(status,
                    trap.number == CPLE_UserInterrupt ? STATUS_CANCELLED
                                                      : STATUS_READ,
                    "cannot read columns %" PRId64 " to %" PRId64
                    ", rows %" PRId64 " to %" PRId64 " of %s: %s",
                    window->x, window->x + window->width - 1, window->y,
                    window->y + window->height - 1, source->name,
                    trap.failed ? trap.message : why_unreadable(source));
    /* The failure is in the status now; one that is ignored is still to be
     * reported. */
    if (!ok)
        trap.failed = false;
    pthread_mutex_lock(&source->mutex);
    error_trap_move(&trap, &source->said);
    pthread_mutex_unlock(&source->mutex);
    return ok;
}
