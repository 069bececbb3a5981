/* SPDX-License-Identifier: MIT */
#include "affine_placement.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "int_math.h"

typedef struct AffinePlacement {
    Placement base;
    Affine where;
} AffinePlacement;

/** One axis of it. */
typedef struct Axis {
    double offset, scale, halo;
    double begin, end; /**< what of the output it can touch */
} Axis;

static const Affine *affine_of(const Placement *place)
{
    return &((const AffinePlacement *)place)->where;
}

static Axis axis_x(const Placement *place)
{
    const Affine *where = affine_of(place);
    return (Axis){where->offset_x, where->scale_x, where->halo_x, where->left,
                  where->right};
}

static Axis axis_y(const Placement *place)
{
    const Affine *where = affine_of(place);
    return (Axis){where->offset_y, where->scale_y, where->halo_y, where->top,
                  where->bottom};
}

static Window window_of(Span x, Span y)
{
    return (Window){.x = x.begin,
                    .y = y.begin,
                    .width = max64(0, x.end - x.begin),
                    .height = max64(0, y.end - y.begin)};
}

/** Where pixels do not map one to one GDAL rounds as it sees fit. */
static double slack_of(const Axis *axis)
{
    return axis->halo > 0;
}

static Span axis_output(const Axis *axis, Span source)
{
    const double begin = (double)source.begin - axis->halo;
    const double end = (double)source.end + axis->halo;
    const double first =
        floor(axis->offset + axis->scale * begin) - slack_of(axis);
    const double last = ceil(axis->offset + axis->scale * end) + slack_of(axis);
    return (Span){(int64_t)fmax(first, floor(axis->begin)),
                  (int64_t)fmin(last, ceil(axis->end))};
}

/** @return whether the source pixels @p source have a part in @p output */
static bool axis_serves(const Axis *axis, int64_t begin, int64_t end,
                        Span output)
{
    const Span served = axis_output(axis, (Span){begin, end});
    return max64(served.begin, output.begin) < min64(served.end, output.end);
}

/** The source position behind an output position. */
static int64_t axis_behind(const Axis *axis, double output, double halo)
{
    const double source = floor((output - axis->offset) / axis->scale + halo);
    return (int64_t)fmax(0, fmin(source, INT_MAX));
}

/** Solves axis_output() for the source. Rounding makes the solution miss by a
 * pixel; the steps after it make both directions agree to the last. */
static Span axis_input(const Axis *axis, Span output)
{
    const double slack = slack_of(axis), halo = axis->halo;
    output.begin = max64(output.begin, (int64_t)floor(axis->begin));
    output.end = min64(output.end, (int64_t)ceil(axis->end));
    if (output.begin >= output.end)
        return (Span){0, 0};
    Span source = {axis_behind(axis, (double)output.begin - slack, -halo),
                   axis_behind(axis, (double)output.end + slack, halo)};
    while (source.begin > 0 &&
           axis_serves(axis, source.begin - 1, source.begin, output))
        source.begin--;
    while (source.begin < source.end &&
           !axis_serves(axis, source.begin, source.begin + 1, output))
        source.begin++;
    while (source.end < INT_MAX &&
           axis_serves(axis, source.end, source.end + 1, output))
        source.end++;
    while (source.end > source.begin &&
           !axis_serves(axis, source.end - 1, source.end, output))
        source.end--;
    return source;
}

static Window affine_output(const Placement *place, const Window *source)
{
    const Axis x = axis_x(place), y = axis_y(place);
    return window_of(axis_output(&x, (Span){source->x, window_right(source)}),
                     axis_output(&y, (Span){source->y, window_bottom(source)}));
}

static Window affine_input(const Placement *place, const Window *output)
{
    const Axis x = axis_x(place), y = axis_y(place);
    return window_of(axis_input(&x, (Span){output->x, window_right(output)}),
                     axis_input(&y, (Span){output->y, window_bottom(output)}));
}

static bool is_whole(double value)
{
    return fabs(value - round(value)) < 1e-6;
}

/** Where the lines between blocks of @p size lie.
 * @return whether that is on whole output pixels, and no halo reaches over */
static bool axis_lines(const Axis *axis, int size, int64_t *phase,
                       int64_t *step)
{
    const double length = size * axis->scale;
    *step = (int64_t)fmin(fmax(1, round(length)), INT_MAX);
    const int64_t rest = (int64_t)round(axis->offset) % *step;
    *phase = rest < 0 ? rest + *step : rest;
    return is_whole(length) && is_whole(axis->offset) && axis->halo == 0;
}

static PlacedBlocks affine_blocks(const Placement *place, int width, int height)
{
    const Axis x = axis_x(place), y = axis_y(place);
    PlacedBlocks blocks = {.halo_x = (int64_t)ceil(x.halo * x.scale),
                           .halo_y = (int64_t)ceil(y.halo * y.scale),
                           .source_pixels = 1 / (x.scale * y.scale),
                           .area = (x.end - x.begin) * (y.end - y.begin)};
    BlockGrid *grid = &blocks.grid;
    const bool columns = axis_lines(&x, width, &grid->x0, &grid->block_width);
    const bool rows = axis_lines(&y, height, &grid->y0, &grid->block_height);
    blocks.exact = columns && rows;
    return blocks;
}

/** That equal numbers may have other bits costs one place more. */
static bool affine_equal(const Placement *a, const Placement *b)
{
    /* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison) */
    return memcmp(affine_of(a), affine_of(b), sizeof(Affine)) == 0;
}

static void affine_free(Placement *place)
{
    free(place);
}

Placement *affine_placement_new(const Affine *where)
{
    static const PlacementOps ops = {.output = affine_output,
                                     .input = affine_input,
                                     .blocks = affine_blocks,
                                     .equal = affine_equal,
                                     .free = affine_free};
    AffinePlacement *place = malloc(sizeof *place);
    if (place == NULL)
        return NULL;
    *place = (AffinePlacement){.base = {.ops = &ops}, .where = *where};
    return &place->base;
}
