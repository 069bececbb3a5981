/* SPDX-License-Identifier: MIT */
/** @file
 * Bands that pass one after the other through a spool, for a driver that
 * decodes a band at once (decoding.h: YIELDS_BAND) where not all of them have
 * room in memory: each is decoded once, and what is read afterwards, rows of
 * all bands, is read from the spool. Used by plain sources and by leaves.
 *
 *     band_spool_new -> band_spool_held_nbytes (for the plan)
 *     -> band_spool_fill (before the first window) -> band_spool_dataset
 */
#ifndef ROWBAND_BAND_SPOOL_H
#define ROWBAND_BAND_SPOOL_H

#include <stdbool.h>
#include <stdint.h>

#include "gdal.h"
#include "window.h"

CPL_C_START

typedef struct BandSpool BandSpool;

/** Decides how the bands of @p dataset, which stays the caller's, would be
 * kept. Nothing is read or written yet.
 * @param target the file that is being made: what does not fit waits beside it
 * @param memory_nbytes in memory if the bands take no more
 * @return NULL if the bands are of several types, of which one file cannot
 *         hold every sample, or if there is no memory */
BandSpool *band_spool_new(GDALDatasetH dataset, const char *target,
                          uint64_t memory_nbytes);

/** Deletes it; NULL is no spool. */
void band_spool_free(BandSpool *spool);

/** Bytes of pixels that it will hold in memory. */
uint64_t band_spool_held_nbytes(const BandSpool *spool);

/** Rows of the blocks of the spool's dataset, which are as wide as the raster.
 */
int band_spool_block_rows(const BandSpool *spool);

/** What of a dataset will be read. */
typedef struct BandSpoolNeeds {
    bool (*band)(void *user, int band);
    bool (*rows)(void *user, const Window *rows); /**< as wide as the raster */
    void *user;
} BandSpoolNeeds;

/** Reads what is needed, band after band, unless that is done.
 * @param extra whose progress function is asked whether to go on; or NULL
 * @return CE_Failure after GDAL has reported why */
CPLErr band_spool_fill(BandSpool *spool, const BandSpoolNeeds *needs,
                       const GDALRasterIOExtraArg *extra);

/** Once filled: the bands that were needed, under their numbers; others are
 * zeros. */
GDALDatasetH band_spool_dataset(const BandSpool *spool);

/** How many bands were decoded. */
int band_spool_bands_read(const BandSpool *spool);

CPL_C_END

#endif
