/* SPDX-License-Identifier: MIT */
#include "plan_checks.h"

#include <string.h>

#include "gtest_c.h"
#include "int_math.h"
#include "plan_bands.h"
#include "random.h"

/** Tiles of one plane, at most, whose carry is followed. */
enum { TILES_MAX = 160 * 160 };

void plan_check_partition(const PlanInput *in, const Plan *plan)
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

static bool on_line(int64_t at, int64_t phase, int64_t block, int64_t size)
{
    return at == 0 || at == size || (at - phase) % block == 0;
}

void plan_check_blocks(const PlanInput *in, const Plan *plan)
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

void plan_check_windows(const PlanInput *in, const Plan *plan)
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

/** What windows cannot do without of blocks that lie as they like. */
static uint64_t scattered_at_least(const PlanInput *in, const Plan *plan)
{
    const ScatteredCost *cost = &in->scattered;
    if (plan->full_width)
        return cost->row_nbytes;
    return plan->traversal == TRAVERSE_ROWS ? cost->row_cut_nbytes
                                            : cost->column_cut_nbytes;
}

void plan_check_budget(const PlanInput *in, const Plan *plan)
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
    expect_int_le(plan->readers, plan->window_buffers);
    expect_int_le(plan->window_buffers, plan->readers + 1);
    expect_int_eq(plan->over_budget, plan->peak_nbytes > in->budget_nbytes);
    expect_int_le(
        in->fixed_nbytes + (plan->tiles_in_order ? 0 : in->reorder_nbytes) +
            (uint64_t)plan->workers * in->scratch_nbytes +
            (uint64_t)plan->slots * in->slot_nbytes +
            (uint64_t)plan->window_buffers * plan->window_nbytes +
            (uint64_t)plan->readers * (plan->window_nbytes / in->pixel_nbytes) *
                (in->decoded_pixel_nbytes + in->working_pixel_nbytes) +
            scattered_at_least(in, plan) +
            (plan->carry_positions + plan->carry_in_flight) * tile_nbytes,
        plan->peak_nbytes);
}

/** What a carver holds while @p plan's windows pass. */
typedef struct OpenTiles {
    int64_t missing[TILES_MAX]; /**< pixels of a tile begun; 0: none or done */
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

void plan_check_carry(const PlanInput *in, const Plan *plan)
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

/** The windows of the plan, in their order, and the tiles that they complete.
 */
void plan_check_order(const PlanInput *in, const Plan *plan)
{
    const int64_t across = (in->width + in->tile_width - 1) / in->tile_width;
    int64_t due = 0;
    bool in_order = true;
    Window window = {.x = 0};
    while (plan_next(plan, &window))
        for (int64_t y = window.y / in->tile_height * in->tile_height;
             y < window.y + window.height; y += in->tile_height)
            for (int64_t x = window.x / in->tile_width * in->tile_width;
                 x < window.x + window.width; x += in->tile_width) {
                const int64_t right = min64(x + in->tile_width, in->width);
                const int64_t below = min64(y + in->tile_height, in->height);
                if (right > window.x + window.width ||
                    below > window.y + window.height)
                    continue;
                in_order &=
                    y / in->tile_height * across + x / in->tile_width == due;
                due++;
            }
    expect_int_eq(plan->tiles_in_order, in_order);
    if (plan->full_width)
        expect_true(plan->tiles_in_order);
}

static bool meet(const Window *a, const Window *b)
{
    return a->x < b->x + b->width && b->x < a->x + a->width &&
           a->y < b->y + b->height && b->y < a->y + a->height;
}

void plan_check_later(const PlanInput *in, const Plan *plan)
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

void plan_check_floor(const PlanInput *in, const Plan *plan)
{
    PlanInput poor = *in;
    Plan floor, least;
    (void)plan;
    poor.budget_nbytes = 1;
    plan_make(&floor, &poor);
    expect_true(floor.over_budget);
    expect_int_eq(floor.workers, 1);
    expect_int_eq(floor.readers, 1);
    expect_int_eq(floor.window_buffers, 1);
    plan_check_partition(&poor, &floor);

    poor.budget_nbytes = floor.peak_nbytes;
    plan_make(&least, &poor);
    expect_true(!least.over_budget);
    poor.budget_nbytes--;
    plan_make(&least, &poor);
    expect_true(least.over_budget);
}

void plan_check_plenty(const PlanInput *in, const Plan *plan)
{
    PlanInput rich = *in;
    Plan best;
    (void)plan;
    rich.budget_nbytes = UINT64_MAX;
    plan_make(&best, &rich);
    expect_true(!best.over_budget);
    expect_true(best.full_width || in->scattered.row_nbytes > 0);
    expect_true(best.full_width || best.tiles_in_order ||
                in->reorder_nbytes == 0);
    expect_int_eq(best.workers, in->workers);
    expect_int_eq(best.readers, in->readers);
    expect_int_eq(best.window_buffers, in->readers + 1);
}

/** A PlanBands.input: @p user is that of one band. */
static void input_of_bands(void *user, int bands, PlanInput *input)
{
    const PlanInput *one = user;
    const uint64_t n = (uint64_t)bands;
    *input = *one;
    input->pixel_nbytes *= n;
    input->decoded_pixel_nbytes *= n;
    input->overviews.rows_nbytes *= n;
    input->overviews.columns_nbytes *= n;
}

static void plan_of_bands(Plan *plan, PlanInput *one, int bands)
{
    PlanInput input;
    input_of_bands(one, bands, &input);
    plan_make(plan, &input);
}

void plan_check_groups(const PlanInput *in, const Plan *plan)
{
    Random random = {.state = (uint64_t)in->budget_nbytes};
    PlanInput one = *in;
    const PlanBands bands = {(int)random_magnitude(&random, 1, 65535),
                             input_of_bands, &one};
    Plan groups, alone, all, same;
    (void)plan;
    const int group = plan_bands_make(&groups, &bands);
    plan_of_bands(&alone, &one, 1);
    plan_of_bands(&all, &one, bands.count);
    expect_int_le(1, group);
    expect_int_le(group, bands.count);
    plan_of_bands(&same, &one, group);
    expect_int_eq(groups.peak_nbytes, same.peak_nbytes);
    expect_int_eq(groups.step_x, same.step_x);
    expect_int_eq(groups.step_y, same.step_y);
    /* What a group may take: the budget, or hardly more than one band does. */
    const uint64_t most = alone.over_budget
                              ? alone.peak_nbytes + alone.peak_nbytes / 4
                              : in->budget_nbytes;
    expect_int_le(groups.peak_nbytes, most);
    expect_int_le(alone.workers, groups.workers);
    expect_true(group == bands.count || all.peak_nbytes > most ||
                all.workers < alone.workers);
    /* Groups are even: the last is as large as can be. */
    const int64_t count = divide_up(bands.count, group);
    plan_of_bands(&same, &one, (int)divide_up(bands.count, count));
    expect_true(group == divide_up(bands.count, count) ||
                same.peak_nbytes > most || same.workers < alone.workers);

    one.budget_nbytes = UINT64_MAX;
    expect_int_eq(plan_bands_make(&groups, &bands), bands.count);
}

void plan_check_extreme(const PlanInput *in, const Plan *plan)
{
    Window window = {.x = 0};
    const int64_t count = plan_window_count(plan);
    const double block_nbytes =
        (double)min64(in->grid.block_width, in->width) *
        (double)min64(in->grid.block_height, in->height) *
        (double)in->pixel_nbytes;
    expect_int_le(1, count);
    expect_true(plan->over_budget == (plan->peak_nbytes > in->budget_nbytes));
    /* Saturated sizes fit a saturated budget. */
    if (in->budget_nbytes < UINT64_MAX &&
        block_nbytes > 2.0 * (double)in->budget_nbytes)
        expect_true(plan->over_budget);
    int64_t i = 0;
    for (; i < 5 && plan_next(plan, &window); i++) {
        expect_int_le(1, window.width);
        expect_int_le(1, window.height);
        expect_int_le(window.x + window.width, in->width);
        expect_int_le(window.y + window.height, in->height);
    }
    expect_int_eq(i, min64(5, count));
}
