/* SPDX-License-Identifier: MIT */
/** @file
 * A Cloud Optimized GeoTIFF as GDAL makes it (frmts/gtiff/geotiff.cpp:
 * GTiffDataset::CreateCopy(), WriteRawStripOrTile(); CopyImageryAndMask()). In
 * the order of the file:
 *
 * - the header;
 * - GDAL's structural metadata (the "ghost area"), which says what follows;
 * - directories: the raster, its mask, overviews from the largest to the
 *   smallest, overviews of the mask likewise;
 * - tiles from the smallest overview to the raster, each level in rows. At each
 *   place all bands' follow each other, then the mask's; or, with
 *   INTERLEAVE_BAND, all places of a band, band after band, and then the
 *   mask's, but not in overviews of a single band. A tile has its size as
 *   four bytes before it and its last four bytes once more behind it; its
 *   offset is that of the tile itself. Empty tiles are left out.
 */
#ifndef ROWBAND_COG_LAYOUT_H
#define ROWBAND_COG_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "file_layout.h"
#include "status.h"

/** Bytes of the header that set_header() is given: a classic one, or as many of
 * a BigTIFF's, which tell what it is. */
enum { COG_LAYOUT_HEADER_NBYTES = 8 };

/** Bytes for each tile while the file is laid out, for the budget. */
enum { COG_LAYOUT_TILE_NBYTES = sizeof(uint64_t) };

/** Writes the file.
 * @param layout whose tiles are in a store
 * @return as file_layout_write() */
bool cog_layout_write(const FileLayout *layout, Status *status);

#endif
