/* SPDX-License-Identifier: MIT */
/** @file
 * Raw pixels that come in any order and are read back as a dataset: an
 * uncompressed file of GTiff's, sparse, with all that GTiff can say about a
 * raster. In memory, or beside the target in a file that has no name any more,
 * of which nothing is left however the process ends. One thread at a time.
 */
#ifndef ROWBAND_RAW_SPOOL_H
#define ROWBAND_RAW_SPOOL_H

#include <stdbool.h>
#include <stdint.h>

#include "gdal.h"
#include "status.h"
#include "window.h"

CPL_C_START

typedef struct RawSpool RawSpool;

typedef struct RawSpoolSpec {
    const char *target; /**< the file that is being made */
    int width, height, bands;
    GDALDataType type;
    uint64_t memory_nbytes;      /**< in memory if the pixels take no more */
    int strip_rows;              /**< in strips of so many rows; 0: in tiles */
    int tile_width, tile_height; /**< multiples of 16; 0: any */
    uint64_t cache_nbytes; /**< that GDAL's cache is to hold of the pixels; 0:
                                whatever it likes. A row of blocks in any
                                case */
    const char *nbits, *pixel_type; /**< of GTiff's options; NULL: none */
} RawSpoolSpec;

/** @return NULL with STATUS_IO or STATUS_NO_MEMORY */
RawSpool *raw_spool_open(const RawSpoolSpec *spec, Status *status);

/** What is written to, and read back from; owned by @p spool. */
GDALDatasetH raw_spool_dataset(const RawSpool *spool);

/** Bytes that a spool of that kind would hold in memory; 0: in a file. */
uint64_t raw_spool_would_hold(const RawSpoolSpec *spec);

/** What it is called in messages. */
const char *raw_spool_path(const RawSpool *spool);

/** What GDAL keeps beside the dataset, statistics of its pixels for example, is
 * in a folder in memory, and has this name before its extension. */
const char *raw_spool_name_in_memory(const RawSpool *spool);

/** Bytes of pixels that it may hold in memory; 0: they are in a file. */
uint64_t raw_spool_held_nbytes(const RawSpool *spool);

/** Has GDAL's cache of the mask of all bands emptied with that of the bands.
 * @param mask lives as long as the spool */
void raw_spool_set_mask(RawSpool *spool, GDALRasterBandH mask);

/** @return whether GDAL's cache may hold the blocks of @p window of so many
 * bands at once */
bool raw_spool_may_hold(const RawSpool *spool, const Window *window, int bands);

/** Call it before pixels of @p window are written or read: where GDAL's cache
 * would then hold more than it is to, gives the file what it holds now, and
 * empties it. Of a spool without cache_nbytes it does nothing.
 * @param bands so many, from 1 on; 0 is the mask
 * @return false with STATUS_IO: then nothing more may be written */
bool raw_spool_make_room(RawSpool *spool, const int *bands, int count,
                         const Window *window, Status *status);

/** The same after a call that could not be done in pieces. */
bool raw_spool_trim(RawSpool *spool, Status *status);

/** Gives the file what GDAL's cache holds.
 * @param front what is written to, if it passes blocks on to the spool;
 *              otherwise the spool's dataset
 * @return false with STATUS_IO: then nothing more may be written */
bool raw_spool_flush(RawSpool *spool, GDALDatasetH front, Status *status);

/** Says that some pixels are lost.
 * @return false, with STATUS_IO */
bool raw_spool_fail(const RawSpool *spool, Status *status);

/** Closes and deletes the file; NULL is no spool. */
void raw_spool_free(RawSpool *spool);

CPL_C_END

#endif
