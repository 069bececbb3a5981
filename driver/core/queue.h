/* SPDX-License-Identifier: MIT */
/** @file
 * The jobs that wait for a worker: the more urgent first, and of those equally
 * urgent the first that came. Not bounded: what it holds are views of windows
 * and carried tiles, and those are counted elsewhere.
 */
#ifndef ROWBAND_QUEUE_H
#define ROWBAND_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "job.h"

typedef struct Queue Queue;

/** How urgent a job is, ascending: what is made out of other work waits in
 * memory of its own, and what makes more of it must wait until that is done. */
typedef enum Urgency {
    URGENCY_TILE,    /**< of level 0 */
    URGENCY_CELL,    /**< made from level 0 */
    URGENCY_OVERVIEW /**< what is made from cells: tiles, more cells */
} Urgency;

/** @return NULL if there is no memory */
Queue *queue_new(void);

/** Frees the queue and releases the jobs that are left in it. */
void queue_free(Queue *queue);

/** Appends a job, whose reference the queue takes over if it succeeds.
 * @return false if there is no memory */
bool queue_push(Queue *queue, const Job *job, Urgency urgency);

/** Waits for a job and takes it.
 * @param[out] sequence of a tile: how many tiles were taken before it
 * @return false once the queue is closed and empty, or aborted */
bool queue_pop(Queue *queue, Job *job, int64_t *sequence);

/** The buffer that a job holds a reference to, or NULL. */
Buffer *job_owner(const Job *job);

/** How long threads have waited for jobs, all of them together, in
 * nanoseconds. */
int64_t queue_waited_ns(Queue *queue);

/** No job will follow. */
void queue_close(Queue *queue);

/** queue_pop() fails from now on, whatever is left. */
void queue_abort(Queue *queue);

#endif
