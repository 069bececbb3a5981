/* SPDX-License-Identifier: MIT */
#include "plan.h"

#include <limits.h>

#include "gtest_c.h"
#include "int_math.h"
#include "plan_bands.h"
#include "plan_checks.h"
#include "raster.h"
#include "tile_order.h"

enum { CASES = 40000 };

static ScatteredCost random_scattered(Random *random)
{
    ScatteredCost cost = {
        .row_cut_nbytes = (uint64_t)random_magnitude(random, 0, 1 << 22),
        .column_cut_nbytes = (uint64_t)random_magnitude(random, 0, 1 << 22),
        .pixel_nbytes = (uint64_t)random_magnitude(random, 0, 100),
        .block_nbytes = (uint64_t)random_magnitude(random, 1, 1 << 16),
        .width = random_magnitude(random, 1, 200),
        .height = random_magnitude(random, 1, 200)};
    cost.row_nbytes =
        cost.row_cut_nbytes + (uint64_t)random_in(random, 1, 1 << 20);
    cost.column_nbytes =
        cost.column_cut_nbytes + (uint64_t)random_in(random, 1, 1 << 20);
    return cost;
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
        in.reorder_nbytes = (uint64_t)random_magnitude(random, 0, 1 << 22);
    if (random_once_in(random, 2))
        in.decoded_pixel_nbytes = in.pixel_nbytes * 3 / 2;
    if (random_once_in(random, 2))
        in.working_pixel_nbytes = in.pixel_nbytes / 2;
    if (random_once_in(random, 3)) {
        in.straddle_columns = random_magnitude(random, 0, 200);
        in.straddle_rows = random_magnitude(random, 0, 200);
    }
    if (random_once_in(random, 4))
        in.scattered = random_scattered(random);
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

/** Each of them takes as many plans as it has digits. */
static void check_groups_of_some(const PlanInput *in, const Plan *plan)
{
    if (in->budget_nbytes % 16 == 0)
        plan_check_groups(in, plan);
}

TEST_CASE(plan, bands_that_do_not_fit_together_are_grouped)
{
    for_random_plans(21, check_groups_of_some);
}

/** Bands of 1242 x 2000 floats in tiles of 256 x 256, as strips have them. */
static void input_of_floats(void *user, int bands, PlanInput *input)
{
    const uint64_t *budget_nbytes = user;
    *input = (PlanInput){.width = 1242,
                         .height = 2000,
                         .tile_width = 256,
                         .tile_height = 256,
                         .grid = {.block_width = 1242, .block_height = 1},
                         .pixel_nbytes = 4 * (uint64_t)bands,
                         .decoded_pixel_nbytes = 4 * (uint64_t)bands,
                         .budget_nbytes = *budget_nbytes,
                         .workers = 2,
                         .readers = 1,
                         .scratch_nbytes = 1 << 18,
                         .slot_nbytes = 1 << 18};
}

TEST_CASE(plan, a_row_of_tiles_of_285_bands_takes_a_few_groups)
{
    static const struct {
        uint64_t budget_nbytes;
        int groups;
        /* Five tiles are begun, four wait: 2.25 MB of each band. */
    } cases[] = {{(uint64_t)1 << 30, 1},
                 {(uint64_t)512 << 20, 2},
                 {(uint64_t)256 << 20, 3},
                 {(uint64_t)64 << 20, 11}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t budget_nbytes = cases[i].budget_nbytes;
        const PlanBands bands = {285, input_of_floats, &budget_nbytes};
        Plan plan;
        test_context("budget %llu", (unsigned long long)budget_nbytes);
        const int group = plan_bands_make(&plan, &bands);
        expect_int_eq(divide_up(285, group), cases[i].groups);
        expect_true(!plan.over_budget && plan.full_width);
        expect_int_eq(plan.workers, 2);
    }
}

TEST_CASE(plan, windows_partition_the_raster)
{
    for_random_plans(1, plan_check_partition);
}

TEST_CASE(plan, no_block_lies_in_two_windows)
{
    for_random_plans(2, plan_check_blocks);
}

TEST_CASE(plan, window_bytes_and_full_width_say_the_truth)
{
    for_random_plans(3, plan_check_windows);
}

TEST_CASE(plan, peak_counts_every_part_and_keeps_the_budget_or_says_so)
{
    for_random_plans(4, plan_check_budget);
}

TEST_CASE(plan, carry_is_never_more_than_predicted)
{
    for_random_plans(5, plan_check_carry);
}

TEST_CASE(plan, tells_whether_tiles_come_in_the_order_of_the_file)
{
    for_random_plans(10, plan_check_order);
}

TEST_CASE(plan, windows_of_every_kind_bring_tiles_in_order)
{
    Random random = {.state = 11};
    int parts = 0, kept = 0;
    for (int i = 0; i < CASES && !test_failed(); i++) {
        const PlanInput in = random_input(&random);
        Plan plan = {.width = in.width, .height = in.height, .grid = in.grid};
        say_case(i, &in);
        plan.traversal =
            random_once_in(&random, 2) ? TRAVERSE_ROWS : TRAVERSE_COLUMNS;
        plan.step_x = in.grid.block_width * random_magnitude(&random, 1, 20);
        plan.step_y = in.grid.block_height * random_magnitude(&random, 1, 20);
        const WindowOrder windows = {in.width,
                                     in.height,
                                     in.grid.x0,
                                     in.grid.y0,
                                     plan.step_x,
                                     plan.step_y,
                                     plan.traversal == TRAVERSE_ROWS};
        plan.tiles_in_order =
            tile_order_is_kept(&windows, in.tile_width, in.tile_height);
        plan_check_order(&in, &plan);
        parts += plan.step_x < in.width;
        kept += plan.step_x < in.width && plan.tiles_in_order;
    }
    expect_true(kept > CASES / 20 && parts - kept > CASES / 20);
}

TEST_CASE(plan, what_later_windows_need_is_known)
{
    for_random_plans(9, plan_check_later);
}

TEST_CASE(plan, floor_is_the_smallest_budget_that_fits)
{
    for_random_plans(6, plan_check_floor);
}

TEST_CASE(plan, plenty_of_budget_gives_swaths_overlap_and_all_workers)
{
    for_random_plans(7, plan_check_plenty);
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

/* 10000x10000 with a cut that takes three rows of blocks of 64x64. */
static const ScatteredCost slanted = {.row_nbytes = 6 << 20,
                                      .column_nbytes = 6 << 20,
                                      .row_cut_nbytes = 4 << 20,
                                      .column_cut_nbytes = 4 << 20,
                                      .pixel_nbytes = 2,
                                      .block_nbytes = 8192,
                                      .width = 128,
                                      .height = 128};

TEST_CASE(plan, scattered_blocks_get_narrow_windows_of_a_tile_for_each_worker)
{
    Plan plan;
    PlanInput in = squares;
    in.grid = (BlockGrid){0, 0, 512, 128};
    in.working_pixel_nbytes = 8;
    in.scattered = slanted;
    plan_make(&plan, &in);
    expect_true(!plan.full_width && plan.tiles_in_order);
    expect_int_eq(plan.traversal, TRAVERSE_ROWS);
    expect_int_eq(plan.workers, 4);
    expect_int_eq(plan.step_x, 1024);
    expect_int_eq(plan.step_y, 256);
    expect_int_eq(plan.window_buffers, 2);
}

TEST_CASE(plan, scattered_blocks_are_no_reason_to_sort_tiles)
{
    Plan plan;
    PlanInput in = squares;
    in.grid = (BlockGrid){0, 100, 512, 4096};
    in.scattered = slanted;
    in.reorder_nbytes = 1;
    plan_make(&plan, &in);
    expect_true(plan.full_width && plan.tiles_in_order);
    in.reorder_nbytes = 0;
    plan_make(&plan, &in);
    expect_true(!plan.full_width && !plan.tiles_in_order);
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
    expect_int_eq(plan.window_buffers, 2);
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
        Plan plan;
        say_case(i, &in);
        plan_make(&plan, &in);
        plan_check_extreme(&in, &plan);
    }
}
