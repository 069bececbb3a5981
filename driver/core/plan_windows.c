/* SPDX-License-Identifier: MIT */
/* The windows of a plan, one after the other. */
#include "plan.h"

#include "int_math.h"

/** The end of the window of this axis that begins at @p begin. */
static int64_t axis_end(int64_t begin, int64_t phase, int64_t step,
                        int64_t size)
{
    const int64_t end =
        begin < phase ? phase : phase + ((begin - phase) / step + 1) * step;
    return min64(end, size);
}

static int64_t axis_count(int64_t phase, int64_t step, int64_t size)
{
    if (phase >= size)
        return 1;
    return (phase > 0) + divide_up(size - phase, step);
}

bool plan_needs_later(const Plan *plan, const Window *done,
                      const Window *rectangle)
{
    const int64_t right = rectangle->x + rectangle->width;
    const int64_t below = rectangle->y + rectangle->height;
    const int64_t done_right = done->x + done->width;
    const int64_t done_below = done->y + done->height;
    /* What is still to come: the rest of this row or column of windows, and
     * all rows or columns of windows behind it. */
    if (plan->traversal == TRAVERSE_ROWS)
        return below > done_below || (below > done->y && right > done_right);
    return right > done_right || (right > done->x && below > done_below);
}

int64_t plan_window_count(const Plan *plan)
{
    return axis_count(plan->grid.x0, plan->step_x, plan->width) *
           axis_count(plan->grid.y0, plan->step_y, plan->height);
}

bool plan_next(const Plan *plan, Window *window)
{
    int64_t x = 0, y = 0;
    if (window->width > 0) {
        const int64_t right = window->x + window->width;
        const int64_t below = window->y + window->height;
        if (plan->traversal == TRAVERSE_ROWS) {
            x = right < plan->width ? right : 0;
            y = x > 0 ? window->y : below;
        } else {
            y = below < plan->height ? below : 0;
            x = y > 0 ? window->x : right;
        }
        if (x >= plan->width || y >= plan->height)
            return false;
    }
    window->x = x;
    window->y = y;
    window->width = axis_end(x, plan->grid.x0, plan->step_x, plan->width) - x;
    window->height = axis_end(y, plan->grid.y0, plan->step_y, plan->height) - y;
    return true;
}
