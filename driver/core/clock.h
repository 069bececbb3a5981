/* SPDX-License-Identifier: MIT */
/** @file
 * Waiting with a deadline on the monotonic clock, which nobody sets.
 */
#ifndef ROWBAND_CLOCK_H
#define ROWBAND_CLOCK_H

#include <pthread.h>
#include <stdint.h>
#include <time.h>

/** Like pthread_cond_init(), for pthread_cond_timedwait() with deadlines from
 * clock_deadline(). */
void clock_cond_init(pthread_cond_t *cond);

/** The moment @p timeout_ms from now. */
struct timespec clock_deadline(int timeout_ms);

/** Nanoseconds since some moment in the past. */
int64_t clock_now_ns(void);

#endif
