/* SPDX-License-Identifier: MIT */
/** @file
 * What GDAL's overviews of a mask depend on besides its pixels.
 */
#ifndef ROWBAND_MASK_TRAITS_H
#define ROWBAND_MASK_TRAITS_H

#include <stdbool.h>

#include "gdal.h"

/** @return whether the mask of @p source says that it has one bit a pixel */
bool mask_traits_of_bits(GDALDatasetH source);

/** GDAL writes into its overviews what they are where it knows the dataset of
 * what they are made from: later ones of any mask, all of one in a .msk file.
 * The mask of a dataset in memory has none.
 * @return whether its overviews of the mask of @p source are masks to it */
bool mask_traits_stay_masks(GDALDatasetH source);

#endif
