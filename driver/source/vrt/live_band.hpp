/* SPDX-License-Identifier: MIT */
/** @file
 * What GDAL would know of a live band, or the dataset of one, and a leaf in its
 * place must know to answer alike; behind the proxies of GDAL's pool, too.
 *
 * For the thread that the dataset belongs to.
 */
#ifndef ROWBAND_LIVE_BAND_HPP
#define ROWBAND_LIVE_BAND_HPP

#include "gdal_priv.h"
#include "gdal_proxy.h"
#include "vrt_access.hpp"

namespace live_band
{

/** @return whether GDAL computes the mask of @p band from its pixels, or needs
 * none, whatever its flags say: an overview has those of the raster */
bool has_computed_mask(GDALRasterBand *band);

/** @return whether the masks of two bands are one */
bool have_one_mask(GDALRasterBand *a, GDALRasterBand *b);

/** @return whether the mask of @p band is its own, and a band of another
 * dataset, as of a .msk file: it may have blocks of its own */
bool is_own_mask_in_file(GDALRasterBand *band, GDALRasterBand *mask);

/** The dataset that the bands of @p dataset stand in for, one by one and
 * without overviews; NULL if there is none. */
GDALDataset *stands_in_for(GDALDataset *dataset);

/** The VRT that @p dataset is, or, opened without its overviews, stands in for:
 * what is read as it is, is read of that. NULL if it is none. */
VRTDataset *vrt_of(GDALDataset *dataset);

/** @return whether a dataset that stands in for another is not of an overview
 * but of the raster itself, without its overviews: then GDAL reads band by
 * band */
bool is_whole(GDALDataset *dataset);

/** @return whether sources make the pixels of @p dataset, which a VRT resamples
 * as its reader does, also where that reads pixel for pixel */
bool is_of_vrt(GDALDataset *dataset);

/** @return whether reduced reads are the driver's own */
bool resamples_itself(GDALDataset *dataset);

/** @return whether what is read of a leaf may depend on the request, as it does
 * of a VRT that is read as it is */
bool varies(GDALDataset *dataset, bool is_one_to_one, bool any_kernel);

/** @return whether GDAL reads an overview of @p band for that request */
bool reads_overview(GDALRasterBand *band, int x, int y, int width, int height,
                    int out_width, int out_height,
                    const GDALRasterIOExtraArg &extra);

/** Nodata as the band that really reads has it. */
int64_t nodata_as_int64(GDALRasterBand *band, int *has);
uint64_t nodata_as_uint64(GDALRasterBand *band, int *has);

} // namespace live_band

#endif
