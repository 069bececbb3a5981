/* SPDX-License-Identifier: MIT */
/* The planner on any input that its contract allows. */
#include <limits.h>

#include "gtest_c.h"
#include "input.h"
#include "plan_checks.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t nbytes);

/** Up to which numbers go. */
typedef struct Scale {
    int64_t size, pixel, nbytes;
    int threads;
} Scale;

/* Windows can be walked through, and sums do not overflow. */
static const Scale small = {160, 1 << 20, 1 << 22, 64};
static const Scale large = {INT_MAX, INT64_MAX, INT64_MAX, INT_MAX / 2};

static BlockGrid grid_from(Input *in, const Scale *scale)
{
    BlockGrid grid = {.block_width = input_magnitude(in, 1, scale->size),
                      .block_height = input_magnitude(in, 1, scale->size)};
    grid.x0 = input_magnitude(in, 0, grid.block_width - 1);
    grid.y0 = input_magnitude(in, 0, grid.block_height - 1);
    return grid;
}

static OverviewCost overviews_from(Input *in, const Scale *scale)
{
    return (OverviewCost){
        .rows_nbytes = (uint64_t)input_magnitude(in, 0, scale->nbytes),
        .columns_nbytes = (uint64_t)input_magnitude(in, 0, scale->nbytes),
        .cell_width = input_magnitude(in, 1, scale->size),
        .cell_height = input_magnitude(in, 1, scale->size)};
}

static PlanInput plan_input_from(Input *in, const Scale *scale)
{
    PlanInput result = {
        .width = input_magnitude(in, 1, scale->size),
        .height = input_magnitude(in, 1, scale->size),
        .tile_width = input_magnitude(in, 1, scale->size),
        .tile_height = input_magnitude(in, 1, scale->size),
        .grid = grid_from(in, scale),
        .pixel_nbytes = (uint64_t)input_magnitude(in, 2, scale->pixel),
        .decoded_pixel_nbytes = (uint64_t)input_magnitude(in, 0, scale->pixel),
        .working_pixel_nbytes = (uint64_t)input_magnitude(in, 0, scale->pixel),
        .straddle_rows = input_magnitude(in, 0, scale->size),
        .straddle_columns = input_magnitude(in, 0, scale->size),
        .budget_nbytes = (uint64_t)input_magnitude(in, 1, INT64_MAX),
        .workers = (int)input_magnitude(in, 1, scale->threads),
        .readers = (int)input_magnitude(in, 1, scale->threads),
        .scratch_nbytes = (uint64_t)input_magnitude(in, 0, scale->nbytes),
        .slot_nbytes = (uint64_t)input_magnitude(in, 0, scale->nbytes),
        .fixed_nbytes = (uint64_t)input_magnitude(in, 0, scale->nbytes)};
    if (input_flag(in))
        result.overviews = overviews_from(in, scale);
    return result;
}

/** Pixels that decoded blocks reach over a cut are few, and never none. */
static void check_straddle(Input *in)
{
    const int64_t block = input_magnitude(in, 1, INT_MAX);
    const int64_t halo = input_magnitude(in, 0, INT_MAX);
    const int64_t reach = plan_straddle(block, halo);
    expect_int_le(2 * halo, reach);
    expect_int_le(reach, 2 * halo + 2 * block);
    expect_int_eq(reach % block, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t nbytes)
{
    Input in = {data, nbytes};
    const bool is_small = input_flag(&in);
    const PlanInput input = plan_input_from(&in, is_small ? &small : &large);
    Plan plan;
    plan_make(&plan, &input);
    plan_check_extreme(&input, &plan);
    check_straddle(&in);
    if (!is_small)
        return 0;
    plan_check_partition(&input, &plan);
    plan_check_blocks(&input, &plan);
    plan_check_windows(&input, &plan);
    plan_check_budget(&input, &plan);
    plan_check_carry(&input, &plan);
    plan_check_order(&input, &plan);
    plan_check_later(&input, &plan);
    plan_check_floor(&input, &plan);
    plan_check_plenty(&input, &plan);
    plan_check_groups(&input, &plan);
    return 0;
}
