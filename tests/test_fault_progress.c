/* SPDX-License-Identifier: MIT */
/* Progress that says stop at each of its calls in turn. */
#include "fault_loop.h"
#include "gtest_c.h"
#include "harness.h"

#define TARGET "/vsimem/fault_progress/target.tif"

static void run(const char *source, const char *options)
{
    const FaultLoop loop = {.fault = "progress says stop",
                            .kind = FAULT_PROGRESS,
                            .must_fail = true,
                            .source = source,
                            .target = TARGET,
                            .options = options};
    fault_loop_run(&loop);
}

#define SPY                                                                    \
    "SPY:id=fault,width=120,height=160,block=120x16,pattern=noise,bands=3"

TEST_CASE(fault_progress, each_call_of_a_copy)
{
    run(SPY, "BLOCKXSIZE=32 BLOCKYSIZE=32 NUM_THREADS=2 BUDGET=1");
    if (!long_form())
        return;
    run(SPY ",mask=1", "TILED=NO BLOCKYSIZE=16 NUM_THREADS=2 BUDGET=1");
    run(SPY, "INTERLEAVE=BAND BUDGET=1 READ_THREADS=3");
}

TEST_CASE(fault_progress, each_call_of_a_copy_with_masks_of_bands)
{
    run(SPY ",own_masks=computed", "BLOCKXSIZE=32 BLOCKYSIZE=32 NUM_THREADS=2");
    run(SPY ",own_masks=computed", "TILED=NO BUDGET=1");
}

TEST_CASE(fault_progress, each_call_of_a_copy_to_a_cog)
{
    run(SPY, "LAYOUT=COG BLOCKSIZE=32 NUM_THREADS=2");
    if (long_form())
        run(SPY ",mask=1", "LAYOUT=COG BLOCKSIZE=16 STATISTICS=YES BUDGET=1");
}
