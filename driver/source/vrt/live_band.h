/* SPDX-License-Identifier: MIT */
/** @file
 * What is done to a live dataset by way of its bands, behind the proxies of
 * GDAL's pool, too.
 */
#ifndef ROWBAND_LIVE_BAND_H
#define ROWBAND_LIVE_BAND_H

#include "gdal.h"

CPL_C_START

/** Drops the decoded blocks that GDAL's cache holds of the bands and the mask,
 * but not of what a VRT's mask is made from: flushed itself, the pool's mask of
 * GDAL 3.6 never lets go of the dataset (gcore/gdalproxypool.cpp:
 * GDALProxyPoolMaskBand). */
void live_band_drop_blocks(GDALDatasetH dataset);

/** Likewise those of a band's mask, whichever it is. */
void live_band_drop_blocks_of_mask(GDALRasterBandH band);

CPL_C_END

#endif
