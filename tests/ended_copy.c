/* SPDX-License-Identifier: MIT */
#include "ended_copy.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cpl_conv.h>

#include "faults.h"
#include "gtest_c.h"
#include "harness.h"

bool copy_keeping_target(const char *source, const char *target,
                         const char *options)
{
    char all[NAME_NCHARS];
    const Copy copy = {.source = source, .target = target, .options = all};
    ErrorLog log;
    snprintf(all, sizeof all,
             "%s QUIET_DELETE_ON_CREATE_COPY=NO "
             "@QUIET_DELETE_ON_CREATE_COPY=NO NUM_THREADS=1",
             options);
    CPLSetThreadLocalConfigOption("GDAL_VALIDATE_CREATION_OPTIONS", "NO");
    const bool made = copy_run(&copy, &log);
    CPLSetThreadLocalConfigOption("GDAL_VALIDATE_CREATION_OPTIONS", NULL);
    return made;
}

bool copy_ending_at(int64_t nth, const char *source, const char *target,
                    const char *options)
{
    int status = 0;
    const pid_t child = fork();
    if (child == 0) {
        fault_arm(FAULT_CALL_END, nth, false);
        _exit(copy_keeping_target(source, target, options) ? 0 : 1);
    }
    const bool waited = child > 0 && waitpid(child, &status, 0) == child;
    const int ended = waited && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    expect_true(ended == 0 || ended == FAULT_END_STATUS);
    return ended == FAULT_END_STATUS;
}
