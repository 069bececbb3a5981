/* SPDX-License-Identifier: MIT */
#include "stalls.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "random.h"

/* One call in so many is delayed, by so much at most: most are not, so that
 * threads stay apart. */
enum { ONE_IN = 6, MOST_US = 400 };

static atomic_uint generation; /**< 0: no stalls */
static _Atomic uint64_t seed_of_all;
static atomic_uint turns; /**< threads that have come by in this generation */
static atomic_llong delays;

void stalls_begin(uint64_t seed)
{
    static unsigned generations;
    atomic_store(&seed_of_all, seed);
    atomic_store(&turns, 0);
    atomic_store(&delays, 0);
    atomic_store(&generation, ++generations);
}

int64_t stalls_end(void)
{
    atomic_store(&generation, 0);
    return atomic_load(&delays);
}

__attribute__((constructor)) static void begin_if_asked(void)
{
    const char *seed = getenv("ROWBAND_STALLS");
    if (seed != NULL && *seed != '\0')
        stalls_begin(strtoull(seed, NULL, 10));
}

static void stall(void)
{
    static _Thread_local Random random;
    static _Thread_local unsigned own_generation;
    const unsigned now = atomic_load(&generation);
    if (now == 0)
        return;
    if (own_generation != now) {
        own_generation = now;
        random.state =
            random_mix(atomic_load(&seed_of_all)) + atomic_fetch_add(&turns, 1);
    }
    if (!random_once_in(&random, ONE_IN))
        return;
    const struct timespec time = {
        .tv_nsec = 1000 * (long)random_in(&random, 0, MOST_US)};
    nanosleep(&time, NULL);
    atomic_fetch_add(&delays, 1);
}

/* The linker has calls of pthread_mutex_lock() call
 * __wrap_pthread_mutex_lock(), and those of __real_pthread_mutex_lock()
 * pthread_mutex_lock(). The linker takes GDAL's calls, which do not come
 * by here, for ones that might: that is why all are exported. The names
 * are the linker's. */
#pragma GCC visibility push(default)
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

int __real_pthread_mutex_lock(pthread_mutex_t *mutex);
int __real_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex);
int __real_pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex,
                                  const struct timespec *deadline);
int __real_pthread_cond_signal(pthread_cond_t *cond);

int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex);
int __wrap_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex);
int __wrap_pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex,
                                  const struct timespec *deadline);
int __wrap_pthread_cond_signal(pthread_cond_t *cond);
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex)
{
    stall();
    return __real_pthread_mutex_lock(mutex);
}

/* With the mutex held, too: whoever wants it waits longer. */
int __wrap_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex)
{
    stall();
    const int result = __real_pthread_cond_wait(cond, mutex);
    stall();
    return result;
}

int __wrap_pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex,
                                  const struct timespec *deadline)
{
    stall();
    const int result = __real_pthread_cond_timedwait(cond, mutex, deadline);
    stall();
    return result;
}

int __wrap_pthread_cond_signal(pthread_cond_t *cond)
{
    stall();
    return __real_pthread_cond_signal(cond);
}
