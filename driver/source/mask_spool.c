/* SPDX-License-Identifier: MIT */
#include "mask_spool.h"

#include <pthread.h>
#include <stdlib.h>

#include "block_size.h"
#include "cpl_conv.h"
#include "cpl_error.h"
#include "cpl_vsi.h"
#include "error_trap.h"
#include "guarded.h"
#include "int_math.h"
#include "live_band.h"
#include "raw_spool.h"

struct MaskSpool {
    RawSpoolSpec spec;
    char *target;
    int *number; /**< by band of the source: of its mask in the spool, or 0 */
    int band_count;
    uint64_t blocks_nbytes; /**< of a block of each band whose mask it has */
    RawSpool *raw;

    pthread_mutex_t mutex; /**< guards what raw has, and failed */
    bool failed;           /**< then nothing more may be written */
};

/* Rows of the spool, and of a mask that is read, are as much as is worth a
 * call. */
enum { CALL_NBYTES = 1 << 16 };

/* Tiles of the spool, and how large they may be to be what is read at a time.
 */
enum { TILE_SIZE = 256, TILE_NBYTES_MAX = 1 << 20 };

/** Rows that are read in one call. */
static int64_t rows_of_call(int64_t width)
{
    return max64(1, CALL_NBYTES / width);
}

/** Chooses blocks of which what is read at a time writes whole ones. */
static void choose_blocks(RawSpoolSpec *spec, int64_t chunk_width,
                          int64_t chunk_height)
{
    const bool fits = chunk_width % 16 == 0 && chunk_height % 16 == 0 &&
                      chunk_width * chunk_height <= TILE_NBYTES_MAX;
    if (chunk_width >= spec->width) {
        spec->strip_rows = (int)min64(rows_of_call(spec->width), spec->height);
        return;
    }
    spec->tile_width = fits ? (int)chunk_width : TILE_SIZE;
    spec->tile_height = fits ? (int)chunk_height : TILE_SIZE;
}

MaskSpool *mask_spool_new(GDALDatasetH dataset, int64_t chunk_width,
                          int64_t chunk_height, const char *target,
                          uint64_t memory_nbytes)
{
    MaskSpool *spool = calloc(1, sizeof *spool);
    if (spool == NULL)
        return NULL;
    pthread_mutex_init(&spool->mutex, NULL);
    spool->band_count = GDALGetRasterCount(dataset);
    spool->number =
        calloc((size_t)spool->band_count + 1, sizeof *spool->number);
    spool->target = CPLStrdup(target);
    spool->spec = (RawSpoolSpec){.target = spool->target,
                                 .width = GDALGetRasterXSize(dataset),
                                 .height = GDALGetRasterYSize(dataset),
                                 .type = GDT_Byte,
                                 .memory_nbytes = memory_nbytes};
    choose_blocks(&spool->spec, chunk_width, chunk_height);
    if (spool->number != NULL)
        return spool;
    mask_spool_free(spool);
    return NULL;
}

void mask_spool_free(MaskSpool *spool)
{
    if (spool == NULL)
        return;
    raw_spool_free(spool->raw);
    pthread_mutex_destroy(&spool->mutex);
    CPLFree(spool->target);
    free(spool->number);
    free(spool);
}

void mask_spool_need(MaskSpool *spool, int number, GDALRasterBandH band)
{
    int width, height;
    block_size_of(band, &width, &height);
    spool->number[number] = ++spool->spec.bands;
    /* Who computes a mask may keep the block that it is computed from. */
    spool->blocks_nbytes +=
        (uint64_t)width * (uint64_t)height *
        (uint64_t)GDALGetDataTypeSizeBytes(GDALGetRasterDataType(band));
}

bool mask_spool_has(const MaskSpool *spool, int band)
{
    return spool != NULL && spool->number[band] > 0;
}

uint64_t mask_spool_held_nbytes(const MaskSpool *spool, int readers)
{
    const uint64_t row_nbytes = (uint64_t)spool->spec.width;
    const uint64_t call_nbytes =
        row_nbytes > CALL_NBYTES ? row_nbytes : CALL_NBYTES;
    /* What is read, the mask's blocks of it, and those of the spool. */
    return 2 * raw_spool_would_hold(&spool->spec) +
           (3 * call_nbytes + spool->blocks_nbytes) * (uint64_t)readers;
}

bool mask_spool_begin(MaskSpool *spool, Status *status)
{
    spool->raw = raw_spool_open(&spool->spec, status);
    return spool->raw != NULL;
}

/** Writes a block of the spool, or a part of one, and not later by another
 * reader's call. What GDAL gets over is a failure, too. */
static CPLErr put_block(MaskSpool *spool, int band, const Window *at,
                        int64_t row_nbytes, uint8_t *data)
{
    const GDALRasterBandH to =
        GDALGetRasterBand(raw_spool_dataset(spool->raw), spool->number[band]);
    GuardedBuffer buffer = {
        .type = GDT_Byte, .pixel_nbytes = 1, .row_nbytes = row_nbytes};
    buffer.data = data;
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_FAILURES);
    const bool ok =
        guarded_band_io(to, GF_Write, at, &buffer, NULL) == CE_None &&
        guarded_flush(to) == CE_None;
    error_trap_end(&trap);
    if (ok && !trap.failed)
        return CE_None;
    CPLError(CE_Failure, CPLE_FileIO, "%s",
             trap.failed ? trap.message : "no reason given");
    return CE_Failure;
}

/** Writes block after block: libtiff does not survive that another one is
 * written after a failure. */
static CPLErr put_blocks(MaskSpool *spool, int band, const Window *at,
                         uint8_t *data)
{
    const RawSpoolSpec *spec = &spool->spec;
    const int64_t width = spec->strip_rows > 0 ? spec->width : spec->tile_width;
    const int64_t height = max64(spec->strip_rows, spec->tile_height);
    CPLErr err = CE_None;
    int64_t end_x, end_y;
    for (int64_t y = at->y; y < window_bottom(at); y = end_y) {
        end_y = step_end64(y, height, window_bottom(at));
        for (int64_t x = at->x; err == CE_None && x < window_right(at);
             x = end_x) {
            end_x = step_end64(x, width, window_right(at));
            const Window block = {x, y, end_x - x, end_y - y};
            err = put_block(spool, band, &block, at->width,
                            data + (y - at->y) * at->width + (x - at->x));
        }
    }
    return err;
}

/** Gives the spool what was read of a mask. */
static CPLErr put(MaskSpool *spool, int band, const Window *at, uint8_t *data)
{
    pthread_mutex_lock(&spool->mutex);
    CPLErr err = CE_Failure;
    if (!spool->failed)
        err = put_blocks(spool, band, at, data);
    else
        CPLError(CE_Failure, CPLE_FileIO, "not all masks could be kept in %s",
                 raw_spool_path(spool->raw));
    spool->failed = err != CE_None;
    pthread_mutex_unlock(&spool->mutex);
    return err;
}

static bool is_in_part(const MaskSpool *spool, const MaskPart *part, int band)
{
    return spool->number[band] > 0 && (part->band == 0 || part->band == band);
}

CPLErr mask_spool_hold(const MaskSpool *spool, MaskPart *part)
{
    CPLErr err = CE_None;
    part->blocks = NULL;
    if (!live_blocks_overflow(part->dataset, &part->at))
        return CE_None;
    part->blocks = live_blocks_new();
    if (part->blocks == NULL) {
        CPLError(CE_Failure, CPLE_OutOfMemory, "out of memory");
        return CE_Failure;
    }
    for (int i = 1; err == CE_None && i <= spool->band_count; i++)
        if (is_in_part(spool, part, i))
            err = live_blocks_add(
                part->blocks, GDALGetRasterBand(part->dataset, i), &part->at);
    return err;
}

void mask_spool_let_go(const MaskSpool *spool, MaskPart *part)
{
    live_blocks_free(part->blocks);
    part->blocks = NULL;
    for (int i = 1; i <= spool->band_count; i++)
        if (is_in_part(spool, part, i))
            live_band_drop_blocks_of_mask(GDALGetRasterBand(part->dataset, i));
}

/** Passes the mask of a band on, some rows at a time. */
static CPLErr pass_mask(MaskSpool *spool, const MaskPart *part, int number,
                        int64_t rows, uint8_t *data)
{
    const GDALRasterBandH band = GDALGetRasterBand(part->dataset, number);
    const GDALRasterBandH mask = GDALGetMaskBand(band);
    const Window *at = &part->at;
    const GuardedBuffer buffer = {.data = data, .type = GDT_Byte};
    CPLErr err = part->blocks != NULL
                     ? live_blocks_add_mask(part->blocks, band, at)
                     : CE_None;
    for (int64_t y = at->y; err == CE_None && y < window_bottom(at);
         y += rows) {
        const Window piece = {at->x, y, at->width,
                              min64(rows, window_bottom(at) - y)};
        err = guarded_band_io(mask, GF_Read, &piece, &buffer, NULL);
        if (err == CE_None)
            err = put(spool, number, &piece, data);
    }
    return err;
}

CPLErr mask_spool_take(MaskSpool *spool, const MaskPart *part)
{
    const Window *at = &part->at;
    const int64_t tile_rows = max64(1, spool->spec.tile_height);
    const int64_t rows =
        part->whole
            ? at->height
            : min64(divide_up(rows_of_call(at->width), tile_rows) * tile_rows,
                    at->height);
    uint8_t *data = VSIMalloc2((size_t)at->width, (size_t)rows);
    if (data == NULL) {
        CPLError(CE_Failure, CPLE_OutOfMemory, "out of memory");
        return CE_Failure;
    }
    CPLErr err = CE_None;
    for (int i = 1; err == CE_None && i <= spool->band_count; i++)
        if (is_in_part(spool, part, i))
            err = pass_mask(spool, part, i, rows, data);
    VSIFree(data);
    return err;
}

bool mask_spool_read(const MaskSpool *spool, int band, const Window *at,
                     uint8_t *data, Status *status)
{
    const GDALRasterBandH from =
        GDALGetRasterBand(raw_spool_dataset(spool->raw), spool->number[band]);
    GuardedBuffer buffer = {.type = GDT_Byte};
    buffer.data = data;
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_FAILURES);
    const bool ok =
        guarded_band_io(from, GF_Read, at, &buffer, NULL) == CE_None;
    const int64_t block_rows =
        max64(spool->spec.strip_rows, spool->spec.tile_height);
    /* The next rows may be of the same blocks. */
    if (window_right(at) == spool->spec.width &&
        (window_bottom(at) % block_rows == 0 ||
         window_bottom(at) == spool->spec.height))
        guarded_flush(from);
    error_trap_end(&trap);
    return (ok && !trap.failed) ||
           status_fail(status, STATUS_IO, "cannot read masks back from %s: %s",
                       raw_spool_path(spool->raw), trap.message);
}
