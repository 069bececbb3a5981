/* SPDX-License-Identifier: MIT */
/* Below warps each block is decoded once, however little memory there is, and
 * the pixels are GTiff's. */
#include <stdio.h>

#include <cpl_conv.h>
#include <cpl_vsi.h>

#include "gtest_c.h"
#include "harness.h"
#include "warpings.h"

#define FOLDER "/vsimem/warped_once"
#define PLACED FOLDER "/placed.vrt"
#define WARPED FOLDER "/warped.vrt"
#define AROUND FOLDER "/around.vrt"
#define BELOW FOLDER "/below.vrt"
#define TARGET FOLDER "/target.tif"
#define EXPECTED FOLDER "/expected.tif"

/** The least that a copy can do with, and more than it needs. */
static const char *const budgets[] = {"BUDGET=1", ""};

static void check(const char *source, const char *budget)
{
    char options[200];
    ErrorLog log;
    snprintf(options, sizeof options,
             "TILED=YES BLOCKXSIZE=256 BLOCKYSIZE=256 %s", budget);
    test_context("%s", options);
    const int64_t before = cache_max_set(1 << 20);
    spy_reset("warped");
    expect_copied_with("ROWBAND", source, TARGET, options, &log);
    cache_max_set(before);
    /* One may say that the budget is too small. */
    expect_int_le(log.warnings, budget[0] != '\0');
    const SpyCounts counts = spy_counts("warped");
    expect_int_lt(0, counts.decodes);
    expect_int_eq(counts.decodes, counts.distinct);
    expect_same_pixels(TARGET, EXPECTED);
    remove_raster(TARGET);
}

/** Later GDALs warp GTiff's swaths of all bands at once, in another
 * approximation than that of the VRT's blocks, unless told not to. */
static void check_all(const char *source)
{
    static const char by_swath[] = "GDAL_VRT_WARP_USE_DATASET_RASTERIO";
    CPLSetThreadLocalConfigOption(by_swath, "NO");
    expect_copied("GTiff", source, EXPECTED, NULL);
    CPLSetThreadLocalConfigOption(by_swath, NULL);
    for (int i = 0; i < COUNT_OF(budgets) && !test_failed(); i++)
        check(source, budgets[i]);
    remove_raster(EXPECTED);
}

#define SPY "SPY:id=warped,width=640,height=640," SPY_ANY_FILE

static const char *const spies[] = {
    SPY ",block=64x64,bands=3",
    SPY ",block=640x8,type=UInt16",
    SPY ",block=50x150,bands=2,mask=1",
};

TEST_CASE(warped_once, each_block_is_decoded_once)
{
    VSIMkdir(FOLDER, 0755);
    for (int i = 0; i < warping_count && !test_failed(); i++) {
        const char *spy = spies[i % COUNT_OF(spies)];
        test_context("%s %s", warpings[i].arguments, spy);
        make_warped(&warpings[i], spy, PLACED, WARPED);
        check_all(WARPED);
    }
    VSIRmdirRecursive(FOLDER);
}

/** VRTs around the warped one. */
TEST_CASE(warped_once, each_block_is_decoded_once_by_way_of_other_vrts)
{
    static const char *const around[] = {"-srcwin 100 77 400 500",
                                         "-b 1 -ot Float32", "-mo A=B"};
    static const char *const below[] = {
        "-srcwin 50 30 500 550", "-outsize 70% 60%", "-srcwin -20 -20 670 680"};
    VSIMkdir(FOLDER, 0755);
    for (int i = 0; i < COUNT_OF(around) && !test_failed(); i++) {
        test_context("%s, %s", around[i], below[i]);
        make_warped(&warpings[0], spies[0], PLACED, WARPED);
        require(vrt_translate(WARPED, around[i], AROUND));
        check_all(AROUND);
        require(vrt_translate(spies[0], below[i], BELOW));
        make_warped(&warpings[0], BELOW, PLACED, WARPED);
        check_all(WARPED);
    }
    VSIRmdirRecursive(FOLDER);
}
