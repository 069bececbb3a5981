/* SPDX-License-Identifier: MIT */
/** @file
 * The planner: which windows to read the source in so that none of its blocks
 * is needed twice, and how much memory each part of the operation may take.
 * Pure arithmetic, without GDAL or threads.
 */
#ifndef ROWBAND_PLAN_H
#define ROWBAND_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plan_scattered.h"
#include "window.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Where the source's blocks lie in output pixels: their edges are the lines
 * x = x0 + i * block_width and y = y0 + j * block_height, with
 * 0 <= x0 < block_width and 0 <= y0 < block_height. */
typedef struct BlockGrid {
    int64_t x0, y0;
    int64_t block_width, block_height;
} BlockGrid;

/** What the overviews hold of pixels from past windows, until later ones bring
 * the pixels beside them. */
typedef struct OverviewCost {
    uint64_t rows_nbytes;            /**< at a cut along the whole width */
    uint64_t columns_nbytes;         /**< at a cut along the whole height */
    int64_t cell_width, cell_height; /**< pixels that wait for each other */
} OverviewCost;

/** What a plan is made from. All sizes in bytes. */
typedef struct PlanInput {
    int64_t width, height;           /**< of the raster, pixels */
    int64_t tile_width, tile_height; /**< at most the raster's for strips */
    BlockGrid grid;
    uint64_t pixel_nbytes; /**< of one pixel in memory: all bands and mask */
    uint64_t decoded_pixel_nbytes; /**< of the decoded blocks behind one */
    uint64_t working_pixel_nbytes; /**< of copies made while it is read */
    bool decodes_ahead; /**< whether decoded blocks wait for the caller, and
                             readers go on to windows behind it meanwhile */
    int64_t straddle_rows, straddle_columns; /**< pixels by which decoded blocks
                                       may reach over a cut; 0: none do */
    ScatteredCost scattered;                 /**< nothing if there are none */
    uint64_t budget_nbytes;
    int workers; /**< encoder threads wished for, at least 1 */
    int readers; /**< windows wished to be read at once, at least 1 */
    uint64_t scratch_nbytes; /**< of one worker: tile to encode, codec state */
    uint64_t slot_nbytes;    /**< of one encoded tile, worst case */
    uint64_t fixed_nbytes;   /**< whatever else is held: the tile index */
    uint64_t reorder_nbytes; /**< held besides, if windows do not bring tiles in
                                  the order of the file */
    uint64_t foreign_nbytes; /**< what others hold whatever the plan is: of
                                  them at most half the budget is charged to
                                  it, since less would be of no help */
    OverviewCost overviews;  /**< nothing if there are none */
} PlanInput;

/** The order of windows that are narrower than the raster. */
typedef enum Traversal {
    TRAVERSE_ROWS,   /**< left to right, then down */
    TRAVERSE_COLUMNS /**< down, then left to right */
} Traversal;

/** Immutable after plan_make(). */
typedef struct Plan {
    int64_t width, height; /**< of the raster */
    Span rows; /**< that windows bring, see plan_set_rows(); an end of 0: all */
    BlockGrid grid;
    int64_t step_x, step_y; /**< windows end at x0 + i * step_x and
                                 y0 + j * step_y: whole blocks */
    Traversal traversal;
    bool full_width;        /**< every window spans the raster: a swath */
    bool tiles_in_order;    /**< tiles become whole as tile_order.h says */
    int workers;            /**< encoder threads to start */
    int readers;            /**< windows that may be read at once */
    int window_buffers;     /**< window buffers: one more than readers lets
                                 reading and encoding overlap */
    int slots;              /**< encoded tiles that may wait for their turn */
    uint64_t window_nbytes; /**< of the largest window in memory */
    uint64_t
        source_nbytes; /**< that reading takes: decoded blocks and copies */
    uint64_t carry_positions; /**< tile positions unfinished at once, at most */
    uint64_t carry_in_flight; /**< finished carried positions that may wait
                                   for an encoder */
    uint64_t peak_nbytes;     /**< predicted, everything included */
    bool over_budget;         /**< even the floor holds more than budgeted */
} Plan;

/** How far decoded blocks can reach over a cut at any place, in pixels: as far
 * as a stretch of two halos can touch blocks. For PlanInput.straddle_*.
 * @param block their width or height
 * @param halo  pixels beyond its own that a pixel may depend on */
int64_t plan_straddle(int64_t block, int64_t halo);

/** Makes the plan that fits the budget, preferring full-width swaths with all
 * workers, then windows of part of the width, then fewer workers, then no
 * overlap, each with as many readers as fit; if nothing fits, the smallest
 * there is, with over_budget set. Where blocks are scattered, which are read no
 * faster in wide windows, those of part of the width are preferred, of a tile
 * for each worker, if they save an eighth of the memory. */
void plan_make(Plan *plan, const PlanInput *input);

/** Has windows bring some rows of the raster only: those that they would bring
 * otherwise, cut at the first and the last.
 * @param rows not empty */
void plan_set_rows(Plan *plan, const Span *rows);

/** Steps to the window after @p window; start with a zeroed one.
 * The windows partition the raster and cut no block.
 * @return false after the last. */
bool plan_next(const Plan *plan, Window *window);

/** @return whether a window after @p done has a pixel of @p rectangle. */
bool plan_needs_later(const Plan *plan, const Window *done,
                      const Window *rectangle);

/** How many windows plan_next() will give. */
int64_t plan_window_count(const Plan *plan);

#ifdef __cplusplus
}
#endif

#endif
