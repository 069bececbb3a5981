/* SPDX-License-Identifier: MIT */
/** @file
 * The statistics of one tile, counted by the worker that encodes it.
 */
#ifndef ROWBAND_TILE_STATISTICS_H
#define ROWBAND_TILE_STATISTICS_H

#include <stdbool.h>

#include "encoding.h"
#include "job.h"
#include "statistics.h"

/** The records of a tile, one for each sample of a pixel, which no other job
 * has to do with.
 * @param image with statistics */
Statistics *tile_statistics(const ImageSpec *image, const TileJob *job);

/** Fills them from the pixels that @p job has.
 * @param is_hole none of them is valid where a plane says which are */
void tile_statistics_count(const ImageSpec *image, const TileJob *job,
                           bool is_hole);

#endif
