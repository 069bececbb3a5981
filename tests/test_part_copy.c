/* SPDX-License-Identifier: MIT */
/* Parts and how they come together, on a machine without memory and a disk that
 * fails: at each call in turn; what parts decode twice; and the digest. */
#include <stdio.h>
#include <string.h>

#include <cpl_vsi.h>
#include <gdal.h>

#include "copying.h"
#include "fault_loop.h"
#include "gtest_c.h"
#include "harness.h"
#include "spy.h"

#define FOLDER "/vsimem/part_copy"
#define TARGET FOLDER "/target.tif"
#define REPORT FOLDER "/plan.json"
#define PARTS "/vsimem/part_copy_parts"
#define SPY "SPY:id=part,width=40,height=100,block=32x20,mask=1"
#define COG "LAYOUT=COG BLOCKSIZE=16 STATISTICS=YES NUM_THREADS=2 "

static const FaultLoop memory[] = {
    {.fault = "there is no memory", .kind = FAULT_MEMORY},
    {.fault = "there is no memory from then on",
     .kind = FAULT_MEMORY,
     .for_good = true,
     .must_fail = true}};

static const FaultLoop disk[] = {
    {.fault = "a file cannot be opened", .kind = FAULT_CALL_OPEN},
    {.fault = "a write fails", .kind = FAULT_CALL_WRITE, .must_fail = true},
    {.fault = "a file cannot be closed", .kind = FAULT_CALL_CLOSE},
    {.fault = "a thread cannot be started", .kind = FAULT_THREAD}};

static void run_each(const FaultLoop *faults, int count, const char *source,
                     const char *options)
{
    for (int i = 0; i < count; i++) {
        FaultLoop loop = faults[i];
        loop.source = source;
        loop.target = TARGET;
        loop.options = options;
        loop.may_be_none = true;
        fault_loop_run(&loop);
    }
}

/** Makes the parts of a spy. */
static void make_parts(const char *source, const char *options, int count)
{
    copying_start();
    VSIRmdirRecursive(PARTS);
    VSIMkdir(PARTS, 0755);
    for (int i = 1; i <= count; i++) {
        char target[NAME_NCHARS], with_part[NAME_NCHARS];
        ErrorLog log;
        snprintf(target, sizeof target, PARTS "/%d.tif", i);
        snprintf(with_part, sizeof with_part, "%sPART=%d/%d", options, i,
                 count);
        const Copy copy = {
            .source = source, .target = target, .options = with_part};
        expect_true(copy_run(&copy, &log));
        expect_str_eq(log.failure, "");
    }
}

TEST_CASE(fault_part, each_allocation_of_a_part)
{
    run_each(memory, COUNT_OF(memory), SPY, COG "PREDICTOR=AUTO PART=2/2");
}

TEST_CASE(fault_part, each_call_of_a_part)
{
    run_each(disk, COUNT_OF(disk), SPY, COG "PART=2/2");
}

TEST_CASE(fault_part, each_allocation_of_merging)
{
    make_parts(SPY, COG, 2);
    run_each(memory, COUNT_OF(memory), "ROWBAND_PARTS:" PARTS, NULL);
    VSIRmdirRecursive(PARTS);
}

TEST_CASE(fault_part, each_call_of_merging)
{
    make_parts(SPY, COG, 2);
    run_each(disk, COUNT_OF(disk), "ROWBAND_PARTS:" PARTS, NULL);
    VSIRmdirRecursive(PARTS);
}

/** @return blocks that the debug line of a part says are another's, too */
static int64_t blocks_told(const char *line)
{
    const char *at = strstr(line, ": ");
    long long told = -1;
    while (at != NULL && sscanf(at, ": %lld of", &told) != 1)
        at = strstr(at + 1, ": ");
    return told;
}

TEST_CASE(part_copy, only_blocks_beside_seams_are_decoded_by_two_parts)
{
    static const char source[] =
        "SPY:id=seam,width=200,height=3000,block=200x16";
    enum { COUNT = 3 };
    int64_t decodes = 0, told = 0;
    copying_start();
    for (int i = 1; i <= COUNT; i++) {
        char options[NAME_NCHARS];
        ErrorLog log;
        snprintf(options, sizeof options,
                 "LAYOUT=COG BLOCKSIZE=32 READ_THREADS=1 PART=%d/%d", i, COUNT);
        const Copy copy = {
            .source = source, .target = TARGET, .options = options};
        spy_reset("seam");
        expect_true(copy_run(&copy, &log));
        const SpyCounts counts = spy_counts("seam");
        expect_int_le(counts.most, 1);
        decodes += counts.decodes;
        test_context("part %d: %s", i, log.part);
        told += blocks_told(log.part);
        remove_raster(TARGET);
    }
    const SpyCounts all = spy_counts("seam");
    /* Each block beside a seam is told by both parts that decode it, or by the
     * one that has no row of its own in it. */
    expect_int_lt(all.blocks, decodes);
    expect_int_le(decodes - all.blocks, told);
    expect_int_le(decodes, all.blocks + all.blocks / 3);
}

/** @return whether a report says that of a key */
static bool says(const char *report, const char *key, const char *value)
{
    char text[NAME_NCHARS];
    if (value == NULL)
        return false;
    snprintf(text, sizeof text, "\"%s\":\"%s\"", key, value);
    return strstr(report, text) != NULL;
}

TEST_CASE(part_copy, digest_is_known_without_making_the_part)
{
    ErrorLog log;
    copying_start();
    const Copy copy = {.source = SPY,
                       .target = TARGET,
                       .options = "LAYOUT=COG BLOCKSIZE=16 PART=2/3"};
    const Copy plan = {.source = SPY,
                       .target = REPORT,
                       .options = "LAYOUT=COG BLOCKSIZE=16 PART=2/3 "
                                  "NUM_THREADS=1 PLAN=YES"};
    expect_true(copy_run(&copy, &log));
    expect_true(copy_run(&plan, &log));
    const GDALDatasetH part = GDALOpen(TARGET, GA_ReadOnly);
    Bytes report = bytes_of_file(REPORT);
    require(part != NULL && report.nbytes > 0);
    report.data[report.nbytes - 1] = '\0';
    expect_true(says((const char *)report.data, "part_run",
                     GDALGetMetadataItem(part, "RUN", "ROWBAND_PART")));
    expect_true(says((const char *)report.data, "part_digest",
                     GDALGetMetadataItem(part, "DIGEST", "ROWBAND_PART")));
    bytes_free(&report);
    GDALClose(part);
    VSIUnlink(REPORT);
    remove_raster(TARGET);
}
