/* SPDX-License-Identifier: MIT */
/* Mosaics, VRTs of VRTs and warped VRTs, as in the table of decodes
 * (spy_table.c), at a block cache that holds next to nothing. */
#include <string.h>

#include <gdal.h>

#include "copying.h"
#include "gtest_c.h"
#include "harness.h"
#include "scenarios.h"

#define TARGET "/vsimem/scenario_target.tif"
#define EXPECTED "/vsimem/scenario_expected.tif"

static void check(const Scenario *scenario)
{
    char source[NAME_NCHARS];
    test_context("%s", scenario->name);
    copying_start();
    require(scenario_make(scenario, source));
    expect_copied("GTiff", source, EXPECTED, NULL);
    const int64_t before = cache_max_set(1 << 20);
    scenario_reset_counts();
    const Copy copied = {.source = source,
                         .target = TARGET,
                         .options = "COMPRESS=NONE BUDGET=64M READ_THREADS=3"};
    ErrorLog log;
    expect_true(copy_run(&copied, &log));
    expect_str_eq(log.failure, "");
    cache_max_set(before);
    const SpyCounts counts = scenario_counts();
    const int compared = compared_blocks(log.result);
    expect_int_eq(counts.decodes - counts.distinct, compared);
    expect_int_le(compared, 3);
    expect_same_pixels(TARGET, EXPECTED);
    remove_raster(TARGET);
    remove_raster(EXPECTED);
}

static void check_all(ScenarioKind kind)
{
    const int wanted = TEST_ONE_IN > 1 ? 1 : scenario_count;
    int checked = 0;
    for (int i = 0; i < scenario_count && !test_failed(); i++)
        if (scenarios[i].kind == kind && checked < wanted) {
            check(&scenarios[i]);
            checked++;
        }
    expect_int_lt(0, checked);
}

TEST_CASE(scenarios, mosaics_are_decoded_once)
{
    check_all(SCENARIO_MOSAIC);
}

TEST_CASE(scenarios, vrt_of_a_vrt_is_decoded_once)
{
    check_all(SCENARIO_TWICE);
}

TEST_CASE(scenarios, warped_vrt_is_decoded_once)
{
    check_all(SCENARIO_WARP);
}

/* Its own copy of the name: GDAL's is another one when the VRT has been written
 * out, which AddressSanitizer sees. */
TEST_CASE(scenarios, failure_of_a_warped_vrt_names_it)
{
    static const Scenario broken = {
        "warped VRT that fails", SCENARIO_WARP,
        "width=400,height=300,block=100x100,fail=1/1",
        "-t_srs EPSG:4326 -r bilinear", NULL};
    char source[NAME_NCHARS];
    ErrorLog log;
    copying_start();
    require(scenario_make(&broken, source));
    const Copy copy = {.source = source, .target = TARGET};
    expect_true(!copy_run(&copy, &log));
    expect_int_eq(log.failures, 1);
    if (strstr(log.failure, source) == NULL)
        expect_str_eq(log.failure, source);
    remove_raster(source);
}
