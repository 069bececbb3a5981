/* SPDX-License-Identifier: MIT */
/* READ_THREADS: several blocks are decoded at once, each of them once, except
 * one for each further handle, to compare what it shows; and the file is the
 * same as with one reader. */
#include <stdio.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_vsi.h>

#include "gtest_c.h"
#include "harness.h"

#define FOLDER "/vsimem/readers"
#define WRAPPER "/vsimem/readers.vrt"
#define TARGET FOLDER "/target.tif"
#define ONE "/vsimem/readers_one.tif"

#define SPY                                                                    \
    "SPY:id=readers,width=1200,height=1100,block=100x90,cost_us="              \
    "300," SPY_ANY_FILE ","

/** A source, perhaps wrapped by gdal_translate with arguments. */
typedef struct Reading {
    const char *source, *arguments;
} Reading;

static const Reading readings[] = {
    {SPY "type=UInt16", NULL},
    {SPY "bands=3", NULL},
    {SPY "bands=3,interleave=BAND", NULL},
    {SPY "mask=1", NULL},
    {SPY "mask=1,mask_block=128x70", NULL},
    {SPY "bands=3", "-srcwin 17 33 1100 1000"},
    {SPY "bands=3", "-b 2 -b 1 -ot Float32"},
    {SPY "mask=1,mask_block=128x70", "-srcwin 17 33 1100 1000"},
    {SPY "type=UInt16", "-outsize 60% 70% -r cubic"},
};

/** Makes the source of @p reading.
 * @return its name */
static const char *make(const Reading *reading)
{
    if (reading->arguments == NULL)
        return reading->source;
    expect_true(vrt_translate(reading->source, reading->arguments, WRAPPER));
    return WRAPPER;
}

static const char *const layouts[] = {
    "BLOCKXSIZE=256 BLOCKYSIZE=256 BUDGET=64M",
    "TILED=NO BLOCKYSIZE=30 BUDGET=64M",
    "LAYOUT=COG BLOCKSIZE=128 STATISTICS=YES BUDGET=96M",
};

/** Expects each block of the source to have been decoded once, but those that
 * the result line says were compared. */
static void expect_decodes(const char *source, const char *result, int readers)
{
    const SpyCounts counts = spy_counts("readers");
    const int compared = compared_blocks(result);
    const int decodes_each = strstr(source, "interleave=BAND") != NULL ? 3 : 1;
    expect_int_eq(counts.decodes - counts.distinct, compared * decodes_each);
    expect_int_le(compared, readers > 1 ? readers : 0);
    expect_int_le(spy_mask_counts("readers").most, 1);
}

/** Copies with as many readers. */
static ErrorLog copy(const char *source, const char *target,
                     const char *options, int readers)
{
    char with_readers[NAME_NCHARS];
    ErrorLog log;
    snprintf(with_readers, sizeof with_readers, "%s READ_THREADS=%d", options,
             readers);
    const Copy copied = {
        .source = source, .target = target, .options = with_readers};
    test_context("%s %s", source, with_readers);
    spy_reset("readers");
    expect_true(copy_run(&copied, &log));
    expect_str_eq(log.failure, "");
    expect_decodes(source, log.result, readers);
    return log;
}

static void check(const Reading *reading, const char *options)
{
    const char *source = make(reading);
    copy(source, ONE, options, 1);
    expect_int_eq(spy_most_at_once(), 1);
    const int64_t before = cache_max_set(1 << 20);
    copy(source, TARGET, options, 4);
    cache_max_set(before);
    expect_int_lt(1, spy_most_at_once());
    expect_int_le(spy_most_at_once(), 4);
    expect_same_files(TARGET, ONE);
    remove_raster(TARGET);
    remove_raster(ONE);
    remove_raster(WRAPPER);
}

TEST_CASE(readers, decode_at_once_and_make_the_same_file)
{
    VSIMkdir(FOLDER, 0755);
    for (int i = 0; i < COUNT_OF(readings); i++)
        for (int j = 0; j < COUNT_OF(layouts) && !test_failed(); j++)
            if (!one_left_out())
                check(&readings[i], layouts[j]);
}

/** Expects the plan to say @p words. */
static void expect_plan(const char *source, const char *options,
                        const char *words)
{
    const Copy copied = {
        .source = source, .target = TARGET, .options = options};
    ErrorLog log;
    test_context("%s %s", source, options);
    expect_true(copy_run(&copied, &log));
    if (strstr(log.plan, words) == NULL)
        expect_str_eq(log.plan, words);
    remove_raster(TARGET);
}

TEST_CASE(readers, are_several_where_that_is_of_use)
{
    static const char rows[] = "SPY:id=readers,width=1000,height=3000,block="
                               "1000x1,type=Float64," SPY_ANY_FILE;
    static const char blocks[] = "SPY:id=readers,width=1000,height=3000,block="
                                 "500x500,type=Float64," SPY_ANY_FILE;
    static const char one_window[] =
        "SPY:id=readers,width=100,height=300,block=50x50," SPY_ANY_FILE;
    VSIMkdir(FOLDER, 0755);
    expect_plan(blocks, "NUM_THREADS=3", " 3 readers,");
    expect_plan(blocks, "NUM_THREADS=1", " 1 readers,");
    expect_plan(blocks, "NUM_THREADS=3 READ_THREADS=2", " 2 readers,");
    expect_plan(one_window, "NUM_THREADS=3", " 1 readers,");
    expect_plan(rows, "NUM_THREADS=3", " 1 readers: a source that is decoded");
    expect_plan(rows, "NUM_THREADS=3 READ_THREADS=3", " 3 readers,");
    require(vrt_translate(blocks, "-ot Float32", WRAPPER));
    expect_plan(WRAPPER, "NUM_THREADS=2", " 2 readers,");
    expect_plan("SPY:id=readers,width=1000,height=3000,block=500x500",
                "READ_THREADS=3", " 1 readers: a source that is not just");
    remove_raster(WRAPPER);
}

TEST_CASE(readers, are_not_led_astray_by_metadata)
{
    static const char *const said[] = {
        "ROWBAND_LEAF:", "ROWBAND_LEAF::", "ROWBAND_LEAF:0x1:00"};
    VSIMkdir(FOLDER, 0755);
    for (int i = 0; i < COUNT_OF(said) && !test_failed(); i++) {
        char arguments[NAME_NCHARS];
        snprintf(arguments, sizeof arguments, "-b 1 -mo SAID=%s", said[i]);
        const Reading reading = {SPY "bands=3", arguments};
        copy(make(&reading), TARGET, "BUDGET=64M", 3);
        const GDALDatasetH dataset = GDALOpen(TARGET, GA_ReadOnly);
        require(dataset != NULL);
        expect_str_eq(GDALGetMetadataItem(dataset, "SAID", NULL), said[i]);
        GDALClose(dataset);
        remove_raster(TARGET);
        remove_raster(WRAPPER);
    }
}

TEST_CASE(readers, see_the_configuration_of_the_callers_thread)
{
    const char *const options[] = {"BUDGET=8M READ_THREADS=1",
                                   "BUDGET=8M READ_THREADS=4"};
    VSIMkdir(FOLDER, 0755);
    for (int i = 0; i < COUNT_OF(options); i++) {
        const Copy copied = {.source = SPY "type=UInt16",
                             .target = TARGET,
                             .options = options[i]};
        ErrorLog log;
        CPLSetThreadLocalConfigOption("SPY_FAIL", "YES");
        expect_true(!copy_run(&copied, &log));
        CPLSetThreadLocalConfigOption("SPY_FAIL", NULL);
        expect_int_eq(log.failures, 1);
        expect_true(strstr(log.failure, "SPY_FAIL is set") != NULL);
        expect_empty_folder(FOLDER);
    }
}

TEST_CASE(readers, block_that_cannot_be_read_is_one_failure)
{
    static const char *const fails[] = {"fail=0/0", "fail=5/5", "fail=10/10"};
    VSIMkdir(FOLDER, 0755);
    for (int i = 0; i < COUNT_OF(readings); i++)
        for (int j = 0; j < COUNT_OF(fails) && !test_failed(); j++) {
            char name[NAME_NCHARS];
            ErrorLog log;
            snprintf(name, sizeof name, "%s,%s", readings[i].source, fails[j]);
            const Reading failing = {name, readings[i].arguments};
            const Copy copied = {.source = make(&failing),
                                 .target = TARGET,
                                 .options = "BUDGET=8M READ_THREADS=4"};
            test_context("%s", name);
            expect_true(!copy_run(&copied, &log));
            expect_int_eq(log.failures, 1);
            expect_empty_folder(FOLDER);
            remove_raster(WRAPPER);
        }
}
