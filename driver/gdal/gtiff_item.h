/* SPDX-License-Identifier: MIT */
/** @file
 * Numbers that GDAL's TIFF driver says of a file's insides (frmts/gtiff/
 * geotiff.cpp: GTiffRasterBand::GetMetadataItem()); 0 where it says none.
 */
#ifndef ROWBAND_GTIFF_ITEM_H
#define ROWBAND_GTIFF_ITEM_H

#include <stdint.h>

#include "cpl_port.h"
#include "gdal.h"
#include "window.h"

CPL_C_START

uint64_t gtiff_item(GDALRasterBandH band, const char *name);

/** Of the tile or strip in that column and row. One that is not in the file has
 * no bytes. */
uint64_t gtiff_tile_offset(GDALRasterBandH band, int column, int row);
uint64_t gtiff_tile_nbytes(GDALRasterBandH band, int column, int row);

/** What a band of GTiff's has there, as GDALGetDataCoverageStatus(). That it
 * cannot be read GDAL 3.13 does not report, and libtiff says but once: the tile
 * is missing after that. Here it is reported as a failure to GDAL's error
 * handler, and GDAL_DATA_COVERAGE_STATUS_UNIMPLEMENTED.
 * @param stop at which of GDAL_DATA_COVERAGE_STATUS_... it is enough; 0: none
 */
int gtiff_coverage(GDALRasterBandH band, const Window *at, int stop);

CPL_C_END

#endif
