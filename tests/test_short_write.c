/* SPDX-License-Identifier: MIT */
/* A disk that fills up: simulated by the limit on the size of files, which
 * this process sets itself. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cpl_vsi.h>

#include "gtest_c.h"
#include "harness.h"

#define SOURCE                                                                 \
    "SPY:id=full,width=700,height=600,block=128x128,pattern=noise,bands=2"

/** Limits the size of files that are written from now on.
 * @return what the limit was */
static struct rlimit limit_file_size(rlim_t nbytes)
{
    struct rlimit before, limit;
    getrlimit(RLIMIT_FSIZE, &before);
    limit = before;
    limit.rlim_cur = nbytes;
    setrlimit(RLIMIT_FSIZE, &limit);
    return before;
}

static void check(const char *folder, const char *target, const char *options,
                  uint64_t limit)
{
    const Copy copy = {.source = SOURCE, .target = target, .options = options};
    ErrorLog log;
    test_context("%s at %llu bytes", options, (unsigned long long)limit);
    const struct rlimit before = limit_file_size(limit);
    const bool copied = copy_run(&copy, &log);
    setrlimit(RLIMIT_FSIZE, &before);
    expect_true(!copied);
    expect_int_eq(log.failures, 1);
    expect_true(strstr(log.failure, target) != NULL);
    expect_empty_folder(folder);
    remove_raster(target);
}

static void check_limits(const char *folder, const char *options)
{
    char target[NAME_NCHARS];
    VSIStatBufL stat;
    snprintf(target, sizeof target, "%s/target.tif", folder);
    expect_copied("ROWBAND", SOURCE, target, options);
    require(VSIStatL(target, &stat) == 0);
    remove_raster(target);
    const uint64_t nbytes = (uint64_t)stat.st_size;
    const uint64_t limits[] = {
        0,          7,          16,           17,         4096,
        nbytes / 3, nbytes / 2, nbytes - 500, nbytes - 1, nbytes - 100};
    for (int i = 0; i < COUNT_OF(limits); i++)
        check(folder, target, options, limits[i]);
}

TEST_CASE(short_write, is_one_failure_and_leaves_no_file)
{
    static const char *const options[] = {
        "NUM_THREADS=1 BLOCKXSIZE=128 BLOCKYSIZE=128",
        "NUM_THREADS=4 TILED=NO BLOCKYSIZE=16 BUDGET=8M",
        "NUM_THREADS=4 COMPRESS=NONE",
        "NUM_THREADS=2 LAYOUT=COG BLOCKSIZE=128",
    };
    char folder[] = "/tmp/rowband_XXXXXX";
    require(mkdtemp(folder) != NULL);
    copying_start();
    void (*const before)(int) = signal(SIGXFSZ, SIG_IGN);
    for (int i = 0; i < COUNT_OF(options) && !test_failed(); i++)
        check_limits(folder, options[i]);
    signal(SIGXFSZ, before);
    rmdir(folder);
}
