/* SPDX-License-Identifier: MIT */
#include "plan_scattered.h"

#include "plan_sizes.h"

/** Of an area in pixels, none if that is below zero. */
static uint64_t area_nbytes(const ScatteredCost *cost, int64_t width,
                            int64_t height)
{
    return mul(mul((uint64_t)max64(width, 0), (uint64_t)max64(height, 0)),
               cost->pixel_nbytes);
}

/** A row of windows, or a column: the first block's, and of each pixel more. */
static uint64_t line_nbytes(const ScatteredCost *cost,
                            const ScatteredWindows *windows)
{
    if (windows->by_rows || windows->full_width)
        return add(cost->row_nbytes,
                   area_nbytes(cost, windows->width,
                               min64(windows->step_y, windows->height) -
                                   windows->block_height));
    return add(cost->column_nbytes,
               area_nbytes(cost,
                           min64(windows->step_x, windows->width) -
                               windows->block_width,
                           windows->height));
}

uint64_t plan_scattered_nbytes(const ScatteredCost *cost,
                               const ScatteredWindows *windows)
{
    const int64_t width = windows->width, height = windows->height;
    const uint64_t by_line = line_nbytes(cost, windows);
    uint64_t cut_across = cost->row_cut_nbytes;
    uint64_t cut_down = cost->column_cut_nbytes;
    if (cost->row_nbytes == 0)
        return 0;
    if (windows->full_width)
        return add(by_line, cost->block_nbytes);
    if (windows->by_rows)
        cut_down = share_of(cut_down, windows->step_y, 0, height);
    else
        cut_across = share_of(cut_across, windows->step_x, 0, width);
    const uint64_t by_window =
        add(add(cut_across, cut_down),
            area_nbytes(cost, min64(windows->step_x + cost->width, width),
                        min64(windows->step_y + cost->height, height)));
    return add(by_window < by_line ? by_window : by_line, cost->block_nbytes);
}
