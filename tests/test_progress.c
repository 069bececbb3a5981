/* SPDX-License-Identifier: MIT */
/* What the caller is told while a copy goes on, and how it stops one. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <cpl_vsi.h>

#include "gtest_c.h"
#include "harness.h"

#define FOLDER "/vsimem/progress"
#define TARGET FOLDER "/target.tif"

#define SOURCE                                                                 \
    "SPY:id=progress,width=1024,height=2100,block=256x256,bands=3,cost_us=200"
#define OPTIONS "BLOCKXSIZE=128 BLOCKYSIZE=128 BUDGET=16M NUM_THREADS=2"

/** What a progress callback has seen. */
typedef struct Progress {
    int calls;
    int cancel_at; /**< the call that says stop, from 1; 0: none does */
    double first, last;
    bool falls, after_cancel, elsewhere;
    pthread_t caller;
} Progress;

static Progress progress_new(int cancel_at)
{
    return (Progress){
        .cancel_at = cancel_at, .last = -1, .caller = pthread_self()};
}

static int CPL_STDCALL watch(double done, const char *message, void *user)
{
    Progress *progress = user;
    (void)message;
    if (progress->calls++ == 0)
        progress->first = done;
    progress->falls |= done < progress->last;
    progress->elsewhere |= !pthread_equal(pthread_self(), progress->caller);
    progress->after_cancel |=
        progress->cancel_at > 0 && progress->calls > progress->cancel_at;
    progress->last = done;
    return progress->calls != progress->cancel_at;
}

static bool run(Progress *progress, const char *options, ErrorLog *log)
{
    const Copy copy = {.source = SOURCE,
                       .target = TARGET,
                       .options = options,
                       .progress = watch,
                       .progress_user = progress};
    return copy_run(&copy, log);
}

TEST_CASE(progress, rises_to_one_on_the_callers_thread)
{
    static const char *const options[] = {OPTIONS, OPTIONS " BUDGET=1",
                                          OPTIONS " BUDGET=1G", "TILED=NO"};
    for (int i = 0; i < COUNT_OF(options); i++) {
        Progress progress = progress_new(0);
        ErrorLog log;
        test_context("%s", options[i]);
        expect_true(run(&progress, options[i], &log));
        expect_true(progress.first >= 0);
        expect_true(progress.last == 1.0);
        expect_true(!progress.falls);
        expect_true(!progress.elsewhere);
        expect_int_lt(2, progress.calls);
        remove_raster(TARGET);
    }
}

/** Stops at call @p cancel_at.
 * @return whether there was such a call */
static bool check_cancel(int cancel_at)
{
    Progress progress = progress_new(cancel_at);
    ErrorLog log;
    test_context("cancelled at call %d", cancel_at);
    const bool copied = run(&progress, OPTIONS, &log);
    if (progress.calls < cancel_at) {
        expect_true(copied);
        remove_raster(TARGET);
        return false;
    }
    expect_true(!copied);
    expect_true(!progress.after_cancel);
    expect_int_eq(log.failures, 1);
    expect_empty_folder(FOLDER);
    return true;
}

TEST_CASE(progress, saying_stop_leaves_nothing)
{
    VSIMkdir(FOLDER, 0755);
    int cancel_at = 1;
    while (cancel_at < 1000 && check_cancel(cancel_at) && !test_failed())
        cancel_at += 1 + cancel_at / 8;
    expect_int_lt(5, cancel_at);
}

/* How many calls there are depends on the clock; the last one says 1. */
static int CPL_STDCALL stop_at_the_end(double done, const char *message,
                                       void *user)
{
    (void)message;
    (void)user;
    return done < 1.0;
}

/** Counts in @p user how often what is there already opens as a raster. */
static int CPL_STDCALL try_to_open(double done, const char *message, void *user)
{
    int *opened = user;
    (void)message;
    if (done == 1.0)
        return TRUE;
    GDALDatasetH unfinished =
        GDALOpenEx(TARGET, GDAL_OF_RASTER, NULL, NULL, NULL);
    if (unfinished != NULL) {
        ++*opened;
        GDALClose(unfinished);
    }
    return TRUE;
}

TEST_CASE(progress, what_is_unfinished_does_not_open)
{
    int opened = 0;
    const Copy copy = {.source = SOURCE,
                       .target = TARGET,
                       .options = OPTIONS,
                       .progress = try_to_open,
                       .progress_user = &opened};
    ErrorLog log;
    VSIMkdir(FOLDER, 0755);
    expect_true(copy_run(&copy, &log));
    expect_int_eq(opened, 0);
    expect_pixels_of(SOURCE, TARGET);
    remove_raster(TARGET);
}

TEST_CASE(progress, saying_stop_at_the_very_end_leaves_nothing)
{
    const Copy copy = {.source = SOURCE,
                       .target = TARGET,
                       .options = OPTIONS,
                       .progress = stop_at_the_end};
    ErrorLog log;
    VSIMkdir(FOLDER, 0755);
    expect_true(!copy_run(&copy, &log));
    expect_int_eq(log.failures, 1);
    expect_empty_folder(FOLDER);
}

/* A block takes 200 us to decode: 4 x 9 of them in three bands. */
TEST_CASE(progress, is_summed_up_in_who_waited_for_whom)
{
    double source = -1, workers = -1, tiles = -1, turn = -1;
    Progress progress = progress_new(0);
    ErrorLog log;
    expect_true(run(&progress, OPTIONS " READ_THREADS=1", &log));
    const char *waited = strstr(log.result, "waited: ");
    require(waited != NULL);
    expect_int_eq(sscanf(waited,
                         "waited: caller %lf s for the source, %lf s for "
                         "workers; workers %lf s for tiles, %lf s to write",
                         &source, &workers, &tiles, &turn),
                  4);
    /* Seven milliseconds at least, which two digits round up. */
    expect_true(source >= 0.01 && source < 60);
    expect_true(workers >= 0 && tiles >= 0 && turn >= 0);
}
