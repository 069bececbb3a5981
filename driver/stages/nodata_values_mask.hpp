/* SPDX-License-Identifier: MIT */
/** @file
 * The mask of a dataset whose metadata item NODATA_VALUES has a value for each
 * band: a pixel is missing if all its bands have theirs. GDAL's own
 * (gcore/gdalnodatavaluesmaskband.cpp) reads whole blocks and keeps them in
 * GDAL's cache; this one reads what is asked for, of pixels that change.
 */
#ifndef ROWBAND_NODATA_VALUES_MASK_HPP
#define ROWBAND_NODATA_VALUES_MASK_HPP

#include <memory>

#include "gdal_priv.h"

/** @param dataset whose bands are masked; must outlive the mask
 * @param item its NODATA_VALUES, or NULL
 * @return nullptr if GDAL makes no mask of it: not as many values as bands.
 *         Can throw std::bad_alloc */
std::unique_ptr<GDALRasterBand> nodata_values_mask(GDALDataset *dataset,
                                                   const char *item);

#endif
