/* SPDX-License-Identifier: MIT */
/** @file
 * The jobs that wait for a worker, first in, first out; but urgent ones come
 * before the others. Not bounded: what it holds are views of windows and
 * carried tiles, and those are counted elsewhere.
 */
#ifndef ROWBAND_QUEUE_H
#define ROWBAND_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "job.h"

typedef struct Queue Queue;

/** @return NULL if there is no memory */
Queue *queue_new(void);

/** Frees the queue and releases the jobs that are left in it. */
void queue_free(Queue *queue);

/** Appends a job, whose reference the queue takes over if it succeeds.
 * @return false if there is no memory */
bool queue_push(Queue *queue, const Job *job, bool urgent);

/** Waits for a job and takes it.
 * @param[out] sequence of a tile: how many tiles were taken before it
 * @return false once the queue is closed and empty, or aborted */
bool queue_pop(Queue *queue, Job *job, int64_t *sequence);

/** The buffer that a job holds a reference to. */
Buffer *job_owner(const Job *job);

/** No job will follow. */
void queue_close(Queue *queue);

/** queue_pop() fails from now on, whatever is left. */
void queue_abort(Queue *queue);

#endif
