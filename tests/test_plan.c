/* SPDX-License-Identifier: MIT */
#include "plan.h"

#include <limits.h>
#include <stdlib.h>

#include "gtest_c.h"
#include "raster.h"

enum { CASES = 40000 };

static int64_t min64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static PlanInput random_input(Random *random)
{
    PlanInput in = {
        .width = random_magnitude(random, 1, 160),
        .height = random_magnitude(random, 1, 160),
        /* 65535 bands of 16 bytes are 20 bits. */
        .pixel_nbytes = (uint64_t)random_magnitude(random, 1, 1 << 20),
        .workers = (int)random_magnitude(random, 1, 64),
        .readers = (int)random_magnitude(random, 1, 16),
        .scratch_nbytes = (uint64_t)random_magnitude(random, 0, 1 << 22),
        .slot_nbytes = (uint64_t)random_magnitude(random, 0, 1 << 22),
        .fixed_nbytes = (uint64_t)random_magnitude(random, 0, 1 << 20),
        .budget_nbytes =
            (uint64_t)random_magnitude(random, 1, (int64_t)1 << 36)};
    if (random_once_in(random, 2))
        in.decoded_pixel_nbytes = in.pixel_nbytes * 3 / 2;
    if (random_once_in(random, 2))
        in.working_pixel_nbytes = in.pixel_nbytes / 2;
    if (random_once_in(random, 3)) {
        in.straddle_columns = random_magnitude(random, 0, 200);
        in.straddle_rows = random_magnitude(random, 0, 200);
    }
    in.tile_width = random_magnitude(random, 1, 200);
    in.tile_height = random_magnitude(random, 1, 200);
    if (random_once_in(random, 3))
        in.tile_width = in.width;
    in.grid = raster_random_grid(random, in.width, in.height);
    if (random_once_in(random, 4)) {
        in.grid.block_width = in.tile_width * random_in(random, 1, 3);
        in.grid.block_height = in.tile_height * random_in(random, 1, 3);
        in.grid.x0 %= in.grid.block_width;
        in.grid.y0 %= in.grid.block_height;
    }
    return in;
}

static void say_case(int i, const PlanInput *in)
{
    test_context(
        "case %d: raster %dx%d of %llu bytes, tile %dx%d, block %dx%d at "
        "%d,%d, budget %llu, %d workers, %d readers",
        i, (int)in->width, (int)in->height,
        (unsigned long long)in->pixel_nbytes, (int)in->tile_width,
        (int)in->tile_height, (int)in->grid.block_width,
        (int)in->grid.block_height, (int)in->grid.x0, (int)in->grid.y0,
        (unsigned long long)in->budget_nbytes, in->workers, in->readers);
}

/** Calls @p check with many plans, of the same kinds each time. */
static void for_random_plans(uint64_t seed, void (*check)(const PlanInput *in,
                                                          const Plan *plan))
{
    Random random = {.state = seed};
    for (int i = 0; i < CASES && !test_failed(); i++) {
        const PlanInput in = random_input(&random);
        Plan plan;
        say_case(i, &in);
        plan_make(&plan, &in);
        check(&in, &plan);
    }
}

/** Windows that follow each other without gap or overlap along one axis, and
 * start anew at the next step of the other, partition the raster. */
static void check_partition(const PlanInput *in, const Plan *plan)
{
    const bool rows = plan->traversal == TRAVERSE_ROWS;
    const int64_t inner_size = rows ? in->width : in->height;
    const int64_t outer_size = rows ? in->height : in->width;
    int64_t inner = 0, outer = 0, thickness = 0, count = 0;
    Window window = {.x = 0};

    while (plan_next(plan, &window)) {
        const int64_t at = rows ? window.x : window.y;
        const int64_t length = rows ? window.width : window.height;
        if (inner == inner_size) {
            inner = 0;
            outer += thickness;
            thickness = 0;
        }
        if (thickness == 0)
            thickness = rows ? window.height : window.width;
        expect_int_eq(at, inner);
        expect_int_eq(rows ? window.y : window.x, outer);
        expect_int_eq(rows ? window.height : window.width, thickness);
        expect_int_le(1, length);
        expect_int_le(1, thickness);
        inner += length;
        if (++count > in->width * in->height || test_failed())
            break;
    }
    expect_int_eq(inner, inner_size);
    expect_int_eq(outer + thickness, outer_size);
    expect_int_eq(count, plan_window_count(plan));
}

TEST_CASE(plan, windows_partition_the_raster)
{
    for_random_plans(1, check_partition);
}

static bool on_line(int64_t at, int64_t phase, int64_t block, int64_t size)
{
    return at == 0 || at == size || (at - phase) % block == 0;
}

static void check_blocks(const PlanInput *in, const Plan *plan)
{
    const BlockGrid *grid = &in->grid;
    Window window = {.x = 0};
    while (plan_next(plan, &window) && !test_failed()) {
        expect_true(on_line(window.x, grid->x0, grid->block_width, in->width));
        expect_true(on_line(window.x + window.width, grid->x0,
                            grid->block_width, in->width));
        expect_true(
            on_line(window.y, grid->y0, grid->block_height, in->height));
        expect_true(on_line(window.y + window.height, grid->y0,
                            grid->block_height, in->height));
    }
}

TEST_CASE(plan, no_block_lies_in_two_windows)
{
    for_random_plans(2, check_blocks);
}

static void check_windows(const PlanInput *in, const Plan *plan)
{
    Window window = {.x = 0};
    while (plan_next(plan, &window) && !test_failed()) {
        expect_int_le((uint64_t)(window.width * window.height) *
                          in->pixel_nbytes,
                      plan->window_nbytes);
        if (plan->full_width)
            expect_int_eq(window.width, in->width);
    }
    if (in->grid.x0 == 0 && plan->step_x >= in->width)
        expect_true(plan->full_width);
}

TEST_CASE(plan, window_bytes_and_full_width_say_the_truth)
{
    for_random_plans(3, check_windows);
}

static void check_budget(const PlanInput *in, const Plan *plan)
{
    const uint64_t tile_nbytes =
        (uint64_t)(min64(in->tile_width, in->width) *
                   min64(in->tile_height, in->height)) *
        in->pixel_nbytes;
    expect_int_le(1, plan->workers);
    expect_int_le(plan->workers, in->workers);
    expect_int_le(1, plan->slots);
    expect_int_le(1, plan->readers);
    expect_int_le(plan->readers, in->readers);
    expect_int_le(plan->readers, plan->slabs);
    expect_int_le(plan->slabs, plan->readers + 1);
    expect_int_eq(plan->over_budget, plan->peak_nbytes > in->budget_nbytes);
    expect_int_le(
        in->fixed_nbytes + (uint64_t)plan->workers * in->scratch_nbytes +
            (uint64_t)plan->slots * in->slot_nbytes +
            (uint64_t)plan->slabs * plan->window_nbytes +
            (uint64_t)plan->readers * (plan->window_nbytes / in->pixel_nbytes) *
                (in->decoded_pixel_nbytes + in->working_pixel_nbytes) +
            (plan->carry_positions + plan->carry_in_flight) * tile_nbytes,
        plan->peak_nbytes);
}

TEST_CASE(plan, peak_counts_every_part_and_keeps_the_budget_or_says_so)
{
    for_random_plans(4, check_budget);
}

/** What a carver holds while @p plan's windows pass. */
typedef struct OpenTiles {
    int64_t missing[160 * 160]; /**< pixels of a tile begun; 0: none or done */
    int64_t count, most;
} OpenTiles;

static int64_t overlap(int64_t at, int64_t length, int64_t tile,
                       int64_t tile_length)
{
    const int64_t begin = at > tile ? at : tile;
    return min64(at + length, tile + tile_length) - begin;
}

static void pass_window(OpenTiles *open, const PlanInput *in,
                        const Window *window)
{
    const int64_t across = (in->width + in->tile_width - 1) / in->tile_width;
    for (int64_t y = window->y / in->tile_height * in->tile_height;
         y < window->y + window->height; y += in->tile_height)
        for (int64_t x = window->x / in->tile_width * in->tile_width;
             x < window->x + window->width; x += in->tile_width) {
            const int64_t rows = min64(in->tile_height, in->height - y);
            const int64_t columns = min64(in->tile_width, in->width - x);
            const int64_t pixels =
                overlap(window->x, window->width, x, columns) *
                overlap(window->y, window->height, y, rows);
            int64_t *missing = &open->missing[y / in->tile_height * across +
                                              x / in->tile_width];
            if (pixels == rows * columns)
                continue;
            if (*missing == 0) {
                *missing = rows * columns;
                open->count++;
            }
            open->most = open->count > open->most ? open->count : open->most;
            *missing -= pixels;
            open->count -= *missing == 0;
        }
}

static void check_carry(const PlanInput *in, const Plan *plan)
{
    static OpenTiles open;
    Window window = {.x = 0};
    memset(&open, 0, sizeof open);
    while (plan_next(plan, &window))
        pass_window(&open, in, &window);
    expect_int_eq(open.count, 0);
    expect_int_le(open.most, plan->carry_positions);
    if (open.most > 0)
        expect_int_le(1, plan->carry_in_flight);
}

TEST_CASE(plan, carry_is_never_more_than_predicted)
{
    for_random_plans(5, check_carry);
}

static bool meet(const Window *a, const Window *b)
{
    return a->x < b->x + b->width && b->x < a->x + a->width &&
           a->y < b->y + b->height && b->y < a->y + a->height;
}

static void check_later(const PlanInput *in, const Plan *plan)
{
    Random random = {.state = (uint64_t)in->budget_nbytes};
    const int64_t chosen = random_in(&random, 1, plan_window_count(plan));
    Window rectangle = {.x = random_in(&random, 0, in->width - 1),
                        .y = random_in(&random, 0, in->height - 1)};
    rectangle.width = random_magnitude(&random, 1, in->width - rectangle.x);
    rectangle.height = random_magnitude(&random, 1, in->height - rectangle.y);

    Window window = {.x = 0}, done = {.x = 0};
    bool needed = false;
    for (int64_t i = 1; plan_next(plan, &window); i++) {
        if (i == chosen)
            done = window;
        needed = needed || (i > chosen && meet(&window, &rectangle));
    }
    expect_int_eq(plan_needs_later(plan, &done, &rectangle), needed);
}

TEST_CASE(plan, what_later_windows_need_is_known)
{
    for_random_plans(9, check_later);
}

static void check_floor(const PlanInput *in, const Plan *plan)
{
    PlanInput poor = *in;
    Plan floor, least;
    (void)plan;
    poor.budget_nbytes = 1;
    plan_make(&floor, &poor);
    expect_true(floor.over_budget);
    expect_int_eq(floor.workers, 1);
    expect_int_eq(floor.readers, 1);
    expect_int_eq(floor.slabs, 1);
    check_partition(&poor, &floor);

    poor.budget_nbytes = floor.peak_nbytes;
    plan_make(&least, &poor);
    expect_true(!least.over_budget);
    poor.budget_nbytes--;
    plan_make(&least, &poor);
    expect_true(least.over_budget);
}

TEST_CASE(plan, floor_is_the_smallest_budget_that_fits)
{
    for_random_plans(6, check_floor);
}

static void check_plenty(const PlanInput *in, const Plan *plan)
{
    PlanInput rich = *in;
    Plan best;
    (void)plan;
    rich.budget_nbytes = UINT64_MAX;
    plan_make(&best, &rich);
    expect_true(best.full_width && !best.over_budget);
    expect_int_eq(best.workers, in->workers);
    expect_int_eq(best.readers, in->readers);
    expect_int_eq(best.slabs, in->readers + 1);
}

TEST_CASE(plan, plenty_of_budget_gives_swaths_overlap_and_all_workers)
{
    for_random_plans(7, check_plenty);
}

static const PlanInput squares = {.width = 10000,
                                  .height = 10000,
                                  .tile_width = 256,
                                  .tile_height = 256,
                                  .grid = {0, 0, 256, 256},
                                  .pixel_nbytes = 2,
                                  .budget_nbytes = 256 << 20,
                                  .workers = 4,
                                  .readers = 1,
                                  .scratch_nbytes = 1 << 20,
                                  .slot_nbytes = 140000};

TEST_CASE(plan, blocks_that_end_with_tiles_need_no_carry)
{
    Plan plan;
    PlanInput in = squares;
    plan_make(&plan, &in);
    expect_true(plan.full_width);
    expect_int_eq(plan.carry_positions, 0);
    in.grid.block_height = 64;
    plan_make(&plan, &in);
    expect_int_eq(plan.carry_positions, 0);
    in.grid.x0 = 100;
    in.grid.block_width = 300;
    plan_make(&plan, &in);
    expect_int_eq(plan.carry_positions, 0);
}

TEST_CASE(plan, phase_costs_one_row_of_tiles)
{
    Plan plan;
    PlanInput in = squares;
    in.grid.y0 = 100;
    plan_make(&plan, &in);
    expect_true(plan.full_width && !plan.over_budget);
    expect_int_eq(plan.carry_positions, 40);
}

TEST_CASE(plan, wide_raster_is_cut_into_windows_of_whole_blocks)
{
    Plan plan;
    PlanInput in = squares;
    in.width = 1000000;
    in.grid.block_height = 1024;
    in.budget_nbytes = 64 << 20;
    plan_make(&plan, &in);
    expect_true(!plan.full_width && !plan.over_budget);
    expect_int_eq(plan.step_x % 256, 0);
    expect_int_eq(plan.workers, 4);
}

TEST_CASE(plan, tight_budget_gives_up_workers_before_the_overlap)
{
    Plan plan;
    PlanInput in = squares;
    in.workers = 8;
    in.scratch_nbytes = 9 << 20;
    in.budget_nbytes = 30 << 20;
    plan_make(&plan, &in);
    expect_true(!plan.over_budget);
    expect_int_lt(plan.workers, 8);
    expect_int_eq(plan.slabs, 2);
}

TEST_CASE(plan, tight_budget_gives_up_readers_before_workers)
{
    Plan plan;
    PlanInput in = squares;
    in.readers = 16;
    in.decoded_pixel_nbytes = in.pixel_nbytes;
    in.grid.block_height = in.grid.block_width = 1024;
    in.budget_nbytes = 64 << 20;
    plan_make(&plan, &in);
    expect_true(!plan.over_budget);
    expect_int_lt(plan.readers, 16);
    expect_int_eq(plan.workers, 4);
}

TEST_CASE(plan, each_reader_has_a_window_if_that_is_worth_it)
{
    Plan plan;
    PlanInput in = squares;
    in.readers = 3;
    in.width = in.height = 1500;
    plan_make(&plan, &in);
    expect_true(plan.full_width);
    expect_int_eq(plan_window_count(&plan), 3);
    in.width = in.height = 500;
    plan_make(&plan, &in);
    expect_int_eq(plan_window_count(&plan), 1);
}

/** Sizes at the limits, of which no more than the arithmetic can be had. */
static void check_extreme(const PlanInput *in)
{
    Plan plan;
    Window window = {.x = 0};
    plan_make(&plan, in);
    const int64_t count = plan_window_count(&plan);
    const double block_nbytes =
        (double)min64(in->grid.block_width, in->width) *
        (double)min64(in->grid.block_height, in->height) *
        (double)in->pixel_nbytes;
    expect_int_le(1, count);
    expect_true(plan.over_budget == (plan.peak_nbytes > in->budget_nbytes));
    /* Saturated sizes fit a saturated budget. */
    if (in->budget_nbytes < UINT64_MAX &&
        block_nbytes > 2.0 * (double)in->budget_nbytes)
        expect_true(plan.over_budget);
    int64_t i = 0;
    for (; i < 5 && plan_next(&plan, &window); i++) {
        expect_int_le(1, window.width);
        expect_int_le(1, window.height);
        expect_int_le(window.x + window.width, in->width);
        expect_int_le(window.y + window.height, in->height);
    }
    expect_int_eq(i, min64(5, count));
}

TEST_CASE(plan, extreme_sizes_do_not_overflow)
{
    static const int64_t sizes[] = {1, 2, 4097, INT_MAX - 1, INT_MAX};
    enum { SIZES = sizeof sizes / sizeof *sizes };
    static const uint64_t pixels[] = {1, 65535 * 16, UINT64_C(1) << 62,
                                      UINT64_MAX / 2};
    static const uint64_t budgets[] = {1, 1 << 30, UINT64_MAX};
    Random random = {.state = 8};
    for (int i = 0; i < CASES && !test_failed(); i++) {
        PlanInput in = {
            .width = sizes[random_in(&random, 0, SIZES - 1)],
            .height = sizes[random_in(&random, 0, SIZES - 1)],
            .tile_width = sizes[random_in(&random, 0, SIZES - 1)],
            .tile_height = sizes[random_in(&random, 0, SIZES - 1)],
            .pixel_nbytes = pixels[random_in(&random, 0, 3)],
            .budget_nbytes = budgets[random_in(&random, 0, 2)],
            .workers = random_once_in(&random, 9) ? INT_MAX / 2 : 8,
            .readers = random_once_in(&random, 9) ? INT_MAX / 2 : 3,
            .scratch_nbytes = random_next(&random) >> random_in(&random, 0, 63),
            .slot_nbytes = random_next(&random) >> random_in(&random, 20, 63),
            .fixed_nbytes = random_next(&random) >> random_in(&random, 40, 63)};
        in.decoded_pixel_nbytes = in.working_pixel_nbytes = in.pixel_nbytes;
        in.straddle_columns = in.straddle_rows =
            sizes[random_in(&random, 0, SIZES - 1)];
        in.grid.block_width = sizes[random_in(&random, 0, SIZES - 1)];
        in.grid.block_height = sizes[random_in(&random, 0, SIZES - 1)];
        in.grid.x0 = random_in(&random, 0, in.grid.block_width - 1);
        in.grid.y0 = random_in(&random, 0, in.grid.block_height - 1);
        say_case(i, &in);
        check_extreme(&in);
    }
}
