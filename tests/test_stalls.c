/* SPDX-License-Identifier: MIT */
/* Threads that are delayed at random make the same file. */
#include <stdio.h>

#include <cpl_vsi.h>

#include "fault_table.h"
#include "gtest_c.h"
#include "harness.h"
#include "random.h"
#include "stalls.h"

#define FOLDER "/vsimem/stalls"
#define TARGET FOLDER "/target.tif"
#define REFERENCE "/vsimem/stalls_reference.tif"
#define WRAPPER "/vsimem/stalls.vrt"

#define SPY                                                                    \
    "SPY:id=stalls,width=300,height=250,block=60x50,pattern="                  \
    "noise," SPY_ANY_FILE ","

/** What is copied; always in windows of the whole width, which do not depend on
 * the number of threads, or to a COG. */
typedef struct Stalled {
    const char *source;
    const char *arguments; /**< of gdal_translate; NULL: it is not wrapped */
    const char *options;
} Stalled;

static const Stalled stalled[] = {
    {SPY "type=UInt16", NULL, "BLOCKXSIZE=64 BLOCKYSIZE=64 BUDGET=64M"},
    {SPY "bands=3,mask=1", NULL,
     "LAYOUT=COG BLOCKSIZE=64 STATISTICS=YES BUDGET=64M"},
    {SPY "bands=3,interleave=BAND", NULL,
     "TILED=NO BLOCKYSIZE=11 INTERLEAVE=BAND BUDGET=64M"},
    {SPY "bands=3", "-srcwin 17 33 250 200 -b 2 -b 1",
     "LAYOUT=COG BLOCKSIZE=64 BUDGET=64M PREDICTOR=AUTO"},
    {SPY "bands=2", "-outsize 60% 70% -r bilinear",
     "BLOCKXSIZE=64 BLOCKYSIZE=64 BUDGET=64M"},
};

/** One copy with delays.
 * @return how many delays there were */
static int64_t run(const Stalled *what, const char *source, uint64_t seed,
                   FaultTally *tally)
{
    Random random = {seed};
    char options[NAME_NCHARS];
    ErrorLog log;
    snprintf(options, sizeof options, "%s NUM_THREADS=%d READ_THREADS=%d",
             what->options, (int)random_in(&random, 1, 5),
             (int)random_in(&random, 1, 4));
    const Copy copy = {.source = source, .target = TARGET, .options = options};
    test_context("seed %llu: %s, %s", (unsigned long long)seed, what->source,
                 options);
    stalls_begin(seed);
    const bool copied = copy_run(&copy, &log);
    const int64_t delays = stalls_end();
    expect_true(copied);
    expect_str_eq(log.failure, "");
    expect_same_files(TARGET, REFERENCE);
    tally->provoked++;
    tally->lost += !copied;
    tally->wrong += copied && test_failed();
    remove_raster(TARGET);
    return delays;
}

static void run_all(const Stalled *what, int first_seed, int count,
                    FaultTally *tally)
{
    const char *source = what->source;
    int64_t delays = 0;
    if (what->arguments != NULL) {
        require(vrt_translate(source, what->arguments, WRAPPER));
        source = WRAPPER;
    }
    expect_copied("ROWBAND", source, REFERENCE, what->options);
    for (int i = 0; i < count && !test_failed(); i++)
        delays += run(what, source, (uint64_t)(first_seed + i), tally);
    expect_int_lt(count, delays);
    remove_raster(REFERENCE);
    remove_raster(WRAPPER);
}

TEST_CASE(stalls, do_not_change_a_byte)
{
    const int each = (long_form() ? 200 : 20) / COUNT_OF(stalled);
    FaultTally tally = {0};
    VSIMkdir(FOLDER, 0755);
    for (int i = 0; i < COUNT_OF(stalled) && !test_failed(); i++)
        run_all(&stalled[i], i * each, each, &tally);
    fault_table_add("threads are delayed at random", &tally);
}
