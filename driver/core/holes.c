/* SPDX-License-Identifier: MIT */
#include "holes.h"

#include <stdlib.h>

#include "int_math.h"

struct Holes {
    int64_t width, height; /**< of the raster */
    int64_t side;          /**< of a square */
    int64_t across, down;
    uint8_t *filled; /**< by square */
    uint32_t *sums;  /**< of filled above and left of each corner */
};

static Holes *new_of_squares(int64_t width, int64_t height, int64_t side)
{
    Holes *holes = calloc(1, sizeof *holes);
    if (holes == NULL)
        return NULL;
    holes->width = width;
    holes->height = height;
    holes->side = side;
    while (divide_up(width, holes->side) * divide_up(height, holes->side) >
           HOLES_SQUARES_MAX)
        holes->side *= 2;
    holes->across = divide_up(width, holes->side);
    holes->down = divide_up(height, holes->side);
    holes->filled = calloc((size_t)(holes->across * holes->down), 1);
    holes->sums = calloc((size_t)((holes->across + 1) * (holes->down + 1)),
                         sizeof *holes->sums);
    if (holes->filled == NULL || holes->sums == NULL) {
        holes_free(holes);
        return NULL;
    }
    return holes;
}

Holes *holes_new(int64_t width, int64_t height)
{
    return new_of_squares(width, height, HOLES_SQUARE);
}

Holes *holes_new_for_tiles(int64_t width, int64_t height, int64_t tile_width,
                           int64_t tile_height)
{
    enum { SMALLEST = 64 };
    int64_t side = HOLES_SQUARE;
    while (side > SMALLEST &&
           ((tile_width < width && tile_width % side != 0) ||
            (tile_height < height && tile_height % side != 0)))
        side /= 2;
    return new_of_squares(width, height, side);
}

int64_t holes_side(const Holes *holes)
{
    return holes->side;
}

void holes_free(Holes *holes)
{
    if (holes == NULL)
        return;
    free(holes->sums);
    free(holes->filled);
    free(holes);
}

/** The squares that the pixels from @p begin to before @p end touch. */
static Span squares_of(const Holes *holes, int64_t begin, int64_t end,
                       int64_t size)
{
    const int64_t from = max64(0, begin), to = min64(end, size);
    return from < to ? (Span){from / holes->side, divide_up(to, holes->side)}
                     : (Span){0, 0};
}

void holes_fill(Holes *holes, const Window *part)
{
    const Span x = squares_of(holes, part->x, window_right(part), holes->width);
    const Span y =
        squares_of(holes, part->y, window_bottom(part), holes->height);
    for (int64_t row = y.begin; row < y.end; row++)
        for (int64_t column = x.begin; column < x.end; column++)
            holes->filled[row * holes->across + column] = 1;
}

double holes_settle(Holes *holes)
{
    const int64_t stride = holes->across + 1;
    for (int64_t row = 0; row < holes->down; row++) {
        uint32_t in_row = 0;
        for (int64_t column = 0; column < holes->across; column++) {
            in_row += holes->filled[row * holes->across + column];
            holes->sums[(row + 1) * stride + column + 1] =
                holes->sums[row * stride + column + 1] + in_row;
        }
    }
    const int64_t filled = holes->sums[holes->down * stride + holes->across];
    const int64_t all = holes->across * holes->down;
    return (double)(all - filled) / (double)all;
}

bool holes_have(const Holes *holes, const Window *part)
{
    return holes_have_around(holes, part, 0);
}

bool holes_have_around(const Holes *holes, const Window *part, int64_t margin)
{
    if (holes == NULL)
        return false;
    const Span x = squares_of(holes, part->x - margin,
                              window_right(part) + margin, holes->width);
    const Span y = squares_of(holes, part->y - margin,
                              window_bottom(part) + margin, holes->height);
    const uint32_t *top = holes->sums + y.begin * (holes->across + 1);
    const uint32_t *bottom = holes->sums + y.end * (holes->across + 1);
    return bottom[x.end] - bottom[x.begin] == top[x.end] - top[x.begin];
}

bool holes_skip(const Holes *holes, const Window *part, int64_t margin)
{
    if (holes == NULL)
        return false;
    const int64_t side = holes->side;
    const int64_t x = max64(0, part->x) / side * side;
    const int64_t y = max64(0, part->y) / side * side;
    const Window squares = {x, y,
                            divide_up(window_right(part), side) * side - x,
                            divide_up(window_bottom(part), side) * side - y};
    return holes_have_around(holes, &squares, margin);
}

bool holes_next(const Holes *holes, Window *square)
{
    int64_t i = 0;
    if (square->width > 0)
        i = square->y / holes->side * holes->across + square->x / holes->side +
            1;
    while (i < holes->across * holes->down && holes->filled[i])
        i++;
    if (i == holes->across * holes->down)
        return false;
    const int64_t x = i % holes->across * holes->side;
    const int64_t y = i / holes->across * holes->side;
    *square = (Window){x, y, min64(holes->side, holes->width - x),
                       min64(holes->side, holes->height - y)};
    return true;
}
