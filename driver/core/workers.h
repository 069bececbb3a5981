/* SPDX-License-Identifier: MIT */
/** @file
 * The threads that encode: each takes a job from the queue, encodes the tile
 * and commits it to the writer, or makes the cell, and takes the next.
 */
#ifndef ROWBAND_WORKERS_H
#define ROWBAND_WORKERS_H

#include <stdbool.h>
#include <stdint.h>

#include "encoder.h"
#include "job.h"
#include "queue.h"
#include "resampler.h"
#include "status.h"
#include "writer.h"

typedef struct WorkersSpec {
    const ImageSpec *images; /**< of all levels; kept by reference. One that a
                                  job in the queue is of is not changed */
    int image_count;
    const Resampler *resampler;   /**< NULL: there are no cells */
    const void *resampler_custom; /**< kept by reference */
    Queue *queue;
    Writer *writer;
    size_t slot_nbytes; /**< that the writer has for one tile */
    /** Makes a cell with the worker's state of the resampler's.
     * @return false with a reason, or without if all is over */
    bool (*make_cell)(void *user, void *state, const CellJob *job,
                      Status *status);
    /** Told of each job that is done, whose reference is released by now, on
     * the worker's thread. If @p status holds a failure, the callee aborts the
     * queue and the writer. */
    void (*done)(void *user, const Job *job, const Status *status);
    void *user;
} WorkersSpec;

typedef struct Workers Workers;

/** Starts the threads. If only some can be had, those must do.
 * @return NULL with STATUS_NO_MEMORY or STATUS_THREAD */
Workers *workers_start(const WorkersSpec *spec, int wanted, Status *status);

/** Waits for the threads to end, which they do once the queue is closed and
 * empty, or aborted. */
void workers_join(Workers *workers);

/** After workers_join(): see encoder_has_clipped(). */
bool workers_have_clipped(const Workers *workers, int image);

/** After workers_join(): see encoder_add_levels(). */
void workers_add_levels(const Workers *workers, int64_t *counts);

/** After workers_join(): see empty_tiles_count(). */
int64_t workers_empty_tiles(const Workers *workers, int64_t *encoded);

/** After workers_join(). NULL is allowed. */
void workers_free(Workers *workers);

#endif
