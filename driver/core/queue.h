/* SPDX-License-Identifier: MIT */
/** @file
 * The tiles that wait for a worker, first in, first out, numbered in the
 * order in which they will lie in the file. Not bounded: what it holds are
 * views of windows and carried tiles, and those are counted elsewhere.
 */
#ifndef ROWBAND_QUEUE_H
#define ROWBAND_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "carve.h"

typedef struct Queue Queue;

/** @return NULL if there is no memory */
Queue *queue_new(void);

/** Frees the queue and releases the jobs that are left in it. */
void queue_free(Queue *queue);

/** Appends a job, whose reference the queue takes over if it succeeds.
 * @return false if there is no memory */
bool queue_push(Queue *queue, const TileJob *job);

/** Waits for a job and takes it.
 * @param[out] sequence 0 for the first job ever pushed, and so on
 * @return false once the queue is closed and empty, or aborted */
bool queue_pop(Queue *queue, TileJob *job, int64_t *sequence);

/** No job will follow. */
void queue_close(Queue *queue);

/** queue_pop() fails from now on, whatever is left. */
void queue_abort(Queue *queue);

#endif
