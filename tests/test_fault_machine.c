/* SPDX-License-Identifier: MIT */
/* A machine that has no memory or no thread to give, and a codec that fails:
 * at each call in turn. */
#include <string.h>

#include <cpl_vsi.h>

#include "fault_loop.h"
#include "gtest_c.h"
#include "harness.h"

#define FOLDER "/vsimem/fault_machine"
#define TARGET FOLDER "/target.tif"
#define WRAPPER "/vsimem/fault_machine.vrt"

#define SPY "SPY:id=fault,width=200,height=160,block=64x64,pattern=noise"

static void run_memory(const char *source, const char *options)
{
    const FaultLoop loop = {.fault = "there is no memory",
                            .kind = FAULT_MEMORY,
                            .source = source,
                            .target = TARGET,
                            .options = options};
    fault_loop_run(&loop);
}

/** The same once, and from some point on. */
static void run_memory_both(const char *source, const char *options)
{
    const FaultLoop loop = {.fault = "there is no memory from then on",
                            .kind = FAULT_MEMORY,
                            .for_good = true,
                            .must_fail = true,
                            .source = source,
                            .target = TARGET,
                            .options = options};
    run_memory(source, options);
    fault_loop_run(&loop);
}

static void run_memory_of_gdal(const char *source, const char *options)
{
    const FaultLoop loop = {.fault = "GDAL has no memory, and throws",
                            .kind = FAULT_MEMORY_OF_GDAL,
                            .source = source,
                            .target = TARGET,
                            .options = options};
    fault_loop_run(&loop);
}

TEST_CASE(fault_memory, each_allocation_of_a_copy)
{
    run_memory_both(SPY ",bands=3", "BLOCKXSIZE=64 BLOCKYSIZE=64 NUM_THREADS=2 "
                                    "STATISTICS=YES PREDICTOR=AUTO");
    if (!long_form())
        return;
    run_memory_both(SPY ",bands=3", "TILED=NO BLOCKYSIZE=7 INTERLEAVE=BAND");
    run_memory_both(SPY ",type=Float32,pattern=nan,nodata=7",
                    "NAN_TO_NODATA=YES SPARSE_OK=YES COMPRESS=LZW");
    run_memory_both(SPY ",type=Float32", "COMPRESS=ZSTD PREDICTOR=3 BUDGET=1");
}

/* More tiles in one window than the queue has room for at first. */
TEST_CASE(fault_memory, each_allocation_of_a_copy_to_many_tiles)
{
    run_memory("SPY:id=fault,width=600,height=500,block=600x250,pattern=noise",
               "BLOCKXSIZE=16 BLOCKYSIZE=16 NUM_THREADS=1 ZLEVEL=12");
}

TEST_CASE(fault_memory, each_allocation_of_a_cog_with_a_mask)
{
    run_memory(SPY ",mask=1,mask_block=32x32",
               "LAYOUT=COG BLOCKSIZE=64 NUM_THREADS=2 STATISTICS=YES");
    if (!long_form())
        return;
    run_memory_both(SPY ",mask=1,bands=3", "LAYOUT=COG BLOCKSIZE=16");
    run_memory_both(SPY ",bands=3", "LAYOUT=COG BLOCKSIZE=16 "
                                    "RESAMPLING=NEAREST OVERVIEW_COMPRESS=LZW");
}

TEST_CASE(fault_memory, each_allocation_with_masks_of_bands)
{
    run_memory(SPY ",bands=2,own_masks=computed",
               "BLOCKXSIZE=64 BLOCKYSIZE=64 NUM_THREADS=2");
    if (!long_form())
        return;
    run_memory_both(SPY ",bands=2,own_masks=computed",
                    "TILED=NO BLOCKYSIZE=7 BUDGET=1");
    require(vrt_translate(SPY ",bands=2,own_masks=computed",
                          "-srcwin 7 5 150 140", WRAPPER));
    run_memory(WRAPPER, "BLOCKXSIZE=64 BLOCKYSIZE=64 NUM_THREADS=2");
    VSIUnlink(WRAPPER);
}

TEST_CASE(fault_memory, each_allocation_with_gtiff_as_the_codec)
{
    run_memory(SPY ",bands=3",
               "BLOCKXSIZE=64 BLOCKYSIZE=64 NUM_THREADS=2 COMPRESS=JPEG");
    if (long_form())
        run_memory_both(SPY ",type=UInt16", "LAYOUT=COG BLOCKSIZE=64 "
                                            "COMPRESS=LERC DISCARD_LSB=2");
}

TEST_CASE(fault_memory, each_allocation_of_a_copy_that_is_verified)
{
    run_memory(SPY, "BLOCKXSIZE=128 BLOCKYSIZE=128 NUM_THREADS=2 VERIFY=YES");
    run_memory(SPY ",type=Float32", "BLOCKXSIZE=128 BLOCKYSIZE=128 "
                                    "NUM_THREADS=2 COMPRESS=LERC VERIFY=YES");
    if (!long_form())
        return;
    run_memory_both(SPY ",type=Float32", "COMPRESS=LZW NBITS=16 VERIFY=YES");
    run_memory_both(SPY ",mask=1,bands=3",
                    "LAYOUT=COG BLOCKSIZE=64 COMPRESS=JPEG VERIFY=YES");
}

TEST_CASE(fault_memory, each_allocation_of_several_readers)
{
    const FaultLoop loop = {
        .fault = "there is no memory",
        .kind = FAULT_MEMORY,
        .source = "SPY:id=fault,width=320,height=600,block=160x50,cost_us=100,"
                  "type=Float64," SPY_ANY_FILE,
        .target = TARGET,
        .options = "READ_THREADS=3 NUM_THREADS=2 COMPRESS=NONE",
        .plan = " 3 readers,"};
    fault_loop_run(&loop);
}

TEST_CASE(fault_memory, each_allocation_behind_a_vrt)
{
    require(
        vrt_translate(SPY ",bands=3,mask=1", "-srcwin 7 5 150 140", WRAPPER));
    run_memory(WRAPPER, "BLOCKXSIZE=64 BLOCKYSIZE=64 NUM_THREADS=2");
    if (long_form())
        run_memory_both(WRAPPER, "LAYOUT=COG BLOCKSIZE=64 READ_THREADS=3");
    VSIUnlink(WRAPPER);
}

TEST_CASE(fault_memory, each_allocation_behind_vrts_that_resample)
{
    static const char below[] = "/vsimem/fault_machine_below.vrt";
    require(vrt_translate("SPY:id=fault,width=100,height=80,block=64x64,"
                          "bands=2,own_masks=computed",
                          "-srcwin 7 5 90 70", below));
    require(vrt_translate(below, "-outsize 60% 50% -r bilinear -b 2 -b mask",
                          WRAPPER));
    run_memory(WRAPPER, "BLOCKXSIZE=64 BLOCKYSIZE=64 NUM_THREADS=1");
    run_memory_of_gdal(WRAPPER, "BLOCKXSIZE=64 BLOCKYSIZE=64 NUM_THREADS=1");
    VSIUnlink(WRAPPER);
    VSIUnlink(below);
}

TEST_CASE(fault_memory, each_allocation_of_a_created_file)
{
    FaultLoop loop = {.fault = "there is no memory for a file of Create()",
                      .kind = FAULT_MEMORY,
                      .source = SPY,
                      .target = TARGET,
                      .options = "BLOCKXSIZE=64 BLOCKYSIZE=64 NUM_THREADS=2",
                      .create = true};
    fault_loop_run(&loop);
    if (!long_form())
        return;
    loop.options = "LAYOUT=COG BLOCKSIZE=64 STATISTICS=YES";
    fault_loop_run(&loop);
    loop.for_good = true;
    loop.must_fail = true;
    fault_loop_run(&loop);
}

TEST_CASE(fault_memory_of_gdal, each_call_of_a_copy)
{
    run_memory_of_gdal(SPY ",bands=3", "BLOCKXSIZE=64 BLOCKYSIZE=64");
    run_memory_of_gdal(SPY ",mask=1", "LAYOUT=COG BLOCKSIZE=64");
    run_memory_of_gdal(SPY ",bands=2,own_masks=computed", "NUM_THREADS=2");
    run_memory_of_gdal(
        "SPY:id=fault,width=320,height=600,block=160x50," SPY_ANY_FILE,
        "READ_THREADS=3 COMPRESS=JPEG VERIFY=YES");
}

TEST_CASE(fault_memory_of_gdal, each_call_behind_a_vrt)
{
    require(
        vrt_translate(SPY ",bands=3,mask=1", "-srcwin 7 5 150 140", WRAPPER));
    run_memory_of_gdal(WRAPPER, "BLOCKXSIZE=64 BLOCKYSIZE=64 NUM_THREADS=2");
    require(vrt_translate(SPY ",bands=2,own_masks=computed",
                          "-outsize 60% 50% -r bilinear", WRAPPER));
    run_memory_of_gdal(WRAPPER, "BLOCKXSIZE=64 BLOCKYSIZE=64");
    VSIUnlink(WRAPPER);
}

TEST_CASE(fault_memory_of_gdal, each_call_of_a_created_file)
{
    const FaultLoop loop = {.fault = "GDAL has no memory, and throws",
                            .kind = FAULT_MEMORY_OF_GDAL,
                            .source = SPY,
                            .target = TARGET,
                            .options = "BLOCKXSIZE=64 BLOCKYSIZE=64",
                            .create = true};
    fault_loop_run(&loop);
}

static void run_threads(const char *source, const char *options,
                        const char *plan, bool for_good)
{
    const FaultLoop loop = {.fault = "a thread cannot be started",
                            .kind = FAULT_THREAD,
                            .for_good = for_good,
                            .source = source,
                            .target = TARGET,
                            .options = options,
                            .plan = plan};
    fault_loop_run(&loop);
}

TEST_CASE(fault_threads, each_thread_and_all_that_follow)
{
    static const char source[] = "SPY:id=fault,width=320,height=600,block="
                                 "160x50,type=Float64,cost_us=50," SPY_ANY_FILE;
    static const char options[] = "NUM_THREADS=4 READ_THREADS=3 BLOCKXSIZE=64 "
                                  "BLOCKYSIZE=64 COMPRESS=NONE";
    run_threads(source, options, " 3 readers,", false);
    run_threads(source, options, " 3 readers,", true);
    run_threads(SPY, "LAYOUT=COG BLOCKSIZE=64 NUM_THREADS=4", "4 threads,",
                true);
    /* One reader more, while workers wait for it. */
    run_threads("SPY:id=fault,width=320,height=600,block=160x50,type=Float64,"
                "cost_us=1000," SPY_ANY_FILE,
                "NUM_THREADS=3 COMPRESS=NONE BLOCKXSIZE=64 BLOCKYSIZE=64",
                "3 threads, 3 readers,", true);
}

TEST_CASE(fault_threads, one_that_runs_is_enough)
{
    static const char source[] = SPY ",bands=3";
    for (int nth = 1; nth <= 4; nth++) {
        const Copy copy = {.source = source,
                           .target = TARGET,
                           .options = "NUM_THREADS=3 READ_THREADS=2 "
                                      "BLOCKXSIZE=64 BLOCKYSIZE=64"};
        ErrorLog log;
        test_context("no thread from the %dth on", nth);
        VSIMkdir(FOLDER, 0755);
        fault_arm(FAULT_THREAD, nth, true);
        const bool copied = copy_run(&copy, &log);
        const FaultReport report = fault_disarm();
        expect_int_eq(report.struck > 0, nth <= 3);
        expect_int_eq(copied, nth > 1);
        expect_int_eq(log.failures, nth == 1);
        if (copied)
            expect_pixels_of(source, TARGET);
        else
            expect_true(strstr(log.failure, "thread") != NULL);
        remove_raster(TARGET);
    }
}

static void run_codec(const char *source, const char *options)
{
    const FaultLoop loop = {.fault = "the codec fails",
                            .kind = FAULT_CODEC,
                            .must_fail = true,
                            .source = source,
                            .target = TARGET,
                            .options = options};
    fault_loop_run(&loop);
}

TEST_CASE(fault_codec, each_tile)
{
    run_codec(SPY, "BLOCKXSIZE=32 BLOCKYSIZE=32 NUM_THREADS=2");
    run_codec(SPY ",mask=1", "LAYOUT=COG BLOCKSIZE=64 NUM_THREADS=2");
    if (!long_form())
        return;
    run_codec(SPY ",bands=3", "TILED=NO BLOCKYSIZE=3 INTERLEAVE=BAND");
    run_codec(SPY ",bands=3", "LAYOUT=COG BLOCKSIZE=16 PREDICTOR=AUTO");
}
