/* SPDX-License-Identifier: MIT */
/** @file
 * GDAL's resampler for the cells of overviews.
 */
#ifndef ROWBAND_GDAL_RESAMPLER_H
#define ROWBAND_GDAL_RESAMPLER_H

#include <stdbool.h>

#include "gdal.h"
#include "resampler.h"

/** The custom of resampler_gdal. Immutable while states use it. */
typedef struct GdalResampling {
    GDALRIOResampleAlg method;
    int radius;         /**< of its kernel, pixels of the level; 0: none */
    GDALDatasetH bands; /**< whose colour interpretation and nodata are the
                             levels'; not owned, read by all workers */
    GDALDataType type;
    int sample_nbits; /**< of one sample in the file */
    int band_count;
    bool nan_to_nodata; /**< floats that are NaN count as nodata */
    bool with_mask;
    bool mask_of_bits; /**< the source's mask has NBITS=1: GDAL then has
                            overviews of it of one bit too, and makes those
                            above out of ones and zeros */
    bool
        masks_stay_masks; /**< GDAL takes its overviews of the mask for masks */
} GdalResampling;

/** Makes each band from the band below as GDAL's overview code does, and the
 * mask from the mask below. Not for complex samples, which GDAL's RasterIO
 * resamples differently. */
extern const Resampler resampler_gdal;

CPL_C_START

/** Looks up one of GDAL's methods by name: AVERAGE, RMS, BILINEAR, CUBIC,
 * CUBICSPLINE, LANCZOS, GAUSS, MODE.
 * @return false if there is none of that name */
bool gdal_resampling_find(const char *name, GdalResampling *resampling);

/** @return whether some of the bands cannot be resampled without the others,
 * one of which says what is transparent and does not count. A mask can be given
 * to each. */
bool gdal_resampling_needs_all_bands(const GdalResampling *resampling);

CPL_C_END

#endif
