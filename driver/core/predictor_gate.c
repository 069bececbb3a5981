/* SPDX-License-Identifier: MIT */
#include "predictor_gate.h"

#include <stdlib.h>

#include "predictor_trial.h"

enum { INITIAL_CAPACITY = 16 };

void predictor_gate_init(PredictorGate *gate, ImageSpec *images,
                         int image_count)
{
    bool open = true;
    gate->images = images;
    gate->image_count = image_count;
    for (int i = 0; i < image_count; i++)
        open &= images[i].predictor != PREDICTOR_AUTO;
    atomic_init(&gate->open, open);
    pthread_mutex_init(&gate->mutex, NULL);
}

void predictor_gate_clear(PredictorGate *gate)
{
    for (int i = 0; i < gate->held_count; i++)
        buffer_release(gate->held[i].owner);
    free(gate->held);
    pthread_mutex_destroy(&gate->mutex);
}

static bool append(PredictorGate *gate, const TileJob *job)
{
    if (gate->held_count == gate->capacity) {
        const int capacity =
            gate->capacity > 0 ? 2 * gate->capacity : INITIAL_CAPACITY;
        TileJob *held =
            realloc(gate->held, (size_t)capacity * sizeof *gate->held);
        if (held == NULL)
            return false;
        gate->held = held;
        gate->capacity = capacity;
    }
    gate->held[gate->held_count++] = *job;
    return true;
}

bool predictor_gate_hold(PredictorGate *gate, const TileJob *job, bool *held,
                         Status *status)
{
    *held = false;
    if (atomic_load(&gate->open))
        return true;
    bool ok = true;
    pthread_mutex_lock(&gate->mutex);
    if (!atomic_load(&gate->open))
        ok = *held = append(gate, job);
    pthread_mutex_unlock(&gate->mutex);
    if (ok)
        return true;
    buffer_release(job->owner);
    return status_fail(status, STATUS_NO_MEMORY,
                       "out of memory for PREDICTOR=AUTO");
}

bool predictor_gate_decide(PredictorGate *gate, const TileJob *job,
                           Status *status)
{
    const ImageSpec *image = &gate->images[job->image];
    const bool is_left_out =
        job->payload.kind == PAYLOAD_EMPTY && image->skip_empty;
    Predictor found = PREDICTOR_NONE;
    if (atomic_load(&gate->open) || image->predictor != PREDICTOR_AUTO ||
        is_left_out)
        return true;
    if (!predictor_trial(image, job, &found, status))
        return false;
    for (int i = 0; i < gate->image_count; i++)
        if (gate->images[i].predictor == PREDICTOR_AUTO)
            gate->images[i].predictor = found;
    pthread_mutex_lock(&gate->mutex);
    atomic_store(&gate->open, true);
    pthread_mutex_unlock(&gate->mutex);
    return true;
}

bool predictor_gate_next(PredictorGate *gate, TileJob *job)
{
    if (gate->held_count == 0 || !atomic_load(&gate->open))
        return false;
    *job = gate->held[--gate->held_count];
    return true;
}

void predictor_gate_close(PredictorGate *gate)
{
    for (int i = 0; i < gate->image_count; i++) {
        ImageSpec *image = &gate->images[i];
        if (image->predictor == PREDICTOR_AUTO)
            image->predictor = predictor_trial_of_nothing(image);
    }
}
