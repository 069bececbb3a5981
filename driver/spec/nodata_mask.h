/* SPDX-License-Identifier: MIT */
/** @file
 * NODATA_TO_MASK=YES: what a nodata value says of pixels, said by a mask, which
 * no codec changes.
 */
#ifndef ROWBAND_NODATA_MASK_H
#define ROWBAND_NODATA_MASK_H

#include <stdbool.h>

#include "cpl_port.h"
#include "gdal.h"

CPL_C_START

/** @return whether it is by nodata values that pixels of @p source are not
 * valid */
bool nodata_mask_applies(GDALDatasetH source);

/** @return a VRT without nodata values and with a mask, which hides pixels that
 *         are nodata in each band that has a nodata value; to be closed before
 *         @p source; NULL if GDAL cannot make it, which it has reported */
GDALDatasetH nodata_mask_make(GDALDatasetH source);

CPL_C_END

#endif
