/* SPDX-License-Identifier: MIT */
#include "plan.h"

#include <string.h>

#include "int_math.h"
#include "plan_sizes.h"
#include "tile_order.h"

/* Windows larger than this win nothing: they only delay the first tile and
 * fall out of the processor's caches before they are encoded. */
#define WINDOW_TARGET_NBYTES ((uint64_t)8 << 20)

/* What is worth a reader of its own, which opens the source once more. */
#define WINDOW_WORTH_NBYTES ((uint64_t)512 << 10)

/* Windows smaller than this cost more in calls than they save in memory. */
#define WINDOW_SMALL_NBYTES ((uint64_t)64 << 10)

/** Least common multiple; beyond 2^31, where it is of no use, 2^31. */
static int64_t common_step(int64_t a, int64_t b)
{
    int64_t x = a, y = b;
    while (y != 0) {
        const int64_t rest = x % y;
        x = y;
        y = rest;
    }
    return min64(a / x * b, (int64_t)1 << 31);
}

/** @return whether no cut of this axis goes through a tile. */
static bool axis_aligned(int64_t phase, int64_t step, int64_t tile,
                         int64_t size)
{
    if (phase == 0 && step >= size)
        return true;
    return phase % tile == 0 && step % tile == 0;
}

/** Tiles that a stretch of @p length pixels can touch. */
static uint64_t tiles_touched(int64_t length, int64_t tile, int64_t size)
{
    const int64_t all = divide_up(size, tile);
    return (uint64_t)min64(divide_up(min64(length, size), tile) + 1, all);
}

/** Tile positions that may be unfinished at once under @p plan's windows. */
static uint64_t carry_positions(const Plan *plan, const PlanInput *in)
{
    const bool rows_end_with_tiles =
        axis_aligned(plan->grid.y0, plan->step_y, in->tile_height, in->height);
    const bool columns_end_with_tiles =
        plan->full_width ||
        axis_aligned(plan->grid.x0, plan->step_x, in->tile_width, in->width);
    const uint64_t tiles_across =
        (uint64_t)divide_up(in->width, in->tile_width);
    const uint64_t tiles_down =
        (uint64_t)divide_up(in->height, in->tile_height);
    uint64_t below = 0, right = 0;

    if (plan->full_width || plan->traversal == TRAVERSE_ROWS) {
        if (!rows_end_with_tiles)
            below = tiles_across;
        if (!columns_end_with_tiles)
            right = tiles_touched(plan->step_y, in->tile_height, in->height);
    } else {
        if (!rows_end_with_tiles)
            below = tiles_touched(plan->step_x, in->tile_width, in->width);
        if (!columns_end_with_tiles)
            right = tiles_down;
    }
    return add(below, right);
}

int64_t plan_straddle(int64_t block, int64_t halo)
{
    return ((2 * halo + block - 1) / block + 1) * block;
}

/** Pixels whose blocks are decoded at once, at most: those of each window that
 * is read, those that reach over its edges, and what windows before it have
 * left for windows to come along the edge that they share. */
static uint64_t decoded_pixels(const Plan *plan, const PlanInput *in)
{
    const int64_t across = min64(in->straddle_columns, in->width);
    const int64_t down = min64(in->straddle_rows, in->height);
    const int64_t step_x = min64(plan->step_x, in->width);
    const int64_t step_y = min64(plan->step_y, in->height);
    const uint64_t width = (uint64_t)min64(step_x + 2 * across, in->width);
    const uint64_t height = (uint64_t)min64(step_y + 2 * down, in->height);
    const uint64_t at_once =
        (uint64_t)plan->readers + (in->decodes_ahead && plan->readers > 1);
    const uint64_t windows = mul(at_once, mul(width, height));

    if (plan->full_width)
        return windows;
    return add(windows, plan->traversal == TRAVERSE_ROWS
                            ? mul((uint64_t)in->width, (uint64_t)down)
                            : mul((uint64_t)in->height, (uint64_t)across));
}

/** Bytes that reading takes, at most. */
static uint64_t source_nbytes(const Plan *plan, const PlanInput *in)
{
    const uint64_t window = mul((uint64_t)min64(plan->step_x, in->width),
                                (uint64_t)min64(plan->step_y, in->height));
    /* One block more is the decoder's to work in. */
    const uint64_t block =
        mul((uint64_t)min64(plan->grid.block_width, in->width),
            (uint64_t)min64(plan->grid.block_height, in->height));
    const uint64_t readers = (uint64_t)plan->readers;
    const ScatteredWindows windows = {.width = in->width,
                                      .height = in->height,
                                      .block_width = in->grid.block_width,
                                      .block_height = in->grid.block_height,
                                      .step_x = plan->step_x,
                                      .step_y = plan->step_y,
                                      .full_width = plan->full_width,
                                      .by_rows =
                                          plan->traversal == TRAVERSE_ROWS};
    return add(add(mul(add(decoded_pixels(plan, in), mul(readers, block)),
                       in->decoded_pixel_nbytes),
                   plan_scattered_nbytes(&in->scattered, &windows)),
               mul(mul(readers, window), in->working_pixel_nbytes));
}

/** Bytes held for overviews along the edges at which windows end. */
static uint64_t overview_nbytes(const Plan *plan, const PlanInput *in)
{
    const OverviewCost *cost = &in->overviews;
    /* Overviews of overviews come in rows, whatever the windows are. */
    if (plan->full_width)
        return cost->rows_nbytes;
    if (plan->traversal == TRAVERSE_ROWS)
        return add(cost->rows_nbytes,
                   share_of(cost->columns_nbytes, plan->step_y,
                            cost->cell_height, in->height));
    return add(cost->columns_nbytes, share_of(cost->rows_nbytes, plan->step_x,
                                              cost->cell_width, in->width));
}

static uint64_t foreign_charge(const PlanInput *in)
{
    const uint64_t half = in->budget_nbytes / 2;
    return in->foreign_nbytes < half ? in->foreign_nbytes : half;
}

static bool tiles_in_order(const Plan *plan, const PlanInput *in)
{
    const WindowOrder windows = {.width = in->width,
                                 .height = in->height,
                                 .x0 = plan->grid.x0,
                                 .y0 = plan->grid.y0,
                                 .step_x = plan->step_x,
                                 .step_y = plan->step_y,
                                 .along_rows =
                                     plan->traversal == TRAVERSE_ROWS};
    return tile_order_is_kept(&windows, in->tile_width, in->tile_height);
}

/** A tile of all bands and the mask, as pixels. */
static uint64_t group_nbytes(const PlanInput *in)
{
    return mul(mul((uint64_t)min64(in->tile_width, in->width),
                   (uint64_t)min64(in->tile_height, in->height)),
               in->pixel_nbytes);
}

/** Fills in what follows from plan->step_*, traversal, workers, readers,
 * window_buffers and slots: sizes, carry and the predicted peak. */
static void assess(Plan *plan, const PlanInput *in)
{
    plan->full_width = plan->grid.x0 == 0 && plan->step_x >= in->width;
    plan->window_nbytes = mul(mul((uint64_t)min64(plan->step_x, in->width),
                                  (uint64_t)min64(plan->step_y, in->height)),
                              in->pixel_nbytes);
    plan->tiles_in_order = tiles_in_order(plan, in);
    plan->carry_positions = carry_positions(plan, in);
    plan->carry_in_flight =
        plan->carry_positions == 0 ? 0 : (uint64_t)plan->slots;

    uint64_t peak = add(in->fixed_nbytes, foreign_charge(in));
    if (!plan->tiles_in_order)
        peak = add(peak, in->reorder_nbytes);
    peak = add(peak, mul((uint64_t)plan->workers, in->scratch_nbytes));
    peak = add(peak, mul((uint64_t)plan->slots, in->slot_nbytes));
    peak = add(peak, mul((uint64_t)plan->window_buffers, plan->window_nbytes));
    plan->source_nbytes = source_nbytes(plan, in);
    peak = add(peak, plan->source_nbytes);
    peak = add(peak, mul(add(plan->carry_positions, plan->carry_in_flight),
                         group_nbytes(in)));
    peak = add(peak, overview_nbytes(plan, in));
    plan->peak_nbytes = peak;
    plan->over_budget = peak > in->budget_nbytes;
}

/** The number of @p units, the first of which is in @p plan as its window, that
 * make up a window neither too small nor larger than worth it. */
static int64_t units_wished(const Plan *plan, int64_t units)
{
    const uint64_t unit_nbytes = add(plan->window_nbytes, 1);
    const int64_t most = (int64_t)(WINDOW_TARGET_NBYTES / unit_nbytes);
    const int64_t worth = (int64_t)(WINDOW_WORTH_NBYTES / unit_nbytes);
    const int64_t share = max64(divide_up(units, plan->readers), worth);
    return max64(1, min64(min64(most, share), units));
}

/** Keeps the better of two plans in @p best: fitting before not fitting, then
 * the one that holds less. */
static void keep_better(Plan *best, bool *have_best, const Plan *candidate)
{
    const bool better = !*have_best ||
                        (best->over_budget && !candidate->over_budget) ||
                        (best->over_budget == candidate->over_budget &&
                         candidate->peak_nbytes < best->peak_nbytes);
    if (better)
        *best = *candidate;
    *have_best = true;
}

/** Sets the largest step of @p unit that fits the budget, as far as it is
 * worth it, by halving from the wished-for count; if none fits, the one of
 * them that holds least.
 * @param axis_step plan->step_x or plan->step_y */
static void fit_step(Plan *plan, const PlanInput *in, int64_t *axis_step,
                     int64_t unit, int64_t size)
{
    Plan best = *plan;
    bool have_best = false;
    *axis_step = unit;
    assess(plan, in);
    for (int64_t count = units_wished(plan, divide_up(size, unit)); count > 0;
         count /= 2) {
        *axis_step = unit * count;
        assess(plan, in);
        if (!plan->over_budget)
            return;
        keep_better(&best, &have_best, plan);
    }
    *plan = best;
}

/** The step of whole blocks that ends windows on tile edges, or the blocks'
 * own size where phase or size make that impossible or pointless. */
static int64_t aligned_unit(int64_t phase, int64_t block, int64_t tile,
                            int64_t size)
{
    const int64_t unit = common_step(block, tile);
    return phase % tile == 0 && unit < size ? unit : block;
}

/** Blocks too thin to be worth a call each are read several at a time. */
static int64_t thickened(int64_t block, uint64_t other_axis,
                         const PlanInput *in)
{
    const uint64_t nbytes =
        mul(mul((uint64_t)block, other_axis), in->pixel_nbytes);
    return block * (int64_t)(1 + WINDOW_SMALL_NBYTES / add(nbytes, 1));
}

static void plan_full_width(Plan *plan, const PlanInput *in)
{
    Plan loose = *plan, tight = *plan;
    loose.step_x = tight.step_x = in->width;
    loose.grid.x0 = tight.grid.x0 = 0;
    const int64_t block =
        thickened(in->grid.block_height, (uint64_t)in->width, in);

    fit_step(&loose, in, &loose.step_y, block, in->height);
    fit_step(&tight, in, &tight.step_y,
             aligned_unit(in->grid.y0, in->grid.block_height, in->tile_height,
                          in->height),
             in->height);
    /* Ending with the tiles saves the carry; a larger window may cost more
     * than that. */
    const bool aligned =
        !tight.over_budget &&
        (tight.window_nbytes <= WINDOW_TARGET_NBYTES ||
         tight.peak_nbytes <= loose.peak_nbytes || loose.over_budget);
    if (tight.over_budget && loose.over_budget)
        keep_better(&loose, &(bool){true}, &tight);
    *plan = aligned ? tight : loose;
}

static void plan_part_width(Plan *plan, const PlanInput *in)
{
    const int64_t units_x[2] = {
        thickened(in->grid.block_width, (uint64_t)in->grid.block_height, in),
        aligned_unit(in->grid.x0, in->grid.block_width, in->tile_width,
                     in->width)};
    const int64_t units_y[2] = {in->grid.block_height,
                                aligned_unit(in->grid.y0, in->grid.block_height,
                                             in->tile_height, in->height)};
    const Plan start = *plan;
    bool have_best = false;

    for (int i = 0; i < 8; i++) {
        Plan candidate = start;
        candidate.traversal = i & 1 ? TRAVERSE_COLUMNS : TRAVERSE_ROWS;
        candidate.step_y = units_y[i >> 1 & 1];
        fit_step(&candidate, in, &candidate.step_x, units_x[i >> 2 & 1],
                 in->width);
        keep_better(plan, &have_best, &candidate);
    }
}

/** Arranges windows with as many of @p plan's readers as fit the budget; if
 * none do, with those that hold least. */
static void fit_readers(Plan *plan, const PlanInput *in,
                        void (*arrange)(Plan *, const PlanInput *))
{
    Plan best = *plan;
    bool have_best = false;
    for (int readers = plan->readers;
         readers > 0 && (!have_best || best.over_budget); readers /= 2) {
        Plan candidate = *plan;
        candidate.readers = readers;
        if (plan->window_buffers > 1)
            candidate.window_buffers = readers + 1;
        arrange(&candidate, in);
        keep_better(&best, &have_best, &candidate);
    }
    *plan = best;
}

/** Windows of about a tile for each worker. */
static void plan_narrow(Plan *plan, const PlanInput *in)
{
    plan->step_x = aligned_unit(plan->grid.x0, plan->grid.block_width,
                                in->tile_width, in->width);
    plan->step_y = aligned_unit(plan->grid.y0, plan->grid.block_height,
                                in->tile_height, in->height);
    assess(plan, in);
    const uint64_t tiles = mul((uint64_t)plan->workers, group_nbytes(in));
    const int64_t units = divide_up(in->width, plan->step_x);
    const uint64_t fit =
        plan->window_nbytes > 0 ? tiles / plan->window_nbytes : 1;
    plan->step_x *= fit < (uint64_t)units ? max64((int64_t)fit, 1) : units;
    assess(plan, in);
}

/** Narrow windows cost scattered blocks nothing else: they are the plan if they
 * save an eighth of the memory, and no sorting of tiles is to be paid for it.
 */
static void prefer_narrow(Plan *full, const Plan *crew, const PlanInput *in)
{
    Plan narrow = *crew;
    fit_readers(&narrow, in, plan_narrow);
    if (!narrow.over_budget &&
        narrow.peak_nbytes < full->peak_nbytes - full->peak_nbytes / 8 &&
        (narrow.tiles_in_order || in->reorder_nbytes == 0))
        *full = narrow;
}

/** Takes away from what may run at once what is missed least: workers, then the
 * overlap of reading and encoding.
 * @return false if it is one thing at a time already */
static bool give_up_some(Plan *crew)
{
    if (crew->workers > 1) {
        crew->workers /= 2;
        crew->slots = 2 * crew->workers;
        return true;
    }
    const bool overlaps = crew->window_buffers > 1;
    crew->readers = crew->window_buffers = crew->slots = 1;
    return overlaps;
}

void plan_make(Plan *plan, const PlanInput *in)
{
    Plan crew = {.width = in->width,
                 .height = in->height,
                 .grid = in->grid,
                 .workers = in->workers,
                 .readers = in->readers,
                 .window_buffers = in->readers + 1,
                 .slots = 2 * in->workers,
                 .traversal = TRAVERSE_ROWS};
    Plan best = crew;
    bool have_best = false;
    do {
        /* The order of tiles in the file is not to depend on the readers. */
        Plan full = crew, part = crew;
        fit_readers(&full, in, plan_full_width);
        if (full.over_budget) {
            fit_readers(&part, in, plan_part_width);
            keep_better(&full, &(bool){true}, &part);
        } else if (in->scattered.row_nbytes > 0) {
            prefer_narrow(&full, &crew, in);
        }
        keep_better(&best, &have_best, &full);
    } while (best.over_budget && give_up_some(&crew));
    *plan = best;
    plan->peak_nbytes =
        add(plan->peak_nbytes, in->foreign_nbytes - foreign_charge(in));
    plan->over_budget |= plan->peak_nbytes > in->budget_nbytes;
}
