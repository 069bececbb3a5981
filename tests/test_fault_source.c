/* SPDX-License-Identifier: MIT */
/* A source that cannot be read to the end: at each of its blocks in turn. */
#include <cpl_vsi.h>

#include "fault_loop.h"
#include "gtest_c.h"
#include "harness.h"

#define TARGET "/vsimem/fault_source/target.tif"
#define WRAPPER "/vsimem/fault_source.vrt"

/* 200 blocks, but where another size is named. */
#define SPY "SPY:id=fault,width=320,height=160,block=16x16,pattern=noise"

static void run(const char *source, const char *options)
{
    const FaultLoop loop = {.fault = "a source block cannot be read",
                            .kind = FAULT_DECODE,
                            .must_fail = true,
                            .source = source,
                            .target = TARGET,
                            .options = options};
    fault_loop_run(&loop);
}

TEST_CASE(fault_source, each_block_of_200_to_tiles)
{
    run(SPY, "BLOCKXSIZE=64 BLOCKYSIZE=64 NUM_THREADS=2");
    if (!long_form())
        return;
    run(SPY ",bands=3,interleave=BAND", "BLOCKXSIZE=64 BLOCKYSIZE=64");
    run(SPY ",bands=3", "INTERLEAVE=BAND BUDGET=1 COMPRESS=LZW");
    run(SPY ",type=Float32", "PREDICTOR=AUTO STATISTICS=YES SPARSE_OK=YES");
    run(SPY ",bands=3", "COMPRESS=JPEG BLOCKXSIZE=64 BLOCKYSIZE=64");
}

TEST_CASE(fault_source, each_block_of_200_to_strips)
{
    run(SPY, "TILED=NO BLOCKYSIZE=24 NUM_THREADS=2");
    if (long_form())
        run(SPY ",bands=3", "TILED=NO BLOCKYSIZE=7 INTERLEAVE=BAND BUDGET=1");
}

TEST_CASE(fault_source, each_block_of_200_to_a_cog)
{
    run(SPY, "LAYOUT=COG BLOCKSIZE=64 NUM_THREADS=2");
    if (!long_form())
        return;
    run(SPY ",bands=3", "LAYOUT=COG BLOCKSIZE=32 STATISTICS=YES BUDGET=1");
    run(SPY, "LAYOUT=COG BLOCKSIZE=32 RESAMPLING=NEAREST COMPRESS=ZSTD");
}

TEST_CASE(fault_source, each_block_of_200_with_a_mask)
{
    run(SPY ",mask=1,mask_block=32x32",
        "LAYOUT=COG BLOCKSIZE=64 NUM_THREADS=2");
    if (!long_form())
        return;
    run(SPY ",mask=1", "BLOCKXSIZE=64 BLOCKYSIZE=64 NUM_THREADS=2");
    run(SPY ",mask=1,mask_block=320x1", "TILED=NO BLOCKYSIZE=24");
}

TEST_CASE(fault_source, each_block_with_masks_of_bands)
{
    run(SPY ",bands=2,own_masks=computed",
        "BLOCKXSIZE=64 BLOCKYSIZE=64 NUM_THREADS=2");
    run(SPY ",own_masks=data,mask_block=320x7", "TILED=NO BUDGET=1");
}

TEST_CASE(fault_source, each_block_with_several_readers)
{
    run("SPY:id=fault,width=320,height=600,block=64x50,cost_us=100,type="
        "Float64," SPY_ANY_FILE,
        "COMPRESS=NONE BLOCKXSIZE=64 BLOCKYSIZE=64 READ_THREADS=3 "
        "NUM_THREADS=2");
    if (long_form())
        run("SPY:id=fault,width=640,height=600,block=64x50,cost_us=100,mask=1,"
            "bands=3,interleave=BAND,type=Float64," SPY_ANY_FILE,
            "LAYOUT=COG BLOCKSIZE=128 READ_THREADS=4 NUM_THREADS=2");
}

static void run_wrapped(const char *arguments, const char *options)
{
    require(vrt_translate(
        "SPY:id=fault,width=160,height=160,block=16x64,bands=3," SPY_ANY_FILE,
        arguments, WRAPPER));
    run(WRAPPER, options);
    VSIUnlink(WRAPPER);
}

TEST_CASE(fault_source, each_block_behind_a_vrt)
{
    run_wrapped("-srcwin 7 5 150 140 -ot Float32",
                "BLOCKXSIZE=64 BLOCKYSIZE=64 READ_THREADS=2 NUM_THREADS=2");
    if (!long_form())
        return;
    run_wrapped("-outsize 60% 70% -r cubic", "LAYOUT=COG BLOCKSIZE=32");
    run_wrapped("-b 2 -b 1 -b mask", "TILED=NO READ_THREADS=4");
}
