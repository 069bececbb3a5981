/* SPDX-License-Identifier: MIT */
/* LAYOUT=COG: overviews out of the one pass that reads each block once, and a
 * file that depends on pixels and options only. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cpl_vsi.h>

#include "gtest_c.h"
#include "harness.h"

#define TARGET "/vsimem/cog.tif"
#define EXPECTED "/vsimem/cog_expected.tif"

enum { CACHE_SMALL = 1 << 20 };

/** A source, and creation options beside LAYOUT=COG. */
typedef struct Case {
    const char *source, *options;
} Case;

static const Case cases[] = {
    {"width=2300,height=1900,block=256x256,mask=1,bands=3",
     "BLOCKSIZE=128 STATISTICS=YES"},
    {"width=2300,height=1900,block=1000x300,type=UInt16,mask=1",
     "BLOCKSIZE=256 STATISTICS=YES RESAMPLING=AVERAGE"},
    {"width=1900,height=2300,block=1900x1,type=Float32,nodata=7",
     "BLOCKSIZE=128 RESAMPLING=LANCZOS PREDICTOR=AUTO"},
    {"width=1300,height=2100,block=64x2100,bands=2,interleave=BAND",
     "BLOCKSIZE=256 RESAMPLING=NEAREST SPARSE_OK=YES"},
    {"width=6000,height=300,block=500x300,bands=3,mask=1,mask_block=6000x1",
     "BLOCKSIZE=128 RESAMPLING=MODE"},
    {"width=2300,height=1900,block=256x256,mask=1,bands=3",
     "BLOCKSIZE=128 STATISTICS=YES INTERLEAVE=BAND"},
    {"width=1300,height=2100,block=64x2100,bands=2,interleave=BAND",
     "BLOCKSIZE=256 RESAMPLING=AVERAGE INTERLEAVE=TILE PREDICTOR=AUTO"},
    {"width=2300,height=900,block=300x70,bands=3,interleave=BAND,mask=1",
     "BLOCKSIZE=128 RESAMPLING=NEAREST INTERLEAVE=TILE SPARSE_OK=YES"},
    {"width=3,height=1700,block=3x100", "BLOCKSIZE=64 RESAMPLING=GAUSS"},
    {"width=1,height=1,block=1x1,mask=1", "OVERVIEW_COUNT=3"},
};

/** Under budgets that make windows of each kind. */
static const char *const means[] = {
    "NUM_THREADS=1 BUDGET=256M", "NUM_THREADS=4 BUDGET=256M",
    "NUM_THREADS=2 BUDGET=9M",   "NUM_THREADS=4 BUDGET=5M",
    "NUM_THREADS=2 BUDGET=1",
};

static void compose(char *source, char *options, const Case *one,
                    const char *more)
{
    snprintf(source, NAME_NCHARS, "SPY:id=cog,pattern=noise,%s", one->source);
    snprintf(options, NAME_NCHARS, "LAYOUT=COG LEVEL=1 %s %s", one->options,
             more);
    test_context("%s %s", source, options);
}

static void expect_mask_once(const char *source)
{
    SpySpec spec;
    require(spy_parse(source, &spec));
    const SpyCounts counts = spy_mask_counts(spec.id);
    expect_int_eq(counts.distinct, spec.has_mask ? counts.blocks : 0);
    expect_int_eq(counts.most, spec.has_mask);
}

TEST_CASE(cog, each_block_is_decoded_once)
{
    const int64_t before = cache_max_set(CACHE_SMALL);
    for (int i = 0; i < COUNT_OF(cases); i++)
        for (int j = 0; j < COUNT_OF(means) && !test_failed(); j++) {
            char source[NAME_NCHARS], options[NAME_NCHARS];
            if (one_left_out())
                continue;
            compose(source, options, &cases[i], means[j]);
            const Copy copy = {
                .source = source, .target = TARGET, .options = options};
            ErrorLog log;
            spy_reset("cog");
            expect_true(copy_run(&copy, &log));
            expect_str_eq(log.failure, "");
            expect_each_block_once(source);
            expect_mask_once(source);
            if (!test_failed())
                expect_pixels_of(source, TARGET);
            remove_raster(TARGET);
        }
    cache_max_set(before);
}

TEST_CASE(cog, bytes_depend_on_neither_threads_nor_budget)
{
    int part_width = 0;
    for (int i = 0; i < COUNT_OF(cases); i++) {
        char source[NAME_NCHARS], options[NAME_NCHARS];
        bool expected = false;
        for (int j = 0; j < COUNT_OF(means) && !test_failed(); j++) {
            if (one_left_out())
                continue;
            compose(source, options, &cases[i], "");
            if (!expected)
                expect_copied("ROWBAND", source, EXPECTED, options);
            expected = true;
            compose(source, options, &cases[i], means[j]);
            const Copy copy = {
                .source = source, .target = TARGET, .options = options};
            ErrorLog log;
            require(copy_run(&copy, &log));
            expect_same_files(TARGET, EXPECTED);
            part_width += strstr(log.plan, " windows ") != NULL;
            remove_raster(TARGET);
        }
        remove_raster(EXPECTED);
    }
    if (TEST_ONE_IN == 1)
        expect_int_lt(0, part_width);
}

/** Cancels at the call whose progress reaches *user. */
static int CPL_STDCALL cancel_at(double done, const char *message, void *user)
{
    const double *at = user;
    (void)message;
    return done < *at;
}

TEST_CASE(cog, cancelled_one_leaves_nothing)
{
    static const double moments[] = {0.0, 0.01, 0.3, 0.6, 0.9, 0.95, 0.99, 1.0};
    char folder[] = "/tmp/rowband_XXXXXX", target[NAME_NCHARS];
    require(mkdtemp(folder) != NULL);
    snprintf(target, sizeof target, "%s/target.tif", folder);
    for (int i = 0; i < COUNT_OF(moments) && !test_failed(); i++) {
        char source[NAME_NCHARS], options[NAME_NCHARS];
        double at = moments[i];
        if (one_left_out())
            continue;
        compose(source, options, &cases[0], "NUM_THREADS=3");
        test_context("at %g", at);
        const Copy copy = {.source = source,
                           .target = target,
                           .options = options,
                           .progress = cancel_at,
                           .progress_user = &at};
        ErrorLog log;
        expect_true(!copy_run(&copy, &log));
        expect_int_eq(log.failures, 1);
        expect_empty_folder(folder);
    }
    rmdir(folder);
}

TEST_CASE(cog, block_that_cannot_be_read)
{
    static const char *const blocks[] = {"0/0", "7/1", "3/7", "8/7"};
    char folder[] = "/tmp/rowband_XXXXXX", target[NAME_NCHARS];
    require(mkdtemp(folder) != NULL);
    snprintf(target, sizeof target, "%s/target.tif", folder);
    for (int i = 0; i < COUNT_OF(blocks) && !test_failed(); i++) {
        char source[NAME_NCHARS];
        ErrorLog log;
        snprintf(source, sizeof source,
                 "SPY:id=cog,width=2300,height=1900,block=256x256,fail=%s",
                 blocks[i]);
        test_context("%s", source);
        const Copy copy = {
            .source = source, .target = target, .options = "LAYOUT=COG"};
        expect_true(!copy_run(&copy, &log));
        expect_int_eq(log.failures, 1);
        expect_true(strstr(log.failure, "unreadable") != NULL);
        expect_empty_folder(folder);
    }
    rmdir(folder);
}
