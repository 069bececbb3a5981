/* SPDX-License-Identifier: MIT */
/* Blocks of a grid that is not the plan's, or with a halo, held until no
 * window needs them: never more than the plan has counted. */
#include <stdlib.h>

#include "gtest_c.h"
#include "plan.h"
#include "raster.h"

enum { CASES = TEST_ONE_IN > 1 ? 10000 : 30000, RASTER_MAX = 120 };

/** The blocks of the source and those of them that are held. */
typedef struct Held {
    BlockGrid grid;
    int64_t halo;
    int64_t columns, rows;
    bool *is_held;
    int64_t pixels; /**< of those held, inside the raster */
} Held;

/** The part of the raster that a block covers; the first may be a part of
 * one. */
static Window block_window(const Held *held, const PlanInput *in,
                           int64_t column, int64_t row)
{
    const BlockGrid *grid = &held->grid;
    const int64_t left = grid->x0 + (column - 1) * grid->block_width;
    const int64_t top = grid->y0 + (row - 1) * grid->block_height;
    const int64_t x = max64(left, 0), y = max64(top, 0);
    return (Window){.x = x,
                    .y = y,
                    .width = min64(left + grid->block_width, in->width) - x,
                    .height = min64(top + grid->block_height, in->height) - y};
}

/** The pixels of the raster that may depend on a block. */
static Window reach_of(const Held *held, const PlanInput *in,
                       const Window *block)
{
    const int64_t x = max64(block->x - held->halo, 0);
    const int64_t y = max64(block->y - held->halo, 0);
    const int64_t right = block->x + block->width + held->halo;
    const int64_t below = block->y + block->height + held->halo;
    return (Window){.x = x,
                    .y = y,
                    .width = min64(right, in->width) - x,
                    .height = min64(below, in->height) - y};
}

static bool meet(const Window *a, const Window *b)
{
    return a->width > 0 && a->height > 0 && a->x < b->x + b->width &&
           b->x < a->x + a->width && a->y < b->y + b->height &&
           b->y < a->y + a->height;
}

/** Takes in what @p window needs, or with @p drop lets go what none after it
 * needs. */
static void pass(Held *held, const PlanInput *in, const Plan *plan,
                 const Window *window, bool drop)
{
    for (int64_t row = 0; row < held->rows; row++)
        for (int64_t column = 0; column < held->columns; column++) {
            bool *is_held = &held->is_held[row * held->columns + column];
            const Window block = block_window(held, in, column, row);
            const Window reach = reach_of(held, in, &block);
            if (block.width <= 0 || block.height <= 0)
                continue;
            const bool now =
                drop ? *is_held && plan_needs_later(plan, window, &reach)
                     : *is_held || meet(&reach, window);
            held->pixels +=
                ((int)now - (int)*is_held) * block.width * block.height;
            *is_held = now;
        }
}

static PlanInput random_input(Random *random, Held *held)
{
    PlanInput in = {.width = random_magnitude(random, 1, RASTER_MAX),
                    .height = random_magnitude(random, 1, RASTER_MAX),
                    .tile_width = random_magnitude(random, 1, 60),
                    .tile_height = random_magnitude(random, 1, 60),
                    .pixel_nbytes = 1000,
                    .decoded_pixel_nbytes = 1,
                    .workers = 2,
                    .readers = (int)random_in(random, 1, 4)};
    in.grid = raster_random_grid(random, in.width, in.height);
    in.budget_nbytes = (uint64_t)random_magnitude(
        random, 1, (int64_t)in.pixel_nbytes * RASTER_MAX * RASTER_MAX);
    held->grid = random_once_in(random, 3)
                     ? in.grid
                     : raster_random_grid(random, in.width, in.height);
    held->halo =
        random_once_in(random, 2) ? random_magnitude(random, 0, 20) : 0;
    in.straddle_columns = plan_straddle(held->grid.block_width, held->halo);
    in.straddle_rows = plan_straddle(held->grid.block_height, held->halo);
    return in;
}

static void check(Random *random)
{
    Held held = {.halo = 0};
    const PlanInput in = random_input(random, &held);
    Plan plan;
    plan_make(&plan, &in);
    held.columns = in.width / held.grid.block_width + 3;
    held.rows = in.height / held.grid.block_height + 3;
    held.is_held = calloc((size_t)(held.columns * held.rows), sizeof(bool));

    /* As many windows are read at once as may be; the first of them ends
     * first. */
    Window begun = {0}, done = {0};
    bool more = true;
    int64_t in_flight = 0;
    while (!test_failed()) {
        while (more && in_flight < plan.readers) {
            more = plan_next(&plan, &begun);
            in_flight += more;
            if (more)
                pass(&held, &in, &plan, &begun, false);
        }
        expect_int_le(held.pixels, (int64_t)plan.source_nbytes);
        if (in_flight == 0)
            break;
        plan_next(&plan, &done);
        in_flight--;
        pass(&held, &in, &plan, &done, true);
    }
    expect_int_eq(held.pixels, 0);
    free(held.is_held);
}

TEST_CASE(straddle, held_blocks_are_never_more_than_counted)
{
    Random random = {.state = 11};
    for (int i = 0; i < CASES && !test_failed(); i++) {
        test_context("case %d", i);
        check(&random);
    }
}
