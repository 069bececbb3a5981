/* SPDX-License-Identifier: MIT */
/** @file
 * Delays at random, so that threads meet in other orders than they do on their
 * own: wherever one of our object files locks a mutex, waits or signals, which
 * every stage does before and after its work. The linker has these calls come
 * by here (--wrap); nothing of it is in the driver.
 *
 * The environment variable ROWBAND_STALLS=SEED has a whole test program stall.
 */
#ifndef ROWBAND_TESTS_STALLS_H
#define ROWBAND_TESTS_STALLS_H

#include <stdint.h>

/** From now on threads are delayed, each as @p seed and its turn have it, until
 * stalls_end(). */
void stalls_begin(uint64_t seed);

/** @return how many delays there were */
int64_t stalls_end(void);

#endif
