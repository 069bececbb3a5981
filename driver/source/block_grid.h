/* SPDX-License-Identifier: MIT */
/** @file
 * What the source's blocks are, really: seen through wrappers, in pixels of
 * the output.
 */
#ifndef ROWBAND_BLOCK_GRID_H
#define ROWBAND_BLOCK_GRID_H

#include "plan.h"
#include "source.h"

/** Fills in what a plan must know of the source: grid, bytes a pixel,
 * straddle_rows and straddle_columns. Where bands or leaves differ, the grid
 * is that of most of the raster, and the others straddle.
 * @param[in,out] input width, height and pixel_nbytes are set */
void block_grid_fill(const Source *source, PlanInput *input);

#endif
