/* SPDX-License-Identifier: MIT */
/** @file
 * The jobs that are on their way: hands them to the queue, knows how many there
 * are, keeps what is carried from piling up, and latches the first failure.
 */
#ifndef ROWBAND_DISPATCH_H
#define ROWBAND_DISPATCH_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "job.h"
#include "pyramid.h"
#include "queue.h"
#include "status.h"
#include "writer.h"

/** How long the caller's thread waits before it asks whether to go on. */
enum { PIPELINE_TICK_MS = 40 };

/** Told on the caller's thread how many tiles are written: after each window
 * and every few tens of milliseconds while the pipeline makes it wait.
 * @return false to cancel */
typedef bool (*Tick)(void *user, int64_t tiles_written);

/** Keeps carried buffers from piling up beyond what the plan counted: those
 * that the caller's thread hands over. */
typedef struct Throttle {
    uint64_t count; /**< jobs on their way, under mutex */
    uint64_t limit; /**< the caller's; at least 1 */
} Throttle;

typedef struct Dispatch {
    Queue *queue;   /**< not owned */
    Writer *writer; /**< not owned */
    Tick tick;
    void *tick_user;
    int images_per_level;

    /* Set by the caller's thread while there are no jobs. */
    bool fed[LEVELS_MAX + 1]; /**< levels whose windows the caller feeds; behind
                                   the last, whether of what is made twice */
    Throttle carried_tiles, carried_cells;

    int64_t waited_ns;    /**< by the caller's thread */
    atomic_llong jobs;    /**< handed over and not done */
    atomic_bool draining; /**< the caller waits until there are none */
    atomic_bool failed;   /**< status holds why */
    pthread_mutex_t mutex;
    pthread_cond_t caller_wakes;
    Status status; /**< the first failure, under mutex */
} Dispatch;

/** The fields before waited_ns are set by then, or soon. */
void dispatch_init(Dispatch *dispatch);
void dispatch_clear(Dispatch *dispatch);

/** Hands over a job, and with it its reference. A carried one that the caller's
 * thread hands over waits its turn; workers, which must not wait for each
 * other, hand over those of levels that are not fed.
 * @return false after a failure or a cancel */
bool dispatch_submit(Dispatch *dispatch, const Job *job);

/** @return whether it is the caller's thread that hands over tiles of the level
 * that @p tile is of */
bool dispatch_is_callers(const Dispatch *dispatch, const TileJob *tile);

/** Says that a job is done and its reference released. On a worker's thread.
 * @param status a failure is latched and stops everybody */
void dispatch_done(Dispatch *dispatch, const Job *job, const Status *status);

/** Latches the first failure and stops everybody. Any thread. */
void dispatch_fail(Dispatch *dispatch, const Status *status);

/** Asks Tick whether to go on. On the caller's thread.
 * @return false after a failure or a cancel */
bool dispatch_go_on(Dispatch *dispatch);

/** Waits until all jobs are done, with those that they add. On the caller's
 * thread.
 * @return false after a failure or a cancel */
bool dispatch_drain(Dispatch *dispatch);

/** @return false, with the failure that stopped everybody in @p status */
bool dispatch_give_up(Dispatch *dispatch, Status *status);

#endif
