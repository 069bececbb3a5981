/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "int_math.h"
#include "resampler.h"
#include "swath.h"

double scale_ratio(Scale scale)
{
    return (double)scale.source_size / (double)scale.size;
}

/** The pixel that is picked for pixel @p index. The sums are GDAL's, so that
 * they are rounded as GDAL's are. */
static int64_t picked(Scale scale, int64_t index)
{
    const double position = 0.5 + (double)index * scale_ratio(scale);
    return min64((int64_t)position, scale.source_size - 1);
}

static Span needs(const void *custom, Scale scale, Span of)
{
    (void)custom;
    return (Span){picked(scale, of.begin), picked(scale, of.end - 1) + 1};
}

static void *open_nothing(const void *custom)
{
    static char nothing;
    (void)custom;
    return &nothing;
}

static void close_nothing(void *state)
{
    (void)state;
}

static uint64_t no_state(const void *custom)
{
    (void)custom;
    return 0;
}

static void pick_row(const Resampling *task, const PlaneView *from,
                     uint8_t *out, int64_t y)
{
    const int64_t line = picked(task->y, task->cell.y + y) - task->held.y;
    for (int64_t x = 0; x < task->cell.width; x++) {
        const int64_t column = picked(task->x, task->cell.x + x) - task->held.x;
        memcpy(out, plane_from(*from, column, line).pixels, from->pixel_nbytes);
        out += from->pixel_nbytes;
    }
}

static bool run(void *state, const Resampling *task, Status *status)
{
    (void)state;
    (void)status;
    for (int image = 0; image < task->image_count; image++)
        for (int plane = 0; plane < task->layouts[image].planes; plane++) {
            const PlaneView from =
                swath_plane(task->source, task->layouts, image, plane,
                            task->held.width, task->held.height);
            const PlaneView to =
                swath_plane(task->out, task->layouts, image, plane,
                            task->cell.width, task->cell.height);
            for (int64_t y = 0; y < task->cell.height; y++)
                pick_row(task, &from, to.pixels + (size_t)y * to.row_nbytes, y);
        }
    return true;
}

const Resampler resampler_nearest = {.needs = needs,
                                     .open = open_nothing,
                                     .close = close_nothing,
                                     .state_nbytes = no_state,
                                     .run = run};
