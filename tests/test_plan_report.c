/* SPDX-License-Identifier: MIT */
/* PLAN=YES against what a copy does to a source that counts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_vsi.h>

#include "gtest_c.h"
#include "harness.h"

#define FOLDER "/vsimem/plan_report"
#define VRT FOLDER "/source.vrt"
#define REPORT FOLDER "/plan.json"
#define TARGET FOLDER "/target.tif"

/** What the driver tells; to be freed with CPLFree(). */
static char *report_of(const char *source, const char *options)
{
    char with_plan[NAME_NCHARS];
    ErrorLog log;
    const Copy copy = {
        .source = source, .target = REPORT, .options = with_plan};
    snprintf(with_plan, sizeof with_plan, "PLAN=YES %s", options);
    expect_true(copy_run(&copy, &log));
    Bytes bytes = bytes_of_file(REPORT);
    char *text = CPLCalloc(1, bytes.nbytes + 1);
    if (bytes.nbytes > 0)
        memcpy(text, bytes.data, bytes.nbytes);
    bytes_free(&bytes);
    return text;
}

/** The last number of that name. */
static int64_t number_of(const char *report, const char *name)
{
    char quoted[64];
    const char *found = NULL;
    snprintf(quoted, sizeof quoted, "\"%s\":", name);
    for (const char *at = report; (at = strstr(at, quoted)) != NULL; at++)
        found = at;
    return found != NULL ? strtoll(found + strlen(quoted), NULL, 10) : -1;
}

typedef struct Planned {
    const char *spy;       /**< less its id */
    const char *arguments; /**< of gdal_translate; NULL: it is copied itself */
    const char *options;
} Planned;

static const Planned planned[] = {
    {"width=1000,height=700,block=256x128", NULL, "BUDGET=1M"},
    {"width=1000,height=700,block=256x128,bands=3", NULL, "LAYOUT=COG"},
    {"width=900,height=800,block=300x200,bands=3,interleave=BAND", NULL,
     "INTERLEAVE=BAND BUDGET=1M"},
    {"width=900,height=800,block=300x200,mask=1", NULL, "LAYOUT=COG"},
    {"width=900,height=800,block=300x200,mask=1,mask_block=128x128", NULL, ""},
    {"width=1000,height=700,block=256x128", "-srcwin 300 150 600 400", ""},
    {"width=1000,height=700,block=1000x1", "-srcwin 30 150 600 401", ""},
    {"width=1000,height=700,block=64x32,bands=3", "-b 3 -srcwin 99 99 99 99",
     ""},
    {"width=1000,height=700,block=256x128,bands=3,interleave=BAND",
     "-b 3 -b 1 -srcwin 99 99 500 500", "LAYOUT=COG BUDGET=2M"},
    {"width=1000,height=700,block=100x100", "-scale 0 100 0 50 -ot Int16",
     "PART=2/3 BLOCKXSIZE=64 BLOCKYSIZE=64"},
    {"width=1000,height=700,block=1000x10", NULL,
     "PART=2/3 BLOCKXSIZE=64 BLOCKYSIZE=64"}};

/** Nothing is decoded to plan, and as often as it said afterwards. */
static void expect_as_planned(const Planned *of, int number)
{
    char name[NAME_NCHARS], id[32], options[NAME_NCHARS];
    snprintf(id, sizeof id, "planned%d", number);
    snprintf(name, sizeof name, "SPY:id=%s,%s", id, of->spy);
    snprintf(options, sizeof options, "READ_THREADS=1 %s", of->options);
    if (of->arguments != NULL)
        expect_true(vrt_translate(name, of->arguments, VRT));
    const char *source = of->arguments != NULL ? VRT : name;
    spy_reset(id);
    char *report = report_of(source, options);
    expect_int_eq(spy_counts(id).decodes, 0);
    expect_int_eq(spy_mask_counts(id).decodes, 0);
    ErrorLog log;
    expect_copied_with("ROWBAND", source, TARGET, options, &log);
    expect_int_eq(number_of(report, "decodes_at_most"),
                  spy_counts(id).decodes + spy_mask_counts(id).decodes);
    expect_true(strstr(report, "\"decodes_exact\":true") != NULL);
    CPLFree(report);
    remove_raster(TARGET);
    VSIUnlink(VRT);
}

TEST_CASE(plan_report, tells_the_decodes_of_a_copy)
{
    copying_start();
    VSIMkdir(FOLDER, 0755);
    for (int i = 0; i < COUNT_OF(planned); i++) {
        test_context("%s %s %s", planned[i].spy, planned[i].options,
                     planned[i].arguments != NULL ? planned[i].arguments : "");
        expect_as_planned(&planned[i], i);
    }
    VSIRmdirRecursive(FOLDER);
}

/** What is below what resamples may or may not be needed. */
TEST_CASE(plan_report, tells_the_most_that_may_be_decoded)
{
    copying_start();
    VSIMkdir(FOLDER, 0755);
    expect_true(vrt_translate("SPY:id=resampled,width=900,height=700,"
                              "block=128x128",
                              "-outsize 50% 50% -r bilinear", VRT));
    spy_reset("resampled");
    char *report = report_of(VRT, "");
    expect_copied("ROWBAND", VRT, TARGET, "READ_THREADS=1");
    const int64_t told = number_of(report, "decodes_at_most");
    expect_true(told >= spy_counts("resampled").decodes);
    expect_int_eq(told, spy_counts("resampled").blocks);
    expect_true(strstr(report, "\"decodes_exact\":false") != NULL);
    CPLFree(report);
    VSIRmdirRecursive(FOLDER);
}

/** What else is decoded, or is not, is not counted, and that is told. */
TEST_CASE(plan_report, tells_where_a_copy_may_decode_otherwise)
{
    static const char *const cases[][2] = {
        {"SPY:id=other,own_masks=computed,block=64x64", ""},
        {"SPY:id=other,block=64x64",
         "PART=2/2 BLOCKXSIZE=64 BLOCKYSIZE=64 PREDICTOR=AUTO"}};
    copying_start();
    VSIMkdir(FOLDER, 0755);
    for (int i = 0; i < COUNT_OF(cases); i++) {
        test_context("%s", cases[i][0]);
        char *report = report_of(cases[i][0], cases[i][1]);
        expect_true(strstr(report, "\"decodes_exact\":false") != NULL);
        CPLFree(report);
    }
    VSIRmdirRecursive(FOLDER);
}

/** A failure on the way leaves what was there. */
TEST_CASE(plan_report, keeps_the_older_report_of_what_cannot_be_planned)
{
    copying_start();
    VSIMkdir(FOLDER, 0755);
    VSIFCloseL(
        VSIFileFromMemBuffer(REPORT, (GByte *)CPLStrdup("older"), 5, TRUE));
    ErrorLog log;
    const Copy copy = {.source = "SPY:id=unplanned,bands=2,type=CFloat64",
                       .target = REPORT,
                       .options = "PLAN=YES LAYOUT=COG RESAMPLING=CUBIC"};
    expect_true(!copy_run(&copy, &log));
    expect_int_eq(log.failures, 1);
    Bytes bytes = bytes_of_file(REPORT);
    expect_int_eq(bytes.nbytes, 5);
    bytes_free(&bytes);
    VSIRmdirRecursive(FOLDER);
}
