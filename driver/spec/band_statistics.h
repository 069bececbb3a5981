/* SPDX-License-Identifier: MIT */
/** @file
 * STATISTICS=YES: which pixels count, in the GDAL that runs, and where the
 * result goes.
 */
#ifndef ROWBAND_BAND_STATISTICS_H
#define ROWBAND_BAND_STATISTICS_H

#include <stdbool.h>
#include <stdint.h>

#include "carve.h"
#include "encoder.h"
#include "gtiff_tags.h"

/** Bytes of the records of an image, for the budget. */
uint64_t band_statistics_nbytes(const Layout *layout);

/** Has @p raster fill records.
 * @param image_count of the file; the second image is the mask
 * @param[out] validity where validity lies
 * @return false with STATUS_NO_MEMORY; band_statistics_end() is due in any
 *         case */
bool band_statistics_begin(ImageSpec *raster, int image_count,
                           const GtiffTags *tags, ValidityPlane *validity,
                           Status *status);

/** Has a band say what was counted of it.
 * @param pixels of the raster */
void band_statistics_set(GDALRasterBandH band, const Statistics *all,
                         double pixels);

/** Writes what was counted into the tags's proxy, from which the tags is
 * to be made once more. All tiles must be encoded. */
void band_statistics_report(const ImageSpec *raster, GtiffTags *tags);

void band_statistics_end(ImageSpec *raster);

/** STATISTICS=NO: takes from the bands of @p dataset what they say of
 * statistics. */
void band_statistics_drop(GDALDatasetH dataset);

#endif
