/* SPDX-License-Identifier: MIT */
#include "tile_cover.h"

#include <stdlib.h>

#include "int_math.h"

bool tile_cover_init(TileCover *cover, const Layout *layout, Status *status)
{
    const int64_t count = layout->tiles_across * layout->tiles_down;
    cover->layout = layout;
    cover->shown = malloc((size_t)count * sizeof *cover->shown);
    if (cover->shown == NULL)
        return status_fail(status, STATUS_NO_MEMORY, "out of memory");
    for (int64_t i = 0; i < count; i++)
        cover->shown[i] = TILE_COVER_GROUND;
    return true;
}

void tile_cover_free(TileCover *cover)
{
    free(cover->shown);
    *cover = (TileCover){.shown = NULL};
}

static Window raster_of(const Layout *layout)
{
    return (Window){.width = layout->spec.width, .height = layout->spec.height};
}

Window tile_cover_touched(const Layout *layout, const Window *pixels)
{
    const int64_t width = layout->spec.tile_width;
    const int64_t height = layout->spec.tile_height;
    const Window raster = raster_of(layout);
    const Window seen = window_intersection(pixels, &raster);
    if (window_is_empty(&seen))
        return (Window){0};
    const int64_t x = seen.x / width, y = seen.y / height;
    return (Window){x, y, divide_up(window_right(&seen), width) - x,
                    divide_up(window_bottom(&seen), height) - y};
}

bool tile_cover_holds_any(const Layout *layout, const Window *pixels)
{
    const Window places = tile_cover_touched(layout, pixels);
    /* Of tiles in a row only the first may be cut at the left, and only the
     * last at the right. */
    for (int64_t y = places.y; y < window_bottom(&places) && y < places.y + 2;
         y++)
        for (int64_t x = places.x;
             x < window_right(&places) && x < places.x + 2; x++) {
            const Window tile = layout_tile_window(layout, x, y);
            if (window_holds(pixels, &tile))
                return true;
        }
    return false;
}

/** @param ground TILE_COVER_MIXED: whatever is there */
static void paint(TileCover *cover, const Window *pixels, int32_t what,
                  int32_t ground)
{
    const Layout *layout = cover->layout;
    const Window places = tile_cover_touched(layout, pixels);
    for (int64_t y = places.y; y < window_bottom(&places); y++)
        for (int64_t x = places.x; x < window_right(&places); x++) {
            int32_t *shown = &cover->shown[y * layout->tiles_across + x];
            const Window tile = layout_tile_window(layout, x, y);
            const bool alone = window_holds(pixels, &tile) &&
                               (ground == TILE_COVER_MIXED || *shown == ground);
            *shown = alone ? what : TILE_COVER_MIXED;
        }
}

void tile_cover_paint(TileCover *cover, const Window *pixels, int32_t what)
{
    paint(cover, pixels, what, TILE_COVER_MIXED);
}

void tile_cover_paint_on(TileCover *cover, const Window *pixels, int32_t what,
                         int32_t ground)
{
    paint(cover, pixels, what, ground);
}
