/* SPDX-License-Identifier: MIT */
/* Placements below a warp: never less than GDAL reads, whatever a warp does. */
#include <stdlib.h>

#include "gtest_c.h"
#include "random.h"
#include "warped_placement.h"

enum { CELL = 16, SOURCE = 400, UNIT = 32 };

static const Affine same = {
    .scale_x = 1, .scale_y = 1, .right = 1 << 24, .bottom = 1 << 24};

/** Any mapping at all: what each cell needs is drawn. */
typedef struct Drawn {
    int columns, rows;
    Window *sources; /**< of each cell */
    WarpCells *cells;
    Placement *place;
} Drawn;

static bool share_a_pixel(const Window *a, const Window *b)
{
    const Window shared = window_intersection(a, b);
    return !window_is_empty(&shared);
}

static bool holds(const Window *whole, const Window *part)
{
    const Window shared = window_intersection(whole, part);
    return shared.width == part->width && shared.height == part->height;
}

static Window cell_of(const Drawn *drawn, int i)
{
    return (Window){.x = (int64_t)(i % drawn->columns) * CELL,
                    .y = (int64_t)(i / drawn->columns) * CELL,
                    .width = CELL,
                    .height = CELL};
}

static Window random_window(Random *random, int64_t within, int64_t most)
{
    return (Window){.x = random_in(random, 0, within - 1),
                    .y = random_in(random, 0, within - 1),
                    .width = random_magnitude(random, 1, most),
                    .height = random_magnitude(random, 1, most)};
}

static void draw(Drawn *drawn, Random *random)
{
    drawn->columns = (int)random_magnitude(random, 1, 20);
    drawn->rows = (int)random_magnitude(random, 1, 20);
    const int count = drawn->columns * drawn->rows;
    const Window all = {0, 0, (int64_t)drawn->columns * CELL,
                        (int64_t)drawn->rows * CELL};
    drawn->sources = calloc((size_t)count, sizeof *drawn->sources);
    drawn->cells = warp_cells_new(&all, CELL, CELL);
    require(drawn->sources != NULL && drawn->cells != NULL);
    for (int i = 0; i < count; i++) {
        const Window at = cell_of(drawn, i);
        const Window part = {0, 0, SOURCE, SOURCE};
        const Window needed = random_window(random, SOURCE, SOURCE);
        if (!random_once_in(random, 4))
            drawn->sources[i] = window_intersection(&needed, &part);
        warp_cells_add(drawn->cells, &at, &drawn->sources[i]);
    }
    const WarpedLeaf leaf = {SOURCE, SOURCE, UNIT, UNIT};
    drawn->place = warped_placement_new(drawn->cells, &same, &same, &leaf);
    require(drawn->place != NULL);
}

static void clear(Drawn *drawn)
{
    placement_free(drawn->place);
    warp_cells_release(drawn->cells);
    free(drawn->sources);
}

/** Neither direction says less than the cells do, and what is needed is not
 * more than their rectangle. */
static void check_pair(const Drawn *drawn, const Window *output,
                       const Window *source)
{
    const Window reached = placement_output(drawn->place, source);
    const Window needed = placement_input(drawn->place, output);
    bool any = false;
    for (int i = 0; i < drawn->columns * drawn->rows; i++) {
        const Window at = cell_of(drawn, i);
        const Window *from = &drawn->sources[i];
        if (window_is_empty(from))
            continue;
        if (share_a_pixel(from, source))
            expect_true(holds(&reached, &at));
        if (!share_a_pixel(&at, output))
            continue;
        expect_true(holds(&needed, from));
        any = true;
    }
    expect_int_eq(!window_is_empty(&needed), any);
}

TEST_CASE(warped_placement, says_never_less_than_each_cell_needs)
{
    enum { PLACES = 100, PAIRS = 100 };
    Random random = {1};
    for (int i = 0; i < PLACES && !test_failed(); i++) {
        Drawn drawn = {.place = NULL};
        test_context("place %d", i);
        draw(&drawn, &random);
        for (int j = 0; drawn.place != NULL && j < PAIRS; j++) {
            const Window output = random_window(&random, 20 * CELL, 100);
            const Window source = random_window(&random, SOURCE, 100);
            check_pair(&drawn, &output, &source);
        }
        clear(&drawn);
    }
}

/** Cells turned by no angle serve just what lies below them. */
TEST_CASE(warped_placement, says_little_more_where_nothing_is_bent)
{
    const Window all = {0, 0, SOURCE, SOURCE};
    const WarpedLeaf leaf = {SOURCE, SOURCE, UNIT, UNIT};
    WarpCells *cells = warp_cells_new(&all, CELL, CELL);
    require(cells != NULL);
    for (int64_t y = 0; y < SOURCE; y += CELL)
        for (int64_t x = 0; x < SOURCE; x += CELL) {
            const Window at = {x, y, CELL, CELL};
            warp_cells_add(cells, &at, &at);
        }
    Placement *place = warped_placement_new(cells, &same, &same, &leaf);
    require(place != NULL);
    const Window block = {UNIT, 2 * UNIT, UNIT, UNIT};
    const Window reached = placement_output(place, &block);
    expect_int_eq(reached.x, UNIT);
    expect_int_eq(reached.y, 2 * UNIT);
    expect_int_eq(reached.width, UNIT);
    expect_int_eq(reached.height, UNIT);
    const PlacedBlocks blocks = placement_blocks(place, UNIT, UNIT);
    expect_true(blocks.scattered);
    expect_int_eq(blocks.grid.block_width, CELL);
    placement_free(place);
    warp_cells_release(cells);
}

/** A VRT around the warped one, and one below it, each shift and scale. */
TEST_CASE(warped_placement, goes_by_what_lies_around_and_below)
{
    const Window all = {0, 0, SOURCE, SOURCE};
    const WarpedLeaf leaf = {SOURCE, SOURCE, 1, 1};
    Affine outer = same, inner = same;
    outer.offset_x = -100;
    outer.right = 60;
    inner.offset_y = 30;
    WarpCells *cells = warp_cells_new(&all, CELL, CELL);
    require(cells != NULL);
    const Window at = {9 * CELL, 2 * CELL, CELL, CELL};
    const Window from = {200, 100, 10, 10};
    warp_cells_add(cells, &at, &from);
    Placement *place = warped_placement_new(cells, &outer, &inner, &leaf);
    require(place != NULL);
    const Window pixel = {204, 75, 1, 1};
    const Window reached = placement_output(place, &pixel);
    expect_int_eq(reached.x, 9 * CELL - 100);
    expect_int_eq(reached.y, 2 * CELL);
    expect_int_eq(reached.width, 60 - (9 * CELL - 100));
    const Window needed = placement_input(place, &reached);
    expect_int_eq(needed.x, 200);
    expect_int_eq(needed.y, 70);
    expect_int_eq(needed.width, 10);
    expect_int_eq(needed.height, 10);
    placement_free(place);
    warp_cells_release(cells);
}

/** Each of very many cells needs all there is. */
TEST_CASE(warped_placement, keeps_small_where_rasters_are_huge)
{
    const Window all = {0, 0, 1 << 20, 1 << 20};
    const WarpedLeaf leaf = {1 << 20, 1 << 20, 16, 16};
    const Window source = {0, 0, 1 << 20, 1 << 20};
    WarpCells *cells = warp_cells_new(&all, 512, 128);
    require(cells != NULL);
    expect_int_le(warp_cells_nbytes(cells), 4 << 20);
    warp_cells_add(cells, &all, &source);
    Placement *place = warped_placement_new(cells, &same, &same, &leaf);
    require(place != NULL);
    const Window block = {16, 16, 16, 16};
    const Window reached = placement_output(place, &block);
    expect_int_eq(reached.width, 1 << 20);
    expect_int_eq(reached.height, 1 << 20);
    placement_free(place);
    warp_cells_release(cells);
}
