/* SPDX-License-Identifier: MIT */
/* Warped VRTs: what is known of them is what GDAL reads, and what is held of
 * their sources is not more than the plan has counted. */
#include <stdlib.h>

#include <cpl_vsi.h>

#include "copying.h"
#include "gtest_c.h"
#include "live_vrt.h"
#include "random.h"
#include "scattered_blocks.h"
#include "spy.h"
#include "warpings.h"

#define FOLDER "/vsimem/warped_vrt"
#define PLACED FOLDER "/placed.vrt"
#define WARPED FOLDER "/warped.vrt"

enum { SIDE = 640, UNIT = 32 };

/* With bands apart it keeps no block. */
#define SOURCE "SPY:id=warped,width=640,height=640,block=32x32,interleave=BAND"

/** The placement of the one leaf; NULL if it is not known. */
static const Placement *place_in(const LiveVrt *live)
{
    Leaf *const *leaves;
    const bool is_one = live_vrt_leaves(live, &leaves) == 1 &&
                        leaf_is_placed(leaves[0]) &&
                        leaf_placement_count(leaves[0]) == 1;
    return is_one ? leaf_placement(leaves[0], 0) : NULL;
}

static int64_t units_of(const Window *window)
{
    if (window_is_empty(window))
        return 0;
    return (divide_up(window_right(window), UNIT) - window->x / UNIT) *
           (divide_up(window_bottom(window), UNIT) - window->y / UNIT);
}

/** Has GDAL make a block of the VRT, of whose source nothing is in its cache.
 */
static void expect_reads(GDALRasterBandH band, const Placement *place,
                         const Window *block, void *buffer)
{
    const Window needed = placement_input(place, block);
    while (GDALFlushCacheBlock()) {
    }
    spy_reset("warped");
    require(GDALRasterIO(band, GF_Read, (int)block->x, (int)block->y,
                         (int)block->width, (int)block->height, buffer,
                         (int)block->width, (int)block->height, GDT_Byte, 0,
                         0) == CE_None);
    expect_int_eq(spy_counts("warped").decodes, units_of(&needed));
}

static void check_blocks(const LiveVrt *live, GDALDatasetH warped)
{
    const GDALRasterBandH band = GDALGetRasterBand(warped, 1);
    const Window all = {0, 0, GDALGetRasterXSize(warped),
                        GDALGetRasterYSize(warped)};
    int width, height;
    GDALGetBlockSize(band, &width, &height);
    void *buffer = malloc((size_t)width * (size_t)height);
    require(buffer != NULL);
    for (int64_t y = 0; y < all.height && !test_failed(); y += height)
        for (int64_t x = 0; x < all.width; x += width) {
            const Window cell = {x, y, width, height};
            const Window block = window_intersection(&cell, &all);
            test_context("block at %d,%d", (int)x, (int)y);
            expect_reads(band, place_in(live), &block, buffer);
        }
    free(buffer);
}

TEST_CASE(warped_vrt, blocks_need_just_what_gdal_reads)
{
    char reason[200];
    copying_start();
    VSIMkdir(FOLDER, 0755);
    for (int i = 0; i < warping_count && !test_failed(); i++) {
        make_warped(&warpings[i], SOURCE, PLACED, WARPED);
        const GDALDatasetH warped = GDALOpen(WARPED, GA_ReadOnly);
        require(warped != NULL);
        LiveVrt *live = live_vrt_open(warped, reason, sizeof reason);
        require(live != NULL && place_in(live) != NULL);
        expect_true(!live_vrt_traits(live).unplaced);
        check_blocks(live, warped);
        live_vrt_close(live);
        GDALClose(warped);
    }
    VSIRmdirRecursive(FOLDER);
}

/** It would take minutes before the first pixel. */
TEST_CASE(warped_vrt, is_not_asked_for_very_many_blocks)
{
    const Warping huge = {warpings[0].placed,
                          "-t_srs EPSG:3857 -ts 1500000 1500000"};
    char reason[200];
    copying_start();
    VSIMkdir(FOLDER, 0755);
    make_warped(&huge, SOURCE, PLACED, WARPED);
    const GDALDatasetH warped = GDALOpen(WARPED, GA_ReadOnly);
    require(warped != NULL);
    LiveVrt *live = live_vrt_open(warped, reason, sizeof reason);
    require(live != NULL);
    expect_true(live_vrt_traits(live).unplaced);
    live_vrt_close(live);
    GDALClose(warped);
    VSIRmdirRecursive(FOLDER);
}

/** Blocks that are held while windows pass. */
typedef struct Held {
    const Placement *place;
    bool is_held[SIDE / UNIT][SIDE / UNIT];
    uint64_t nbytes, most;
} Held;

static void pass(Held *held, const Plan *plan, const Window *window, bool drop)
{
    for (int row = 0; row < SIDE / UNIT; row++)
        for (int column = 0; column < SIDE / UNIT; column++) {
            const Window unit = {(int64_t)column * UNIT, (int64_t)row * UNIT,
                                 UNIT, UNIT};
            const Window served = placement_output(held->place, &unit);
            const Window shared = window_intersection(&served, window);
            bool *is_held = &held->is_held[row][column];
            const bool now =
                drop ? *is_held && plan_needs_later(plan, window, &served)
                     : *is_held || !window_is_empty(&shared);
            held->nbytes += now && !*is_held ? UNIT * UNIT : 0;
            held->nbytes -= !now && *is_held ? UNIT * UNIT : 0;
            *is_held = now;
        }
    if (held->nbytes > held->most)
        held->most = held->nbytes;
}

static void check_plan(Random *random, LiveVrt *live, const Placement *place,
                       GDALDatasetH warped)
{
    Leaf *const *leaves;
    const int count = live_vrt_leaves(live, &leaves);
    PlanInput in = {.width = GDALGetRasterXSize(warped),
                    .height = GDALGetRasterYSize(warped),
                    .tile_width = 128,
                    .tile_height = 128,
                    .pixel_nbytes = 1,
                    .workers = 1,
                    .readers = 1};
    in.grid = placement_blocks(place, UNIT, UNIT).grid;
    in.scattered =
        scattered_blocks_weigh(leaves, count, &in.grid, in.width, in.height);
    in.budget_nbytes = (uint64_t)random_magnitude(random, 1000, SIDE * SIDE);
    Plan plan;
    plan_make(&plan, &in);
    Held held = {.place = place};
    Window window = {0};
    while (plan_next(&plan, &window)) {
        pass(&held, &plan, &window, false);
        pass(&held, &plan, &window, true);
    }
    test_context("%dx%d in %dx%d, budget %d", (int)in.width, (int)in.height,
                 (int)plan.step_x, (int)plan.step_y, (int)in.budget_nbytes);
    expect_int_eq(held.nbytes, 0);
    expect_int_lt(0, held.most);
    expect_int_le(held.most, plan.source_nbytes);
}

TEST_CASE(warped_vrt, held_blocks_are_never_more_than_counted)
{
    enum { PLANS = 20 };
    char reason[200];
    Random random = {1};
    copying_start();
    VSIMkdir(FOLDER, 0755);
    for (int i = 0; i < warping_count && !test_failed(); i++) {
        make_warped(&warpings[i], SOURCE, PLACED, WARPED);
        const GDALDatasetH warped = GDALOpen(WARPED, GA_ReadOnly);
        require(warped != NULL);
        LiveVrt *live = live_vrt_open(warped, reason, sizeof reason);
        require(live != NULL);
        const Placement *place = place_in(live);
        require(place != NULL);
        for (int j = 0; j < PLANS && !test_failed(); j++)
            check_plan(&random, live, place, warped);
        live_vrt_close(live);
        GDALClose(warped);
    }
    VSIRmdirRecursive(FOLDER);
}
