/* SPDX-License-Identifier: MIT */
/** @file
 * Rectangles and stretches of pixels.
 */
#ifndef ROWBAND_WINDOW_H
#define ROWBAND_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#include "int_math.h"

/** A rectangle of the raster, in pixels. */
typedef struct Window {
    int64_t x, y, width, height;
} Window;

/** Pixels begin to end - 1 of an axis. */
typedef struct Span {
    int64_t begin, end;
} Span;

/** The column and the row behind the last ones. */
static inline int64_t window_right(const Window *window)
{
    return window->x + window->width;
}

static inline int64_t window_bottom(const Window *window)
{
    return window->y + window->height;
}

static inline bool window_is_empty(const Window *window)
{
    return window->width <= 0 || window->height <= 0;
}

/** What two rectangles share; empty, with a size of zero or less, if they share
 * nothing. */
static inline Window window_intersection(const Window *a, const Window *b)
{
    const int64_t x = max64(a->x, b->x), y = max64(a->y, b->y);
    return (Window){.x = x,
                    .y = y,
                    .width = min64(window_right(a), window_right(b)) - x,
                    .height = min64(window_bottom(a), window_bottom(b)) - y};
}

/** The smallest rectangle that has both in it. */
static inline Window window_union(const Window *a, const Window *b)
{
    if (window_is_empty(a))
        return *b;
    if (window_is_empty(b))
        return *a;
    const int64_t x = min64(a->x, b->x), y = min64(a->y, b->y);
    return (Window){.x = x,
                    .y = y,
                    .width = max64(window_right(a), window_right(b)) - x,
                    .height = max64(window_bottom(a), window_bottom(b)) - y};
}

/** @return whether all pixels of @p part are in @p all */
static inline bool window_holds(const Window *all, const Window *part)
{
    return part->x >= all->x && part->y >= all->y &&
           window_right(part) <= window_right(all) &&
           window_bottom(part) <= window_bottom(all);
}

#endif
