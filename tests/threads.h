/* SPDX-License-Identifier: MIT */
#ifndef ROWBAND_TESTS_THREADS_H
#define ROWBAND_TESTS_THREADS_H

#include <stdbool.h>

enum { THREADS_MAX = 16 };

typedef struct Threads Threads;

/** Starts @p count threads, each of which calls @p run.
 * @return NULL if not all could be started */
Threads *threads_start(int count, void (*run)(void *user), void *user);

/** Waits for the threads to end. NULL is allowed. */
void threads_join(Threads *threads);

void sleep_ms(int ms);

/** Milliseconds on a clock that nobody sets. */
double now_ms(void);

#endif
