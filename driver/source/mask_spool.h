/* SPDX-License-Identifier: MIT */
/** @file
 * Masks of single bands that are read with the pixels, while the blocks that
 * they are computed from are decoded, and wait in a spool until the .msk file
 * is made of them. Windows bring them in any order, on readers' threads.
 *
 *     mask_spool_new -> mask_spool_need (each band) -> mask_spool_begin
 *     -> mask_spool_hold, mask_spool_take, mask_spool_let_go (any number, on
 *     any thread) -> mask_spool_read
 */
#ifndef ROWBAND_MASK_SPOOL_H
#define ROWBAND_MASK_SPOOL_H

#include <stdbool.h>
#include <stdint.h>

#include "gdal.h"
#include "live_blocks.h"
#include "status.h"
#include "window.h"

typedef struct MaskSpool MaskSpool;

/** @param dataset whose size and number of bands are its own
 * @param chunk_width,chunk_height of what is read at a time, or begins at
 *                multiples of it
 * @param target  the file that is being made: what does not fit waits beside it
 * @param memory_nbytes in memory if the masks take no more
 * @return NULL if there is no memory */
MaskSpool *mask_spool_new(GDALDatasetH dataset, int64_t chunk_width,
                          int64_t chunk_height, const char *target,
                          uint64_t memory_nbytes);

/** Deletes it; NULL is no spool. */
void mask_spool_free(MaskSpool *spool);

/** Before it begins: says that the mask of @p band is to wait.
 * @param number of the band, 1 and up */
void mask_spool_need(MaskSpool *spool, int number, GDALRasterBandH band);

/** @return whether it is to wait; false of NULL, too */
bool mask_spool_has(const MaskSpool *spool, int band);

/** @return bytes that it will hold, as much again for the file that is made of
 * it, and what each of @p readers needs to read masks */
uint64_t mask_spool_held_nbytes(const MaskSpool *spool, int readers);

/** Nothing is opened or written before.
 * @return false with STATUS_IO or STATUS_NO_MEMORY */
bool mask_spool_begin(MaskSpool *spool, Status *status);

/** What of the masks is read. */
typedef struct MaskPart {
    GDALDatasetH dataset;
    Window at;
    int band;           /**< that alone; 0: all that are needed */
    bool whole;         /**< in one call, because pixels may depend on it */
    LiveBlocks *blocks; /**< NULL; or what is to have the blocks that are read,
                             because GDAL's cache cannot hold them */
} MaskPart;

/** Before the pixels are read that masks are computed from: has their blocks
 * stay in GDAL's cache, if need be.
 * @return CE_Failure after GDAL has reported why */
CPLErr mask_spool_hold(const MaskSpool *spool, MaskPart *part);

/** Reads the masks of @p part.
 * @return CE_Failure after GDAL has reported why */
CPLErr mask_spool_take(MaskSpool *spool, const MaskPart *part);

/** After both, or a failure: drops the blocks of the masks from GDAL's cache,
 * and lets go of those of the bands. */
void mask_spool_let_go(const MaskSpool *spool, MaskPart *part);

/** Once all is taken: reads a part of a mask back.
 * @return false with STATUS_IO */
bool mask_spool_read(const MaskSpool *spool, int band, const Window *at,
                     uint8_t *data, Status *status);

#endif
