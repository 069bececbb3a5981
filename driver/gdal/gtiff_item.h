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

CPL_C_START

uint64_t gtiff_item(GDALRasterBandH band, const char *name);

/** Of the tile or strip in that column and row. One that is not in the file has
 * no bytes. */
uint64_t gtiff_tile_offset(GDALRasterBandH band, int column, int row);
uint64_t gtiff_tile_nbytes(GDALRasterBandH band, int column, int row);

CPL_C_END

#endif
