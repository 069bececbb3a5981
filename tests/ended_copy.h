/* SPDX-License-Identifier: MIT */
/** @file
 * Copies over what is there, in a process that may end meanwhile.
 */
#ifndef ROWBAND_TESTS_ENDED_COPY_H
#define ROWBAND_TESTS_ENDED_COPY_H

#include <stdbool.h>
#include <stdint.h>

/* A thread that is begun after fork() ends the process. */
#ifdef __SANITIZE_THREAD__
#define SKIP_WHERE_THREADS_ARE_WATCHED skip_test("it forks")
#else
#define SKIP_WHERE_THREADS_ARE_WATCHED (void)0
#endif

/** Copies with GDAL told to leave the older target to the driver.
 * @return whether there was a result */
bool copy_keeping_target(const char *source, const char *target,
                         const char *options);

/** The same in a process that ends before the @p nth of the calls that
 * FAULT_CALL_END is about.
 * @return whether it did */
bool copy_ending_at(int64_t nth, const char *source, const char *target,
                    const char *options);

#endif
