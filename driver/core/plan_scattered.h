/* SPDX-License-Identifier: MIT */
/** @file
 * What a plan holds of decoded blocks that lie as they like.
 */
#ifndef ROWBAND_PLAN_SCATTERED_H
#define ROWBAND_PLAN_SCATTERED_H

#include <stdbool.h>
#include <stdint.h>

/** Decoded blocks that lie as they like, each held from the first window that
 * needs it to the last. What of them is behind a pixel of the output counts
 * among PlanInput.decoded_pixel_nbytes of plan.h, too. */
typedef struct ScatteredCost {
    uint64_t row_nbytes; /**< that a row of windows needs, one block of the grid
                              high and as wide as the raster, at most */
    uint64_t column_nbytes;     /**< likewise a column */
    uint64_t row_cut_nbytes;    /**< needed above a line along the width and
                                     below it, at most */
    uint64_t column_cut_nbytes; /**< likewise a line down the height */
    int64_t width, height;      /**< pixels that need one of them, at most */
} ScatteredCost;

/** The windows of a plan, pixels. */
typedef struct ScatteredWindows {
    int64_t width, height;  /**< of the raster */
    int64_t step_x, step_y; /**< of a window; of part of the width unless */
    bool full_width;
    bool by_rows;          /**< they go along rows, not down columns */
    uint64_t pixel_nbytes; /**< decoded behind a pixel of the output */
} ScatteredWindows;

/** Bytes of such blocks, besides those behind the pixels of the window. Windows
 * of part of the width need those along the cut that past ones leave, a line
 * along the raster with one step in it, and those that the window touches; nor
 * do they ever need more than a whole row of windows. */
uint64_t plan_scattered_nbytes(const ScatteredCost *cost,
                               const ScatteredWindows *windows);

#endif
