/* SPDX-License-Identifier: MIT */
#include "source.h"

#include <inttypes.h>
#include <string.h>

#include "cpl_conv.h"
#include "cpl_string.h"
#include "dataset.h"
#include "int_math.h"
#include "open_options.h"
#include "vrt_rewrite.h"

/** A leaf for a mask whose blocks are not the bands'; NULL if there is no such
 * mask, or no memory. */
static Leaf *leaf_for_mask(GDALDatasetH dataset)
{
    const GDALRasterBandH mask = dataset_mask(dataset);
    int width, height, mask_width, mask_height;
    if (mask == NULL)
        return NULL;
    GDALGetBlockSize(GDALGetRasterBand(dataset, 1), &width, &height);
    GDALGetBlockSize(mask, &mask_width, &mask_height);
    return width == mask_width && height == mask_height ? NULL
                                                        : leaf_of_mask(dataset);
}

/** Makes @p dataset what a reader reads from.
 * @return false if there is no memory */
static bool set_handle(Source *source, int reader, GDALDatasetH dataset)
{
    SourceHandle *handle = &source->handles[reader];
    handle->dataset = dataset;
    handle->mask = dataset_mask(dataset);
    if (source->mask_leaf != NULL)
        handle->mask_handle =
            handles_lend(leaf_handles(source->mask_leaf), reader, dataset);
    return source->mask_leaf == NULL || handle->mask_handle != NULL;
}

void source_open(Source *source, GDALDatasetH dataset, const char *name)
{
    char reason[300];
    *source = (Source){.name = name, .given = dataset};
    pthread_mutex_init(&source->mutex, NULL);
    source->wrapped = wrapped_open(dataset, reason, sizeof reason);
    if (*reason != '\0')
        CPLDebug("ROWBAND", "plan: not looked through the VRT: %s", reason);
    if (source->wrapped == NULL)
        source->mask_leaf = leaf_for_mask(dataset);
    source->reader_count = 1;
    /* Without memory for the mask's leaf the mask is read as it is. */
    const GDALDatasetH first =
        source->wrapped != NULL ? wrapped_dataset(source->wrapped) : dataset;
    if (!set_handle(source, 0, first)) {
        leaf_free(source->mask_leaf);
        source->mask_leaf = NULL;
    }
}

void source_close(Source *source)
{
    error_trap_report(&source->said);
    for (int i = 1; i < source->reader_count; i++)
        GDALClose(source->handles[i].dataset);
    leaf_free(source->mask_leaf);
    wrapped_close(source->wrapped);
    CSLDestroy(source->config);
    pthread_mutex_destroy(&source->mutex);
}

GDALDatasetH source_dataset(const Source *source)
{
    return source->handles[0].dataset;
}

GDALRasterBandH source_mask(const Source *source)
{
    return source->handles[0].mask;
}

/** @return why no second reader may open the source, or NULL if one may: it
 * would not find there what this one does, or might wait for who waits for it
 */
static const char *why_not_again(const Source *source)
{
    const GDALDatasetH dataset = source->given;
    const char *name = GDALGetDescription(dataset);
    if (source->wrapped != NULL)
        return wrapped_needs_python(source->wrapped)
                   ? "a source that Python reads"
                   : NULL;
    if (vrt_is(dataset))
        return "a VRT that is not looked through";
    if (*name == '\0' || GDALGetDatasetDriver(dataset) == NULL ||
        GDALGetDatasetDriver(dataset) == GDALGetDriverByName("MEM"))
        return "a source without a name";
    if (GDALGetAccess(dataset) == GA_Update)
        return "a source open for writing";
    return dataset_name_is_of_python(name) ? "a source that Python reads"
                                           : NULL;
}

const char *source_why_one_reader(const Source *source, bool more_are_wanted)
{
    const char *reason = why_not_again(source);
    if (reason != NULL || more_are_wanted)
        return reason;
    const bool in_order = source->wrapped != NULL
                              ? wrapped_reads_in_order(source->wrapped)
                              : dataset_reads_in_order(source->given);
    return in_order ? "a source that is decoded from top to bottom" : NULL;
}

/** @return whether both hold rasters of one shape in one type and blocks */
static bool are_alike(GDALDatasetH a, GDALDatasetH b)
{
    bool alike = GDALGetRasterXSize(a) == GDALGetRasterXSize(b) &&
                 GDALGetRasterYSize(a) == GDALGetRasterYSize(b) &&
                 GDALGetRasterCount(a) == GDALGetRasterCount(b) &&
                 (dataset_mask(a) != NULL) == (dataset_mask(b) != NULL);
    for (int i = 1; alike && i <= GDALGetRasterCount(a); i++) {
        const GDALRasterBandH band_a = GDALGetRasterBand(a, i);
        const GDALRasterBandH band_b = GDALGetRasterBand(b, i);
        int width_a, height_a, width_b, height_b;
        GDALGetBlockSize(band_a, &width_a, &height_a);
        GDALGetBlockSize(band_b, &width_b, &height_b);
        alike = width_a == width_b && height_a == height_b &&
                GDALGetRasterDataType(band_a) == GDALGetRasterDataType(band_b);
    }
    return alike;
}

/** Opens a dataset once more by its name, as it was opened. */
static GDALDatasetH open_again(GDALDatasetH dataset)
{
    const GDALDriverH driver = GDALGetDatasetDriver(dataset);
    const char *const drivers[] = {GDALGetDescription((GDALMajorObjectH)driver),
                                   NULL};
    const GDALDatasetH again =
        GDALOpenEx(GDALGetDescription(dataset), GDAL_OF_RASTER, drivers,
                   (const char *const *)dataset_open_options(dataset), NULL);
    if (again == NULL || are_alike(dataset, again))
        return again;
    GDALClose(again);
    return NULL;
}

static bool open_once_more(Source *source)
{
    const int reader = source->reader_count;
    const GDALDatasetH dataset =
        source->wrapped != NULL ? wrapped_open_again(source->wrapped, reader)
                                : open_again(source->given);
    if (dataset == NULL)
        return false;
    if (!set_handle(source, reader, dataset)) {
        GDALClose(dataset);
        return false;
    }
    source->reader_count++;
    return true;
}

bool source_add_reader(void *user)
{
    Source *source = user;
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_FAILURES);
    const bool ok = open_once_more(source);
    error_trap_end(&trap);
    if (!ok)
        CPLDebug("ROWBAND", "plan: no reader beside %d: %s",
                 source->reader_count,
                 trap.failed ? trap.message : "it does not open alike");
    return ok;
}

void source_open_readers(Source *source, int wanted)
{
    source->config = CPLGetThreadLocalConfigOptions();
    while (source->reader_count < wanted && source_add_reader(source)) {
    }
}

void source_enter(void *user)
{
    const Source *source = user;
    CPLSetThreadLocalConfigOptions((const char *const *)source->config);
}

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
    const int64_t block_nbytes =
        (int64_t)block_width * block_height * reading->bands *
        GDALGetDataTypeSizeBytes(GDALGetRasterDataType(reading->band));
    const int64_t share = min64(CHUNK_TARGET_NBYTES, GDALGetCacheMax64() / 2 /
                                                         source->plan->readers);
    const int64_t blocks = max64(1, share / (block_nbytes + 1));
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
    const bool held =
        source->wrapped != NULL && !wrapped_is_warped(source->wrapped);
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
    if (err != CE_None)
        status_fail(status,
                    trap.number == CPLE_UserInterrupt ? STATUS_CANCELLED
                                                      : STATUS_READ,
                    "cannot read columns %" PRId64 " to %" PRId64
                    ", rows %" PRId64 " to %" PRId64 " of %s: %s",
                    window->x, window->x + window->width - 1, window->y,
                    window->y + window->height - 1, source->name,
                    trap.failed ? trap.message : "no reason given");
    /* The failure is in the status now; one that GDAL got over is still to be
     * reported, as it would have been. */
    if (err != CE_None)
        trap.failed = false;
    pthread_mutex_lock(&source->mutex);
    error_trap_move(&trap, &source->said);
    pthread_mutex_unlock(&source->mutex);
    return err == CE_None;
}

void source_done(void *user, const Window *window)
{
    Source *source = user;
    if (source->wrapped != NULL)
        wrapped_drop_behind(source->wrapped, source->plan, window);
    if (source->mask_leaf != NULL)
        leaf_drop_behind(source->mask_leaf, source->plan, window);
    source->windows_read++;

    ErrorTrap said = {.scope = TRAP_FAILURES};
    pthread_mutex_lock(&source->mutex);
    error_trap_move(&source->said, &said);
    pthread_mutex_unlock(&source->mutex);
    error_trap_report(&said);
    error_trap_replay(&said);
}
