/* SPDX-License-Identifier: MIT */
/* A failure has GDAL's number for what it is, and names the target, whichever
 * way it came in by. */
#include <stdio.h>
#include <string.h>

#include <cpl_string.h>
#include <cpl_vsi.h>

#include "gtest_c.h"
#include "harness.h"
#include "report.h"

#define FOLDER "/vsimem/report"
#define TARGET FOLDER "/target.tif"

typedef struct Numbered {
    const char *source; /**< of a copy */
    const char *target, *options;
    CPLErrorNum number;
} Numbered;

static const Numbered failures[] = {
    {"SPY:id=report", TARGET, "COMPRESS=NONSENSE", CPLE_IllegalArg},
    {"SPY:id=report", TARGET, "BLOCKXSIZE=17 BLOCKYSIZE=17", CPLE_IllegalArg},
    {"SPY:id=report", "/vsimem_none/no/target.tif", NULL, CPLE_FileIO},
};

static void expect_failure(const ErrorLog *log, const Numbered *wanted)
{
    char begin[NAME_NCHARS];
    snprintf(begin, sizeof begin, "ROWBAND: %s: ", wanted->target);
    expect_int_eq(log->failures, 1);
    expect_int_eq(log->number, wanted->number);
    if (strncmp(log->failure, begin, strlen(begin)) != 0)
        expect_str_eq(log->failure, begin);
}

static void expect_copy_fails(const Numbered *wanted)
{
    const Copy copy = {.source = wanted->source,
                       .target = wanted->target,
                       .options = wanted->options};
    ErrorLog log;
    test_context("copy: %s", wanted->options);
    expect_true(!copy_run(&copy, &log));
    expect_failure(&log, wanted);
}

TEST_CASE(report, failures_of_a_copy_are_told_apart)
{
    static const Numbered others[] = {
        {"SPY:id=report", TARGET, "FSYNC=YES", CPLE_NotSupported},
        {"SPY:id=report,fail=0/0", TARGET, NULL, CPLE_FileIO},
    };
    VSIMkdir(FOLDER, 0755);
    for (int i = 0; i < COUNT_OF(failures); i++)
        expect_copy_fails(&failures[i]);
    for (int i = 0; i < COUNT_OF(others); i++)
        expect_copy_fails(&others[i]);
    expect_empty_folder(FOLDER);
}

TEST_CASE(report, failures_of_create_are_told_apart)
{
    ErrorLog log;
    copying_start();
    VSIMkdir(FOLDER, 0755);
    for (int i = 0; i < COUNT_OF(failures); i++) {
        const Numbered *wanted = &failures[i];
        char **options = CSLTokenizeString2(
            wanted->options != NULL ? wanted->options : "", " ", 0);
        test_context("create: %s", wanted->options);
        error_log_begin(&log);
        expect_true(GDALCreate(GDALGetDriverByName("ROWBAND"), wanted->target,
                               64, 64, 1, GDT_Byte, options) == NULL);
        error_log_end();
        CSLDestroy(options);
        expect_failure(&log, wanted);
    }
    expect_empty_folder(FOLDER);
}

TEST_CASE(report, each_code_has_its_number)
{
    static const CPLErrorNum numbers[] = {
        [STATUS_NO_MEMORY] = CPLE_OutOfMemory,
        [STATUS_INVALID] = CPLE_IllegalArg,
        [STATUS_UNSUPPORTED] = CPLE_NotSupported,
        [STATUS_READ] = CPLE_FileIO,
        [STATUS_IO] = CPLE_FileIO,
        [STATUS_CODEC] = CPLE_AppDefined,
        [STATUS_THREAD] = CPLE_AppDefined,
        [STATUS_CANCELLED] = CPLE_UserInterrupt,
    };
    copying_start();
    for (int code = 1; code < COUNT_OF(numbers); code++) {
        ErrorLog log;
        Status status = {.code = STATUS_OK};
        status_fail(&status, (StatusCode)code, "100%% of it");
        test_context("code %d", code);
        error_log_begin(&log);
        report_failure("target.tif", &status);
        error_log_end();
        expect_int_eq(log.failures, 1);
        expect_int_eq(log.number, numbers[code]);
        expect_str_eq(log.failure, "ROWBAND: target.tif: 100% of it");
    }
}
