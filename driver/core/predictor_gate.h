/* SPDX-License-Identifier: MIT */
/** @file
 * PREDICTOR=AUTO while tiles are made. What decides is the first tile that the
 * caller's thread hands over to be encoded, which follows from pixels and
 * passes alone. A tile of an overview may be whole before it, as soon as its
 * pixels are there and a worker gets to it: such tiles are held here until it
 * is decided.
 */
#ifndef ROWBAND_PREDICTOR_GATE_H
#define ROWBAND_PREDICTOR_GATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "encoding.h"
#include "job.h"
#include "status.h"

typedef struct PredictorGate {
    ImageSpec *images; /**< of all levels; not owned */
    int image_count;
    atomic_bool open; /**< nothing is left to decide */
    pthread_mutex_t mutex;
    TileJob *held; /**< under mutex */
    int held_count, capacity;
} PredictorGate;

/** @param images kept; no worker looks at their predictors while the gate is
 *               closed */
void predictor_gate_init(PredictorGate *gate, ImageSpec *images,
                         int image_count);

/** Releases what is held still. */
void predictor_gate_clear(PredictorGate *gate);

/** Takes over a worker's tile, and its reference, if it is not decided yet.
 * @param[out] held whether it did
 * @return false with STATUS_NO_MEMORY; the reference is released then */
bool predictor_gate_hold(PredictorGate *gate, const TileJob *job, bool *held,
                         Status *status);

/** Decides on the caller's thread, if that is still to be done and @p job is of
 * a tile to be encoded.
 * @return as predictor_trial(); the job keeps its reference */
bool predictor_gate_decide(PredictorGate *gate, const TileJob *job,
                           Status *status);

/** Takes back one that is held, once it is decided.
 * @return false if there is none */
bool predictor_gate_next(PredictorGate *gate, TileJob *job);

/** Settles what no tile has decided, when there will be none. */
void predictor_gate_close(PredictorGate *gate);

#endif
