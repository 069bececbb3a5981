/* SPDX-License-Identifier: MIT */
/** @file
 * What a plan holds of decoded blocks that lie as they like.
 */
#ifndef ROWBAND_PLAN_SCATTERED_H
#define ROWBAND_PLAN_SCATTERED_H

#include <stdbool.h>
#include <stdint.h>

/** Decoded blocks that lie as they like, each held from the first window that
 * needs it to the last. */
typedef struct ScatteredCost {
    uint64_t row_nbytes; /**< that a row of windows needs, one block of the grid
                              high and as wide as the raster, at most */
    uint64_t column_nbytes;     /**< likewise a column */
    uint64_t row_cut_nbytes;    /**< needed above a line along the width and
                                     below it, at most */
    uint64_t column_cut_nbytes; /**< likewise a line down the height */
    uint64_t pixel_nbytes;      /**< of one pixel of the output, about */
    uint64_t block_nbytes;      /**< of one of them, at most */
    int64_t width, height;      /**< pixels that need one of them, at most */
} ScatteredCost;

/** The windows of a plan, pixels. */
typedef struct ScatteredWindows {
    int64_t width, height;             /**< of the raster */
    int64_t block_width, block_height; /**< of the grid */
    int64_t step_x, step_y;            /**< of a window */
    bool full_width;                   /**< it spans the raster */
    bool by_rows;                      /**< they go along rows, else down
                                            columns */
} ScatteredWindows;

/** Bytes of such blocks, and of one that is being decoded. Windows of part of
 * the width need those along the cut that past ones leave, a line along the
 * raster with one step in it, and those that the window touches; nor do they
 * ever need more than a whole row of windows. */
uint64_t plan_scattered_nbytes(const ScatteredCost *cost,
                               const ScatteredWindows *windows);

#endif
