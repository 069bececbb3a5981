/* SPDX-License-Identifier: MIT */
#include "plan_scattered.h"

#include "plan_sizes.h"

uint64_t plan_scattered_nbytes(const ScatteredCost *cost,
                               const ScatteredWindows *windows)
{
    const int64_t width = windows->width, height = windows->height;
    uint64_t cut_across = cost->row_cut_nbytes;
    uint64_t cut_down = cost->column_cut_nbytes;
    if (windows->full_width || cost->row_nbytes == 0)
        return cost->row_nbytes;
    if (windows->by_rows)
        cut_down = share_of(cut_down, windows->step_y, 0, height);
    else
        cut_across = share_of(cut_across, windows->step_x, 0, width);
    const uint64_t touched =
        mul((uint64_t)min64(windows->step_x + cost->width, width),
            (uint64_t)min64(windows->step_y + cost->height, height));
    const uint64_t by_window =
        add(add(cut_across, cut_down), mul(touched, windows->pixel_nbytes));
    const uint64_t by_line = windows->by_rows
                                 ? add(cost->row_nbytes, cut_down)
                                 : add(cost->column_nbytes, cut_across);
    return by_window < by_line ? by_window : by_line;
}
