/* SPDX-License-Identifier: MIT */
/** @file
 * Our version, and what GDALs differ in and we follow: by the GDAL that runs,
 * which is of the minor version that we are built for, or else refuses us. 3.6,
 * 3.10 and 3.13 have been looked at.
 */
#ifndef ROWBAND_VERSIONS_H
#define ROWBAND_VERSIONS_H

#include <stdbool.h>

#include "cpl_port.h"

CPL_C_START

/** The project's version, as "0.2.0". */
const char *rowband_version(void);

/** Tells who debugs what runs: ours, GDAL's version, libdeflate's. */
void versions_report(void);

/** Statistics leave out masked pixels where there is no nodata value. */
bool gdal_counts_masks(void);

/** When overviews of a mask are resampled further they are their own masks,
 * as the mask itself is in any GDAL. (Its overview files say so from then on:
 * frmts/gtiff/gt_overview.cpp, INTERNAL_MASK_FLAGS_1.) */
bool gdal_knows_overviews_of_masks(void);

/** GDAL reads the sources of a mosaic in threads from 3.10 on, but what those
 * report reaches whoever reads the mosaic only from 3.11 on.
 * (frmts/vrt/vrtdataset.cpp: CPLErrorAccumulator.) */
bool gdal_threads_of_vrts_report(void);

/** The COG driver makes a mask of the alpha band beside grey too, for JPEG. */
bool gdal_makes_mask_of_alpha_beside_grey(void);

/** GTiff gives each overview that it makes an item RESAMPLING, which it keeps
 * up to date. (frmts/gtiff/gt_overview.cpp: GTIFFBuildOverviewMetadata();
 * before, only where bits become grey.) In a COG they have none. */
bool gdal_overviews_say_their_method(void);

/** Instead, the raster of a COG has an item for all of its overviews.
 * (frmts/gtiff/cogdriver.cpp: @OVERVIEW_RESAMPLING.) */
bool gdal_cogs_say_the_method_of_overviews(void);

/** Zoom levels of the tiling schemes that GDAL has in its code (gcore/
 * tilematrixset.cpp). */
int gdal_levels_of_google_maps(void);
int gdal_levels_of_inspire(void);

/** More of them, by more names. (gcore/tilematrixset.cpp: WebMercatorQuad and
 * what follows; before, URLs of OGC's.) */
bool gdal_has_more_tiling_schemes(void);
bool gdal_knows_tiling_schemes_by_url(void);

/** The COG driver has a raster leave a tile of its TILING_SCHEME by not quite
 * half a pixel before it adds another one. (frmts/gtiff/cogdriver.cpp:
 * TOLERANCE_IN_PIXEL; before, by next to nothing.) */
bool gdal_tiles_tolerate_half_a_pixel(void);

/** The COG driver has the rest of a raster whose poles it cuts off suggest the
 * grid in Web Mercator. (frmts/gtiff/cogdriver.cpp: poTmpDS; before, the rest
 * was looked for within the size of the whole.) In derived CRSs, a rotated pole
 * for one, poles are elsewhere, and stay. */
bool gdal_suggests_web_mercator_without_poles(void);

/** The COG driver counts statistics anew if the source has some and what is
 * written is reprojected. (frmts/gtiff/cogdriver.cpp: bNeedStats.) */
bool gdal_counts_statistics_of_reprojected(void);

/** The COG driver resamples complex samples by NEAREST if it is not told how.
 * (frmts/gtiff/cogdriver.cpp: GetResampling(); before, by CUBIC, which GDAL's
 * overviews have not for them.) */
bool gdal_cogs_take_nearest_for_complex(void);

/** GTiff takes a whole number that is told as a double for the nodata value of
 * 64-bit integers, too. (frmts/gtiff/gtiffrasterband_write.cpp:
 * SetNoDataValue(); before, and in a VRT, they have none then.) */
bool gdal_tells_integer_nodata_as_double(void);

CPL_C_END

#endif
