/* SPDX-License-Identifier: MIT */
/** @file
 * Gives a VRT a mask that is computed from another dataset's.
 */
#ifndef ROWBAND_VRT_MASK_H
#define ROWBAND_VRT_MASK_H

#include <stdbool.h>

#include "cpl_port.h"
#include "gdal.h"

CPL_C_START

/** Has the mask of @p vrt show what the mask of any band of @p source shows for
 * which @p is_wanted says so.
 * @param vrt of the same size, without a mask, with room for one of all bands;
 *            to be closed before @p source
 * @return false after GDAL has reported why */
bool vrt_mask_of_bands(GDALDatasetH vrt, GDALDatasetH source,
                       bool (*is_wanted)(GDALRasterBandH band));

CPL_C_END

#endif
