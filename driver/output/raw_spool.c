/* SPDX-License-Identifier: MIT */
#include "raw_spool.h"

#include <stdlib.h>

#include "cpl_conv.h"
#include "cpl_error.h"
#include "cpl_string.h"
#include "cpl_vsi.h"
#include "dataset.h"
#include "error_trap.h"
#include "guarded.h"
#include "held_blocks.h"
#include "pages.h"
#include "target.h"

struct RawSpool {
    uint64_t held_nbytes;
    char *folder; /**< in /vsimem/ */
    char *name;   /**< in that folder; of the file, if it is in memory */
    char *path;   /**< of the file */
    GDALDatasetH dataset;
    GDALRasterBandH mask;  /**< of all bands, not owned; NULL: none is known */
    HeldBlocks *in_cache;  /**< image 0 is the mask; NULL: does not matter */
    uint64_t cache_nbytes; /**< that GDAL's cache is to hold */
    bool lost;             /**< some pixels are */
};

uint64_t raw_spool_would_hold(const RawSpoolSpec *spec)
{
    const double nbytes = (double)spec->width * spec->height * spec->bands *
                          GDALGetDataTypeSizeBytes(spec->type);
    return nbytes > (double)spec->memory_nbytes ? 0 : (uint64_t)nbytes;
}

/** Decides where the pixels wait. */
static void choose_path(RawSpool *spool, const RawSpoolSpec *spec)
{
    spool->held_nbytes = raw_spool_would_hold(spec);
    spool->folder =
        CPLStrdup(CPLSPrintf("/vsimem/rowband_raw_%p", (void *)spool));
    spool->name = CPLStrdup(CPLFormFilename(spool->folder, "raw.tif", NULL));
    spool->path = spool->held_nbytes > 0
                      ? CPLStrdup(spool->name)
                      : target_scratch_name(spec->target, "raw");
}

static char **set_size(char **options, const char *key, int size)
{
    return CSLSetNameValue(options, key, CPLSPrintf("%d", size));
}

/** A size of tiles that is not more than the raster's needs. */
static int tile_size(int pixels)
{
    enum { LARGEST = 512, STEP = 16 };
    return (int)min64(LARGEST, divide_up(pixels, STEP) * STEP);
}

/** GTiff's own bookkeeping: a place and a size for each tile. */
static bool index_fits(const RawSpoolSpec *spec, int tile_width,
                       int tile_height)
{
    const double tiles = (double)divide_up(spec->width, tile_width) *
                         (double)divide_up(spec->height, tile_height) *
                         spec->bands;
    return tiles * 16 <= (double)spec->cache_nbytes / 4;
}

/** Tiles so small that GDAL's cache may hold a row of them, or else who writes
 * row after row would have each tile written and read again for each row; and
 * likewise a column, if that is possible. */
static void choose_tile(const RawSpoolSpec *spec, int *width, int *height)
{
    enum { LEAST_WIDTH = 64, LEAST_HEIGHT = 16 };
    const double most = (double)spec->cache_nbytes;
    const double pixel_nbytes =
        (double)spec->bands * GDALGetDataTypeSizeBytes(spec->type);
    const bool any_size = spec->tile_width == 0;
    *width = any_size ? tile_size(spec->width) : spec->tile_width;
    *height = any_size ? tile_size(spec->height) : spec->tile_height;
    if (spec->cache_nbytes == 0 || !any_size)
        return;
    while (*height % (2 * LEAST_HEIGHT) == 0 &&
           pixel_nbytes * spec->width * *height > most &&
           index_fits(spec, *width, *height / 2))
        *height /= 2;
    while (*width % (2 * LEAST_WIDTH) == 0 &&
           pixel_nbytes * spec->height * *width > most &&
           index_fits(spec, *width / 2, *height))
        *width /= 2;
}

static char **file_options(const RawSpoolSpec *spec)
{
    int width, height;
    char **options = CSLSetNameValue(NULL, "SPARSE_OK", "YES");
    /* Holes are what was never written, and read as nodata, which may be told
     * later than pixels are written that equal what it was until then. */
    options =
        CSLSetNameValue(options, "@WRITE_EMPTY_TILES_SYNCHRONOUSLY", "YES");
    options = CSLSetNameValue(options, "BIGTIFF", "YES");
    options = CSLSetNameValue(options, "INTERLEAVE", "BAND");
    if (spec->pixel_type != NULL)
        options = CSLSetNameValue(options, "PIXELTYPE", spec->pixel_type);
    if (spec->nbits != NULL)
        options = CSLSetNameValue(options, "NBITS", spec->nbits);
    if (spec->strip_rows > 0)
        return set_size(options, "BLOCKYSIZE", spec->strip_rows);
    choose_tile(spec, &width, &height);
    options = CSLSetNameValue(options, "TILED", "YES");
    options = set_size(options, "BLOCKXSIZE", width);
    return set_size(options, "BLOCKYSIZE", height);
}

static bool create_file(RawSpool *spool, const RawSpoolSpec *spec,
                        Status *status)
{
    char **options = file_options(spec);
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_FAILURES);
    spool->dataset =
        guarded_create(GDALGetDriverByName("GTiff"), spool->path, spec->width,
                       spec->height, spec->bands, spec->type, options);
    error_trap_end(&trap);
    CSLDestroy(options);
    if (spool->dataset == NULL)
        return status_fail(status, STATUS_IO, "cannot create %s: %s",
                           spool->path, trap.message);
    if (spool->held_nbytes == 0) {
        VSIUnlink(spool->path);
        /* By which GDAL names what it keeps beside. */
        GDALSetDescription(spool->dataset, spool->name);
    }
    return true;
}

/** Begins to count what GDAL's cache holds. A row of blocks it is to hold even
 * if that is more than was asked for. */
static bool count_blocks(RawSpool *spool, const RawSpoolSpec *spec,
                         Status *status)
{
    /* By what GDAL finds a block, and has it aligned. */
    enum { BESIDES_NBYTES = 320 };
    int width, height;
    if (spec->cache_nbytes == 0)
        return true;
    GDALGetBlockSize(GDALGetRasterBand(spool->dataset, 1), &width, &height);
    const HeldBlocksSpec counted = {
        .width = spec->width,
        .height = spec->height,
        .block_width = width,
        .block_height = height,
        .images = 1 + spec->bands,
        .block_nbytes = (uint64_t)width * (uint64_t)height *
                            (uint64_t)GDALGetDataTypeSizeBytes(spec->type) +
                        BESIDES_NBYTES};
    const Window row = {.width = spec->width, .height = 1};
    spool->in_cache = held_blocks_new(&counted);
    if (spool->in_cache != NULL)
        spool->cache_nbytes = (uint64_t)max64(
            (int64_t)spec->cache_nbytes,
            (int64_t)held_blocks_nbytes_of(spool->in_cache, &row) *
                spec->bands);
    return spool->in_cache != NULL ||
           status_fail(status, STATUS_NO_MEMORY, "out of memory");
}

RawSpool *raw_spool_open(const RawSpoolSpec *spec, Status *status)
{
    RawSpool *spool = calloc(1, sizeof *spool);
    if (spool == NULL) {
        status_fail(status, STATUS_NO_MEMORY, "out of memory");
        return NULL;
    }
    choose_path(spool, spec);
    if (create_file(spool, spec, status) && count_blocks(spool, spec, status))
        return spool;
    raw_spool_free(spool);
    return NULL;
}

GDALDatasetH raw_spool_dataset(const RawSpool *spool)
{
    return spool->dataset;
}

const char *raw_spool_path(const RawSpool *spool)
{
    return spool->path;
}

const char *raw_spool_name_in_memory(const RawSpool *spool)
{
    return spool->name;
}

uint64_t raw_spool_held_nbytes(const RawSpool *spool)
{
    return spool->held_nbytes;
}

void raw_spool_set_mask(RawSpool *spool, GDALRasterBandH mask)
{
    spool->mask = mask;
}

bool raw_spool_may_hold(const RawSpool *spool, const Window *window, int bands)
{
    if (spool->in_cache == NULL)
        return true;
    return held_blocks_nbytes_of(spool->in_cache, window) * (uint64_t)bands <=
           spool->cache_nbytes;
}

bool raw_spool_fail(const RawSpool *spool, Status *status)
{
    return status_fail(status, STATUS_IO, "not all pixels could be kept in %s",
                       spool->path);
}

/** A block that could not be written when it had to leave the cache is told of
 * now. After a failure nothing is written any more: libtiff does not survive
 * that.
 * @param front as in raw_spool_flush()
 * @param whole to give the file what GTiff itself holds, too */
static bool empty_cache(RawSpool *spool, GDALDatasetH front, bool whole,
                        Status *status)
{
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_FAILURES);
    bool ok = !spool->lost;
    for (int i = 1; ok && i <= GDALGetRasterCount(front); i++)
        ok = guarded_flush(GDALGetRasterBand(front, i)) == CE_None &&
             !trap.failed;
    if (ok && spool->mask != NULL)
        ok = guarded_flush(spool->mask) == CE_None;
    if (ok && whole)
        GDALFlushCache(spool->dataset);
    error_trap_end(&trap);
    if (spool->in_cache != NULL)
        held_blocks_clear(spool->in_cache);
    spool->lost |= !ok || trap.failed;
    return !spool->lost ||
           status_fail(status, STATUS_IO,
                       "not all pixels could be kept in %s%s%s", spool->path,
                       trap.failed ? ": " : "", trap.message);
}

bool raw_spool_make_room(RawSpool *spool, const int *bands, int count,
                         const Window *window, Status *status)
{
    HeldBlocks *in_cache = spool->in_cache;
    bool ok = true;
    if (in_cache == NULL)
        return true;
    uint64_t nbytes = held_blocks_nbytes(in_cache);
    for (int i = 0; i < count; i++)
        nbytes += held_blocks_missing(in_cache, bands[i], window);
    if (nbytes > spool->cache_nbytes)
        ok = empty_cache(spool, spool->dataset, false, status);
    for (int i = 0; i < count; i++)
        held_blocks_add(in_cache, bands[i], window);
    return ok;
}

bool raw_spool_trim(RawSpool *spool, Status *status)
{
    return spool->in_cache == NULL ||
           held_blocks_nbytes(spool->in_cache) <= spool->cache_nbytes ||
           empty_cache(spool, spool->dataset, false, status);
}

bool raw_spool_flush(RawSpool *spool, GDALDatasetH front, Status *status)
{
    const bool ok = empty_cache(spool, front, true, status);
    /* Who copies the pixels wants larger pieces of memory. */
    pages_freed((size_t)spool->cache_nbytes);
    return ok;
}

void raw_spool_free(RawSpool *spool)
{
    if (spool == NULL)
        return;
    dataset_close_silently(spool->dataset);
    if (spool->held_nbytes == 0)
        VSIUnlink(spool->path);
    VSIRmdirRecursive(spool->folder);
    held_blocks_free(spool->in_cache);
    CPLFree(spool->folder);
    CPLFree(spool->name);
    CPLFree(spool->path);
    free(spool);
}
