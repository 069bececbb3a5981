/* SPDX-License-Identifier: MIT */
/* The bytes of the output depend on pixels and codec options only. */
#include <stdatomic.h>
#include <stdio.h>

#include <cpl_vsi.h>

#include "gtest_c.h"
#include "harness.h"
#include "threads.h"

#define TARGET "/vsimem/same_bytes.tif"
#define EXPECTED "/vsimem/same_bytes_expected.tif"

static const char *const sources[] = {
    "SPY:id=bytes,width=1500,height=1700,block=300x300,type=UInt16",
    "SPY:id=bytes,width=1500,height=1100,block=256x1100,bands=3",
    "SPY:id=bytes,width=1100,height=1300,block=1100x1,bands=2,type=Float32,"
    "interleave=BAND",
};

static const char *const layouts[] = {
    "BLOCKXSIZE=256 BLOCKYSIZE=256 PREDICTOR=2",
    "BLOCKXSIZE=128 BLOCKYSIZE=512 INTERLEAVE=BAND",
    "TILED=NO BLOCKYSIZE=100",
};

/** Compares copies made with each of @p variants to one made without. */
static void check_variants(const char *const *variants, int count)
{
    for (int i = 0; i < COUNT_OF(sources); i++)
        for (int j = 0; j < COUNT_OF(layouts); j++) {
            char options[NAME_NCHARS];
            ErrorLog log;
            if (one_left_out())
                continue;
            snprintf(options, sizeof options, "ZLEVEL=1 %s", layouts[j]);
            test_context("%s %s", sources[i], options);
            expect_copied("ROWBAND", sources[i], EXPECTED, options);
            for (int k = 0; k < count && !test_failed(); k++) {
                snprintf(options, sizeof options, "ZLEVEL=1 %s %s", layouts[j],
                         variants[k]);
                test_context("%s %s", sources[i], options);
                const Copy copy = {
                    .source = sources[i], .target = TARGET, .options = options};
                require(copy_run(&copy, &log));
                expect_same_files(TARGET, EXPECTED);
                remove_raster(TARGET);
            }
            remove_raster(EXPECTED);
        }
}

TEST_CASE(same_bytes, of_the_file_for_any_number_of_threads)
{
    static const char *const threads[] = {"NUM_THREADS=1", "NUM_THREADS=2",
                                          "NUM_THREADS=8"};
    check_variants(threads, COUNT_OF(threads));
}

TEST_CASE(same_bytes, of_the_file_for_any_budget)
{
    static const char *const budgets[] = {"BUDGET=1",   "BUDGET=64K",
                                          "BUDGET=1M",  "BUDGET=3M",
                                          "BUDGET=16M", "BUDGET=1G"};
    check_variants(budgets, COUNT_OF(budgets));
}

TEST_CASE(same_bytes, of_the_file_for_any_block_cache)
{
    const int64_t before = cache_max_set(1 << 20);
    expect_copied("ROWBAND", sources[1], TARGET, layouts[0]);
    cache_max_set(before);
    expect_copied("ROWBAND", sources[1], EXPECTED, layouts[0]);
    expect_same_files(TARGET, EXPECTED);
    remove_raster(TARGET);
    remove_raster(EXPECTED);
}

TEST_CASE(same_bytes, of_the_file_for_any_source_blocks)
{
    static const char *const blocks[] = {"64x64", "1000x1", "1000x900",
                                         "333x17", "16x900"};
    for (int i = 0; i < COUNT_OF(blocks) && !test_failed(); i++) {
        char source[NAME_NCHARS];
        snprintf(source, sizeof source,
                 "SPY:id=blocks,width=1000,height=900,block=%s,bands=3",
                 blocks[i]);
        test_context("%s", source);
        expect_copied("ROWBAND", source, i == 0 ? EXPECTED : TARGET,
                      "BLOCKXSIZE=256 BLOCKYSIZE=128");
        if (i > 0)
            expect_same_files(TARGET, EXPECTED);
    }
    remove_raster(TARGET);
    remove_raster(EXPECTED);
}

enum { COPIES = 8 };

static void copy_one(void *user)
{
    atomic_int *const next = user;
    char target[NAME_NCHARS];
    snprintf(target, sizeof target, "/vsimem/same_bytes_%d.tif",
             atomic_fetch_add(next, 1));
    expect_copied("ROWBAND", sources[1], target,
                  "NUM_THREADS=2 BLOCKXSIZE=256 BLOCKYSIZE=256 ZLEVEL=1");
}

TEST_CASE(same_bytes, of_copies_made_at_the_same_time)
{
    atomic_int next = 0;
    copying_start();
    Threads *threads = threads_start(COPIES, copy_one, &next);
    require(threads != NULL);
    threads_join(threads);
    for (int i = 0; i < COPIES; i++) {
        char target[NAME_NCHARS];
        snprintf(target, sizeof target, "/vsimem/same_bytes_%d.tif", i);
        expect_pixels_of(sources[1], target);
        expect_same_files(target, "/vsimem/same_bytes_0.tif");
    }
    for (int i = 0; i < COPIES; i++) {
        char target[NAME_NCHARS];
        snprintf(target, sizeof target, "/vsimem/same_bytes_%d.tif", i);
        remove_raster(target);
    }
}
