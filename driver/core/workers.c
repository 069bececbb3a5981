/* SPDX-License-Identifier: MIT */
#include "workers.h"

#include <pthread.h>
#include <stdlib.h>

typedef struct Worker {
    pthread_t thread;
    Encoder *encoder;
    void *resampler; /**< a state; NULL without overviews */
    const WorkersSpec *spec;
} Worker;

struct Workers {
    WorkersSpec spec;
    EmptyTiles *empty_tiles;
    Worker *workers;
    int count; /**< threads that run, or have run */
    bool running;
};

static bool encode_and_commit(Worker *worker, const TileJob *job,
                              int64_t sequence, Status *status)
{
    const WorkersSpec *spec = worker->spec;
    uint8_t *out = writer_reserve(spec->writer, sequence);
    Payload encoded;
    if (out == NULL)
        return false;
    if (!encoder_encode(worker->encoder, job, out, spec->slot_nbytes, &encoded,
                        status))
        return false;
    return writer_commit(spec->writer, sequence, job->image,
                         layout_tile_index(&spec->images[job->image].layout,
                                           job->plane, job->tile_x,
                                           job->tile_y),
                         &encoded, status);
}

static bool work(Worker *worker, const Job *job, int64_t sequence,
                 Status *status)
{
    const WorkersSpec *spec = worker->spec;
    if (job->kind == JOB_CELL)
        return spec->make_cell(spec->user, worker->resampler, &job->of.cell,
                               status);
    return encode_and_commit(worker, &job->of.tile, sequence, status);
}

static void *worker_run(void *argument)
{
    Worker *worker = argument;
    const WorkersSpec *spec = worker->spec;
    Job job;
    int64_t sequence;
    bool ok = true;

    while (ok && queue_pop(spec->queue, &job, &sequence)) {
        Status status = {.code = STATUS_OK};
        ok = work(worker, &job, sequence, &status);
        buffer_release(job_owner(&job));
        spec->done(spec->user, &job, &status);
    }
    return NULL;
}

/** @return false for want of memory; worker_close() is due all the same */
static bool worker_open(Worker *worker, const WorkersSpec *spec,
                        EmptyTiles *empty_tiles)
{
    worker->spec = spec;
    worker->encoder = encoder_new(spec->images, spec->image_count);
    if (worker->encoder != NULL)
        encoder_share_empty_tiles(worker->encoder, empty_tiles);
    if (spec->resampler != NULL)
        worker->resampler = spec->resampler->open(spec->resampler_custom);
    return worker->encoder != NULL &&
           (spec->resampler == NULL || worker->resampler != NULL);
}

static void worker_close(Worker *worker)
{
    encoder_free(worker->encoder);
    if (worker->resampler != NULL)
        worker->spec->resampler->close(worker->resampler);
}

/** Starts as many as can be had, with the reason why they are not more. */
static void start_threads(Workers *workers, int wanted, Status *status)
{
    bool ok = true;
    while (ok && workers->count < wanted) {
        Worker *worker = &workers->workers[workers->count];
        if (!worker_open(worker, &workers->spec, workers->empty_tiles))
            ok = status_fail(status, STATUS_NO_MEMORY,
                             "out of memory for an encoder");
        else if (pthread_create(&worker->thread, NULL, worker_run, worker) != 0)
            ok = status_fail(status, STATUS_THREAD,
                             "no encoder thread could be started");
        if (ok)
            workers->count++;
        else
            worker_close(worker);
    }
}

Workers *workers_start(const WorkersSpec *spec, int wanted, Status *status)
{
    Status why_not_all = {.code = STATUS_OK};
    Workers *workers = calloc(1, sizeof *workers);
    if (workers != NULL) {
        workers->spec = *spec;
        workers->workers = calloc((size_t)wanted, sizeof *workers->workers);
        workers->empty_tiles = empty_tiles_new(spec->images, spec->image_count);
    }
    if (workers == NULL || workers->workers == NULL ||
        workers->empty_tiles == NULL) {
        status_fail(status, STATUS_NO_MEMORY, "out of memory");
        workers_free(workers);
        return NULL;
    }
    start_threads(workers, wanted, &why_not_all);
    workers->running = true;
    if (workers->count == 0) {
        status_merge(status, &why_not_all);
        workers_free(workers);
        return NULL;
    }
    return workers;
}

void workers_join(Workers *workers)
{
    for (int i = 0; workers->running && i < workers->count; i++)
        pthread_join(workers->workers[i].thread, NULL);
    workers->running = false;
}

bool workers_have_clipped(const Workers *workers, int image)
{
    bool clipped = false;
    for (int i = 0; i < workers->count; i++)
        clipped |= encoder_has_clipped(workers->workers[i].encoder, image);
    return clipped;
}

void workers_add_levels(const Workers *workers, int64_t *counts)
{
    for (int i = 0; i < workers->count; i++)
        encoder_add_levels(workers->workers[i].encoder, counts);
}

int64_t workers_empty_tiles(const Workers *workers, int64_t *encoded)
{
    return empty_tiles_count(workers->empty_tiles, encoded);
}

void workers_free(Workers *workers)
{
    if (workers == NULL)
        return;
    for (int i = 0; workers->workers != NULL && i < workers->count; i++)
        worker_close(&workers->workers[i]);
    empty_tiles_free(workers->empty_tiles);
    free(workers->workers);
    free(workers);
}
