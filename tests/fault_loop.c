/* SPDX-License-Identifier: MIT */
#include "fault_loop.h"

#include <dirent.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_string.h>
#include <cpl_vsi.h>
#include <gdal_alg.h>

#include "fault_files.h"
#include "fault_table.h"
#include "folders.h"
#include "gtest_c.h"
#include "harness.h"
#include "threads.h"

#define REFERENCE "/vsimem/fault_reference"

/* More points than any of the copies has. */
enum { POINTS_MAX = 20000 };

/** What a process holds beside memory. */
typedef struct Holdings {
    int threads, files;
} Holdings;

/** How a copy ended. */
typedef struct Outcome {
    bool made;
    ErrorLog log;
    FaultReport report;
    int strays; /**< failures reported on other threads */
} Outcome;

typedef struct State {
    const FaultLoop *loop;
    char folder[NAME_NCHARS]; /**< of the target, without the fault handler */
    Holdings before;
    uint8_t *pixels; /**< for Create(), band after band */
    SpySpec spec;
    FaultTally tally;
} State;

static int entries_of(const char *folder)
{
    int count = 0;
    DIR *entries = opendir(folder);
    while (entries != NULL && readdir(entries) != NULL)
        count++;
    if (entries != NULL)
        closedir(entries);
    return count;
}

static Holdings holdings(void)
{
    return (Holdings){entries_of("/proc/self/task"),
                      entries_of("/proc/self/fd")};
}

/** Waits a while for no thread to be listed beyond @p threads: one that is
 * joined is for a moment yet. */
static Holdings holdings_settled(int threads, int patience_ms)
{
    Holdings now = holdings();
    for (int i = 0; i < patience_ms && now.threads > threads; i++) {
        sleep_ms(1);
        now = holdings();
    }
    return now;
}

static void CPL_STDCALL count_stray(CPLErr severity, CPLErrorNum number,
                                    const char *message)
{
    atomic_int *strays = CPLGetErrorHandlerUserData();
    (void)number;
    if (severity >= CE_Failure) {
        atomic_fetch_add(strays, 1);
        fprintf(stderr, "on another thread: %s\n", message);
    }
}

static bool decode_fails(void)
{
    return fault_strikes(FAULT_DECODE);
}

static int CPL_STDCALL go_on(double done, const char *message, void *user)
{
    (void)done;
    (void)message;
    (void)user;
    return !fault_strikes(FAULT_PROGRESS);
}

/** The result is not ours any more: it is closed without faults. */
static bool make_copy(const FaultLoop *loop, GDALDatasetH source,
                      char **options, Outcome *outcome)
{
    const GDALDatasetH made =
        GDALCreateCopy(GDALGetDriverByName("ROWBAND"), loop->target, source,
                       FALSE, options, go_on, NULL);
    outcome->report = fault_disarm();
    if (made != NULL)
        GDALClose(made);
    return made != NULL;
}

/** A file that is closed although something failed is none: @return whether
 * nothing did. */
static bool make_created(const State *state, char **options, Outcome *outcome)
{
    const SpySpec *spec = &state->spec;
    const GDALDatasetH made =
        GDALCreate(GDALGetDriverByName("ROWBAND"), state->loop->target,
                   spec->width, spec->height, spec->bands, spec->type, options);
    if (made == NULL) {
        outcome->report = fault_disarm();
        return false;
    }
    const bool written =
        GDALDatasetRasterIO(made, GF_Write, 0, 0, spec->width, spec->height,
                            state->pixels, spec->width, spec->height,
                            spec->type, spec->bands, NULL, 0, 0, 0) == CE_None;
    GDALClose(made);
    outcome->report = fault_disarm();
    return written;
}

/** Opens the source, and what is behind it: GDALCreateCopy() does so before it
 * asks the driver, and what it says of it is not ours. */
static GDALDatasetH open_source(const char *name)
{
    const GDALDatasetH source = GDALOpen(name, GA_ReadOnly);
    const int width = source != NULL ? GDALGetRasterXSize(source) : 0;
    const int height = source != NULL ? GDALGetRasterYSize(source) : 0;
    expect_true(source != NULL);
    if (source != NULL)
        expect_int_eq(GDALDatasetAdviseRead(
                          source, 0, 0, width, height, width, height, GDT_Byte,
                          GDALGetRasterCount(source), NULL, NULL),
                      CE_None);
    return source;
}

/** The options; with those that tell GDAL to leave the older target to the
 * driver, which Create() does not know. (The one name is that of later GDALs.)
 */
static char **options_of(const FaultLoop *loop)
{
    char **options =
        CSLTokenizeString2(loop->options == NULL ? "" : loop->options, " ", 0);
    CPLSetThreadLocalConfigOption("GDAL_VALIDATE_CREATION_OPTIONS",
                                  loop->older != NULL ? "NO" : NULL);
    if (loop->older == NULL || loop->create)
        return options;
    options = CSLSetNameValue(options, "QUIET_DELETE_ON_CREATE_COPY", "NO");
    return CSLSetNameValue(options, "@QUIET_DELETE_ON_CREATE_COPY", "NO");
}

/** One copy, which meets with the fault at the @p nth point. The source is open
 * before and closed after. */
static Outcome attempt(const State *state, int64_t nth)
{
    const FaultLoop *loop = state->loop;
    Outcome outcome = {.made = false};
    atomic_int strays = 0;
    char **options = options_of(loop);
    if (loop->older != NULL)
        folder_copy(loop->older, state->folder);
    const GDALDatasetH source = open_source(loop->source);
    const CPLErrorHandler before = CPLSetErrorHandlerEx(count_stray, &strays);
    error_log_begin(&outcome.log);
    fault_arm(loop->kind, nth, loop->for_good);
    if (source != NULL)
        outcome.made = loop->create
                           ? make_created(state, options, &outcome)
                           : make_copy(loop, source, options, &outcome);
    error_log_end();
    CPLSetErrorHandler(before);
    if (source != NULL)
        GDALClose(source);
    CSLDestroy(options);
    outcome.strays = strays;
    /* Nobody is told by GDALClose(). */
    if (loop->create)
        outcome.made = outcome.made && outcome.log.failures == 0;
    return outcome;
}

/** Checksum of the mask of the first band; -1: the file does not open. */
static int mask_checksum(const char *path)
{
    const GDALDatasetH raster = GDALOpen(path, GA_ReadOnly);
    if (raster == NULL)
        return -1;
    const GDALRasterBandH mask = GDALGetMaskBand(GDALGetRasterBand(raster, 1));
    const int sum = GDALChecksumImage(mask, 0, 0, GDALGetRasterXSize(raster),
                                      GDALGetRasterYSize(raster));
    GDALClose(raster);
    return sum;
}

/** What is read in other windows lies otherwise in the file. */
static void expect_same_raster(const char *path, const char *expected)
{
    expect_same_pixels(path, expected);
    expect_int_eq(mask_checksum(path), mask_checksum(expected));
}

/** The older target stays if it can never be deleted, and a warning tells what
 * it is called. */
static void remove_what_was_told_of(const State *state, const ErrorLog *log)
{
    char **files = folder_files(state->folder);
    for (int i = 0; files != NULL && files[i] != NULL; i++) {
        char path[NAME_NCHARS];
        folder_join(path, state->folder, files[i]);
        if (strstr(log->warning, path) != NULL &&
            strstr(path, ".rowband-old-") != NULL)
            VSIUnlink(path);
    }
    CSLDestroy(files);
}

/** Expects the folder to hold what a copy without a fault makes. */
static void expect_result(State *state)
{
    const char *name = CPLGetFilename(state->loop->target);
    char **files = folder_files(state->folder);
    char **wanted = folder_files(REFERENCE);
    const bool complete =
        CSLCount(files) == CSLCount(wanted) && CSLFindString(files, name) >= 0;
    expect_int_eq(CSLCount(files), CSLCount(wanted));
    expect_true(complete);
    state->tally.lost += !complete;
    for (int i = 0; complete && files[i] != NULL; i++) {
        char path[NAME_NCHARS], like[NAME_NCHARS];
        folder_join(path, state->folder, files[i]);
        folder_join(like, REFERENCE, files[i]);
        if (files_have_same_bytes(path, like))
            continue;
        if (strcmp(files[i], name) == 0)
            expect_same_raster(path, like);
        else
            expect_same_files(path, like);
    }
    state->tally.wrong += complete && test_failed();
    CSLDestroy(files);
    CSLDestroy(wanted);
}

static bool opens(const char *path)
{
    CPLPushErrorHandler(CPLQuietErrorHandler);
    const GDALDatasetH raster =
        GDALOpenEx(path, GDAL_OF_RASTER, NULL, NULL, NULL);
    if (raster != NULL)
        GDALClose(raster);
    CPLPopErrorHandler();
    return raster != NULL;
}

/** Expects the driver to have left nothing in memory. */
static void expect_no_memory_files(void)
{
    char **names = VSIReadDir("/vsimem/");
    for (int i = 0; names != NULL && names[i] != NULL; i++)
        if (STARTS_WITH(names[i], "rowband"))
            expect_str_eq(names[i], "");
    CSLDestroy(names);
}

/** Expects a failure, and nothing else. */
static void expect_nothing(State *state, const Outcome *outcome)
{
    const FaultLoop *loop = state->loop;
    const char *message = outcome->log.failure;
    char path[NAME_NCHARS];
    /* What fails before a dataset of Create() is closed is reported then, by
     * GDAL, and when it is closed. */
    if (loop->create)
        expect_int_le(1, outcome->log.failures);
    else
        expect_int_eq(outcome->log.failures, 1);
    if (strstr(message, loop->target) == NULL &&
        strstr(message, loop->source) == NULL)
        expect_str_eq(message, "the name of the target or the source");
    if (loop->older != NULL) {
        const bool same = folder_has_same_bytes(state->folder, loop->older);
        expect_true(same);
        state->tally.lost += !same;
        return;
    }
    folder_join(path, state->folder, CPLGetFilename(loop->target));
    state->tally.wrong += opens(path);
    expect_empty_folder(state->folder);
}

static void check(State *state, const Outcome *outcome)
{
    const FaultLoop *loop = state->loop;
    const bool struck = outcome->report.struck > 0;
    state->tally.provoked += struck;
    if (outcome->made) {
        if (loop->kind == FAULT_CALL_UNLINK && loop->for_good)
            remove_what_was_told_of(state, &outcome->log);
        expect_result(state);
        expect_str_eq(outcome->log.failure, "");
        expect_true(!(struck && loop->must_fail));
    } else {
        expect_true(struck);
        expect_nothing(state, outcome);
    }
    expect_int_eq(outcome->strays, 0);
    expect_int_eq(outcome->report.held, 0);
    expect_no_memory_files();
    const Holdings now = holdings_settled(state->before.threads, 1000);
    expect_int_eq(now.threads, state->before.threads);
    expect_int_eq(now.files, state->before.files);
    folder_clear(state->folder);
}

/** The pixels that Create() is given.
 * @return false if there is no memory for them */
static bool take_pixels(State *state)
{
    const SpySpec *spec = &state->spec;
    const size_t row_nbytes =
        (size_t)spec->width * (size_t)GDALGetDataTypeSizeBytes(spec->type);
    uint8_t *to = state->pixels =
        malloc(row_nbytes * (size_t)spec->height * (size_t)spec->bands);
    for (int band = 1; to != NULL && band <= spec->bands; band++)
        for (int y = 0; y < spec->height; y++, to += row_nbytes)
            spy_row(spec, 0, y, spec->width, band, to);
    return state->pixels != NULL;
}

/** Copies without a fault: what comes of it is what is expected, and what GDAL
 * keeps from its first use on is there then. */
static bool begin(State *state)
{
    const FaultLoop *loop = state->loop;
    copying_start();
    fault_files_install();
    spy_set_fault(decode_fails);
    snprintf(state->folder, sizeof state->folder, "%s",
             CPLGetPath(fault_files_behind(loop->target)));
    VSIMkdir(state->folder, 0755);
    folder_clear(REFERENCE);
    test_context("%s, without: %s", loop->fault, loop->options);
    if (loop->create &&
        (!spy_parse(loop->source, &state->spec) || !take_pixels(state)))
        return false;
    const int threads = holdings().threads;
    const Outcome outcome = attempt(state, 0);
    expect_true(outcome.made);
    expect_str_eq(outcome.log.failure, "");
    if (loop->plan != NULL && strstr(outcome.log.plan, loop->plan) == NULL)
        expect_str_eq(outcome.log.plan, loop->plan);
    folder_copy(state->folder, REFERENCE);
    folder_clear(state->folder);
    /* A sanitizer may start a thread of its own with the first of ours. */
    state->before = holdings_settled(threads, 50);
    return outcome.made;
}

static void end(State *state)
{
    fault_table_add(state->loop->fault, &state->tally);
    spy_set_fault(NULL);
    folder_clear(REFERENCE);
    free(state->pixels);
}

void fault_loop_run(const FaultLoop *loop)
{
    State state = {.loop = loop};
    if (test_failed())
        return;
    bool more = begin(&state);
    expect_true(more);
    for (int64_t nth = 1; more && !test_failed(); nth++) {
        if (one_left_out())
            continue;
        test_context("%s, at point %lld: %s to %s, %s", loop->fault,
                     (long long)nth, loop->source, loop->target, loop->options);
        const Outcome outcome = attempt(&state, nth);
        check(&state, &outcome);
        more = outcome.report.struck > 0;
        expect_int_lt(nth, POINTS_MAX);
    }
    if (TEST_ONE_IN == 1 && !loop->may_be_none)
        expect_int_lt(0, state.tally.provoked);
    end(&state);
}

void fault_loop_run_each(const FaultLoop *faults, int count,
                         const FaultLoop *copy, const char *folder)
{
    char target[NAME_NCHARS];
    folder_join(target, folder, "target.tif");
    for (int i = 0; i < count; i++) {
        FaultLoop loop = faults[i];
        loop.may_be_none = true;
        loop.source = copy->source;
        loop.target = target;
        loop.older = copy->older;
        loop.options = copy->options;
        loop.create = copy->create;
        fault_loop_run(&loop);
    }
}
