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

typedef struct RawSpool RawSpool;

typedef struct RawSpoolSpec {
    const char *target; /**< the file that is being made */
    int width, height, bands;
    GDALDataType type;
    uint64_t memory_nbytes;      /**< in memory if the pixels take no more */
    int strip_rows;              /**< in strips of so many rows; 0: in tiles */
    int tile_width, tile_height; /**< multiples of 16; 0: 512 */
} RawSpoolSpec;

/** @return NULL with STATUS_IO or STATUS_NO_MEMORY */
RawSpool *raw_spool_open(const RawSpoolSpec *spec, Status *status);

/** What is written to, and read back from; owned by @p spool. */
GDALDatasetH raw_spool_dataset(const RawSpool *spool);

/** Bytes that a spool of that kind would hold in memory; 0: in a file. */
uint64_t raw_spool_would_hold(const RawSpoolSpec *spec);

/** What it is called in messages. */
const char *raw_spool_path(const RawSpool *spool);

/** Bytes of pixels that it may hold in memory; 0: they are in a file. */
uint64_t raw_spool_held_nbytes(const RawSpool *spool);

/** Gives the file what GDAL's cache holds.
 * @param front what is written to, if it passes blocks on to the spool;
 *              otherwise the spool's dataset
 * @return false with STATUS_IO: then nothing more may be written */
bool raw_spool_flush(RawSpool *spool, GDALDatasetH front, Status *status);

/** Closes and deletes the file; NULL is no spool. */
void raw_spool_free(RawSpool *spool);

#endif
