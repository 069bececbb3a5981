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

/** How many windows of an axis there are between two pixels. */
static int64_t axis_count(int64_t from, int64_t to, int64_t phase, int64_t step)
{
    return 1 + divide_up(to - axis_end(from, phase, step, to), step);
}

void plan_set_rows(Plan *plan, const Span *rows)
{
    plan->rows = *rows;
}

static int64_t rows_end(const Plan *plan)
{
    return plan->rows.end > 0 ? plan->rows.end : plan->height;
}

bool plan_needs_later(const Plan *plan, const Window *done,
                      const Window *rectangle)
{
    const int64_t right = rectangle->x + rectangle->width;
    const int64_t end = plan->rows.end > 0 ? plan->rows.end : INT64_MAX;
    const int64_t below = min64(rectangle->y + rectangle->height, end);
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
    return axis_count(0, plan->width, plan->grid.x0, plan->step_x) *
           axis_count(plan->rows.begin, rows_end(plan), plan->grid.y0,
                      plan->step_y);
}

bool plan_next(const Plan *plan, Window *window)
{
    const int64_t top = plan->rows.begin, bottom = rows_end(plan);
    int64_t x = 0, y = top;
    if (window->width > 0) {
        const int64_t right = window->x + window->width;
        const int64_t below = window->y + window->height;
        if (plan->traversal == TRAVERSE_ROWS) {
            x = right < plan->width ? right : 0;
            y = x > 0 ? window->y : below;
        } else {
            y = below < bottom ? below : top;
            x = y > top ? window->x : right;
        }
        if (x >= plan->width || y >= bottom)
            return false;
    }
    window->x = x;
    window->y = y;
    window->width = axis_end(x, plan->grid.x0, plan->step_x, plan->width) - x;
    window->height = axis_end(y, plan->grid.y0, plan->step_y, bottom) - y;
    return true;
}
