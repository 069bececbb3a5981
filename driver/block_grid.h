/* SPDX-License-Identifier: MIT */
/** @file
 * What the source's blocks are.
 */
#ifndef ROWBAND_BLOCK_GRID_H
#define ROWBAND_BLOCK_GRID_H

#include "gdal.h"
#include "plan.h"

/** The grid of the blocks that @p source says it has. Where bands differ, the
 * largest width and height: windows of those hold whole blocks of every band
 * whose blocks divide them. */
BlockGrid block_grid_of(GDALDatasetH source);

#endif
