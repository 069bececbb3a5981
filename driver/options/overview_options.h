/* SPDX-License-Identifier: MIT */
/** @file
 * How GTiff encodes overviews that are not a COG's (frmts/gtiff/geotiff.cpp:
 * GetOverviewParameters()): like the raster, but for what it is told.
 */
#ifndef ROWBAND_OVERVIEW_OPTIONS_H
#define ROWBAND_OVERVIEW_OPTIONS_H

#include "cpl_port.h"

CPL_C_START

/** @param raster creation options of the raster
 * @param told    options of GDALBuildOverviewsEx(), or NULL. What is not said
 *                there is said by configuration options: COMPRESS_OVERVIEW and
 *                the like
 * @return creation options, to be freed with CSLDestroy(); NULL: the raster's
 */
char **overview_options(CSLConstList raster, CSLConstList told);

CPL_C_END

#endif
