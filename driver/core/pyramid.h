/* SPDX-License-Identifier: MIT */
/** @file
 * The levels of a file: the raster, level 0, and its overviews, each made from
 * the level below.
 *
 *     window of level 0 --> tiles of level 0
 *                       `-> cells of level 1 --(resample)--> window of level 1
 *     window of level 1 --> tiles of level 1
 *                       `-> cells of level 2 --> ...
 *
 * A cell is a small rectangle of a level with all the source pixels that it
 * needs, so that pixels are held only until the cells they belong to are made,
 * in whichever order the windows of level 0 come. Cells have always the same
 * size: what a resampler makes may differ in the last digit with the size of
 * what it is given, and files must not differ with the budget.
 */
#ifndef ROWBAND_PYRAMID_H
#define ROWBAND_PYRAMID_H

#include <stdbool.h>
#include <stdint.h>

#include "carve.h"
#include "holes.h"
#include "job.h"
#include "level_rows.h"
#include "plan.h"
#include "resampler.h"
#include "status.h"

/** Sizes are halved until nothing is left of 2^31. */
enum { LEVELS_MAX = 32, CELL_WIDTH = 256, CELL_HEIGHT = 32 };

/** Cells that may be on their way for each worker: one that is made, and one
 * that waits. */
enum { PYRAMID_CELLS_IN_FLIGHT = 2 };

/** Like a TileSink. */
typedef bool (*CellSink)(void *user, const CellJob *job);

/** What a Pyramid is made of; layouts and custom are kept by reference. */
typedef struct PyramidSpec {
    const Layout *layouts; /**< image_count of each level, level after level */
    int image_count;
    int file_image_count; /**< by which images of the file are numbered: how
                               many a level has there; 0: image_count */
    int first_band;       /**< from 0 on; the layouts are of a range of bands */
    const bool *fed;      /**< levels, from 0 on, that windows are fed to and
                               that are not made from the one below; copied.
                               NULL: level 0 */
    int level_count;      /**< 1: no overviews */
    const LevelRows *rows;      /**< of each level, what is made of it; copied.
                                     NULL: all */
    const Resampler *resampler; /**< NULL if there are none */
    const void *custom;         /**< the resampler's */
    ValidityPlane validity;     /**< of each level */
    TileSink tiles;             /**< is given all tiles */
    CellSink cells;             /**< is given all cells but those in holes */
    void *user;
    const Holes *holes; /**< of level 0; of levels above, what is made from
                             them alone is a hole. NULL: there are none */
    const uint8_t *empty[SWATH_IMAGES_MAX]; /**< a sample of each image there */
    /** Told, on any thread, why a sink has failed for a hole. */
    void (*fail)(void *user, const Status *status);
} PyramidSpec;

typedef struct Pyramid Pyramid;

/** @return NULL if there is no memory */
Pyramid *pyramid_new(const PyramidSpec *spec);

/** All jobs must have been released. */
void pyramid_free(Pyramid *pyramid);

/** Takes a window of a level, which @p buffer holds as swath.h says. For any
 * thread, from level 1 on. The caller keeps its reference.
 * @param buffer NULL: the window is a hole
 * @return as carver_feed() */
bool pyramid_feed(Pyramid *pyramid, int level, const Window *window,
                  Buffer *buffer, Status *status);

/** Makes a cell with a state of the resampler's and feeds it to its level. For
 * any thread. The job keeps its reference.
 * @return false with a reason, or without if a sink said stop */
bool pyramid_make_cell(Pyramid *pyramid, void *state, const CellJob *job,
                       Status *status);

/** Tiles and cells begun and not finished. Not while others feed. */
int64_t pyramid_open_count(const Pyramid *pyramid);

/** The most bytes that carried tiles and cells ever held. */
uint64_t pyramid_peak_nbytes(const Pyramid *pyramid);

/** What levels above 0 hold, for the budget. */
OverviewCost pyramid_cost(const PyramidSpec *spec);

/** What a pyramid itself needs, and what one worker holds of it. */
uint64_t pyramid_fixed_nbytes(const PyramidSpec *spec);
uint64_t pyramid_worker_nbytes(const PyramidSpec *spec);

#endif
