/* SPDX-License-Identifier: MIT */
/** @file
 * A made-up raster, each byte of which follows from where it lies, so that
 * any pixel can be checked anywhere.
 */
#ifndef ROWBAND_TESTS_RASTER_H
#define ROWBAND_TESTS_RASTER_H

#include "plan.h"
#include "random.h"
#include "swath.h"

typedef struct Raster {
    Layout layouts[SWATH_IMAGES_MAX];
    int image_count; /**< 2: with a mask of one band of bytes */
} Raster;

/** A raster of at most @p pixels_max pixels in all with tiles or strips, pixel
 * or band interleaved, with or without a mask. */
Raster raster_random(Random *random, int64_t pixels_max);

/** Blocks of any size and phase for a raster of @p width x @p height. */
BlockGrid raster_random_grid(Random *random, int64_t width, int64_t height);

/** What the planner is told for @p raster, but for the grid, the budget, the
 * workers and what encoding costs: those are 0. */
PlanInput raster_plan_input(const Raster *raster);

/** Windows without a budget: any number of blocks each way, for one worker and
 * as much carry as need be. */
Plan raster_random_plan(Random *random, const Raster *raster);

/** Puts the pixels of @p window into @p data, arranged as swath.h says. */
void raster_fill(const Raster *raster, const Window *window, uint8_t *data);

/** The bytes of one sample, sample_nbytes of them. */
void raster_sample(const Raster *raster, int image, int band, int64_t x,
                   int64_t y, uint8_t *out);

/** @return whether the raster's part of a tile is what lies at @p pixels, rows
 *         being @p row_nbytes apart */
bool raster_tile_matches(const Raster *raster, int image, int plane,
                         int64_t tile_x, int64_t tile_y, const uint8_t *pixels,
                         size_t row_nbytes);

#endif
