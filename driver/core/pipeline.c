/* SPDX-License-Identifier: MIT */
#include "pipeline.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "carve.h"
#include "clock.h"
#include "queue.h"
#include "trial.h"

/* How long the caller's thread waits before it asks whether to go on. */
enum { TICK_MS = 40 };

typedef struct Worker {
    pthread_t thread;
    Encoder *encoder;
    Pipeline *pipeline;
} Worker;

struct Pipeline {
    PipelineSpec spec;
    ImageSpec images[SWATH_IMAGES_MAX];
    Layout layouts[SWATH_IMAGES_MAX];
    Pool *windows;
    Carver *carver;
    Queue *queue;
    Writer *writer;
    Worker *workers;
    int worker_count; /**< threads that run */
    int64_t submitted;
    size_t slot_nbytes; /**< room for one encoded tile */
    bool clipped[SWATH_IMAGES_MAX];

    atomic_bool failed; /**< status holds why */
    pthread_mutex_t mutex;
    pthread_cond_t carried_done;
    uint64_t carried;       /**< carried tiles on their way, under mutex */
    uint64_t carried_limit; /**< jobs */
    Status status;          /**< the first failure, under mutex */
};

/** Latches the first failure and stops everybody. Any thread. */
static void fail(Pipeline *pipeline, const Status *status)
{
    pthread_mutex_lock(&pipeline->mutex);
    status_merge(&pipeline->status, status);
    pthread_cond_broadcast(&pipeline->carried_done);
    pthread_mutex_unlock(&pipeline->mutex);
    atomic_store(&pipeline->failed, true);
    queue_abort(pipeline->queue);
    writer_abort(pipeline->writer);
}

static bool encode_and_commit(Worker *worker, const TileJob *job,
                              int64_t sequence, Status *status)
{
    Pipeline *pipeline = worker->pipeline;
    uint8_t *out = writer_reserve(pipeline->writer, sequence);
    size_t nbytes = 0;
    if (out == NULL)
        return false;
    if (!encoder_encode(worker->encoder, job, out, pipeline->slot_nbytes,
                        &nbytes, status))
        return false;
    return writer_commit(pipeline->writer, sequence, job->image,
                         layout_tile_index(&pipeline->layouts[job->image],
                                           job->plane, job->tile_x,
                                           job->tile_y),
                         nbytes, status);
}

static void carried_tile_done(Pipeline *pipeline)
{
    pthread_mutex_lock(&pipeline->mutex);
    pipeline->carried--;
    pthread_cond_signal(&pipeline->carried_done);
    pthread_mutex_unlock(&pipeline->mutex);
}

static void *worker_run(void *argument)
{
    Worker *worker = argument;
    Pipeline *pipeline = worker->pipeline;
    TileJob job;
    int64_t sequence;
    bool ok = true;

    while (ok && queue_pop(pipeline->queue, &job, &sequence)) {
        Status status = {.code = STATUS_OK};
        ok = encode_and_commit(worker, &job, sequence, &status);
        buffer_release(job.owner);
        if (job.carried)
            carried_tile_done(pipeline);
        if (status.code != STATUS_OK)
            fail(pipeline, &status);
    }
    return NULL;
}

/** Asks the caller whether to go on. */
static bool tick(Pipeline *pipeline)
{
    if (atomic_load(&pipeline->failed))
        return false;
    if (pipeline->spec.tick(pipeline->spec.tick_user,
                            pipeline_tiles_written(pipeline)))
        return true;
    const Status cancelled = {.code = STATUS_CANCELLED, .message = "cancelled"};
    fail(pipeline, &cancelled);
    return false;
}

/** Keeps carried tiles from piling up beyond what the plan counted. */
static bool wait_for_carried(Pipeline *pipeline)
{
    bool go_on = true;
    pthread_mutex_lock(&pipeline->mutex);
    while (go_on && pipeline->carried >= pipeline->carried_limit) {
        const struct timespec deadline = clock_deadline(TICK_MS);
        if (pthread_cond_timedwait(&pipeline->carried_done, &pipeline->mutex,
                                   &deadline) != 0 ||
            atomic_load(&pipeline->failed)) {
            pthread_mutex_unlock(&pipeline->mutex);
            go_on = tick(pipeline);
            pthread_mutex_lock(&pipeline->mutex);
        }
    }
    if (go_on)
        pipeline->carried++;
    pthread_mutex_unlock(&pipeline->mutex);
    return go_on;
}

/** Decides what is left open until the first tile of an image is there. No
 * worker looks at the image before a job of it is in the queue. */
static bool decide(Pipeline *pipeline, const TileJob *job)
{
    ImageSpec *image = &pipeline->images[job->image];
    Status status = {.code = STATUS_OK};
    TileJob alone = *job;
    alone.image = 0;
    if (trial_choose_predictor(image, &alone, &image->predictor, &status))
        return true;
    fail(pipeline, &status);
    return false;
}

/** The carver's sink. */
static bool submit(void *user, const TileJob *job)
{
    Pipeline *pipeline = user;
    if (pipeline->images[job->image].predictor == PREDICTOR_AUTO &&
        !decide(pipeline, job)) {
        buffer_release(job->owner);
        return false;
    }
    if (job->carried && !wait_for_carried(pipeline)) {
        buffer_release(job->owner);
        return false;
    }
    if (!queue_push(pipeline->queue, job)) {
        const Status status = {.code = STATUS_NO_MEMORY,
                               .message = "out of memory for the tile queue"};
        fail(pipeline, &status);
        buffer_release(job->owner);
        return false;
    }
    pipeline->submitted++;
    return true;
}

static bool start_workers(Pipeline *pipeline, int wanted, Status *status)
{
    pipeline->workers = calloc((size_t)wanted, sizeof *pipeline->workers);
    if (pipeline->workers == NULL)
        return status_fail(status, STATUS_NO_MEMORY, "out of memory");
    for (int i = 0; i < wanted; i++) {
        Worker *worker = &pipeline->workers[i];
        worker->pipeline = pipeline;
        worker->encoder =
            encoder_new(pipeline->images, pipeline->spec.image_count);
        if (worker->encoder == NULL) {
            status_fail(status, STATUS_NO_MEMORY,
                        "out of memory for an encoder");
            break;
        }
        if (pthread_create(&worker->thread, NULL, worker_run, worker) != 0) {
            encoder_free(worker->encoder);
            status_fail(status, STATUS_THREAD,
                        "no encoder thread could be started");
            break;
        }
        pipeline->worker_count++;
    }
    /* Fewer will do. */
    if (pipeline->worker_count > 0)
        *status = (Status){.code = STATUS_OK};
    return pipeline->worker_count > 0;
}

Pipeline *pipeline_start(const PipelineSpec *spec, Status *status)
{
    const Plan *plan = spec->plan;
    Pipeline *pipeline = calloc(1, sizeof *pipeline);
    if (pipeline == NULL) {
        status_fail(status, STATUS_NO_MEMORY, "out of memory");
        return NULL;
    }
    pipeline->spec = *spec;
    uint64_t planes = 0;
    for (int i = 0; i < spec->image_count; i++) {
        pipeline->images[i] = spec->images[i];
        pipeline->layouts[i] = spec->images[i].layout;
        planes += (uint64_t)spec->images[i].layout.planes;
    }
    pipeline->carried_limit = planes * plan->carry_in_flight;
    atomic_init(&pipeline->failed, false);
    pthread_mutex_init(&pipeline->mutex, NULL);
    clock_cond_init(&pipeline->carried_done);

    pipeline->slot_nbytes = encoder_bound(spec->images, spec->image_count);
    pipeline->windows = pool_new((size_t)plan->window_nbytes, plan->slabs);
    pipeline->carver =
        carver_new(pipeline->layouts, spec->image_count, submit, pipeline);
    pipeline->queue = queue_new();
    pipeline->writer =
        writer_new(pipeline->layouts, spec->image_count, plan->slots,
                   pipeline->slot_nbytes, spec->output, spec->output_position);
    const bool have_all = pipeline->windows != NULL &&
                          pipeline->carver != NULL && pipeline->queue != NULL &&
                          pipeline->writer != NULL;
    if (have_all)
        carver_set_validity(pipeline->carver, &spec->validity);
    else
        status_fail(status, STATUS_NO_MEMORY, "out of memory");
    if (!have_all || !start_workers(pipeline, plan->workers, status)) {
        pipeline_free(pipeline);
        return NULL;
    }
    return pipeline;
}

/** @return false, with the failure that stopped the pipeline in @p status */
static bool give_up(Pipeline *pipeline, Status *status)
{
    pthread_mutex_lock(&pipeline->mutex);
    status_merge(status, &pipeline->status);
    pthread_mutex_unlock(&pipeline->mutex);
    return false;
}

Buffer *pipeline_take_window(Pipeline *pipeline, Status *status)
{
    Buffer *buffer = NULL;
    while (buffer == NULL) {
        int no_memory;
        if (!tick(pipeline)) {
            give_up(pipeline, status);
            return NULL;
        }
        buffer = pool_take(pipeline->windows, TICK_MS, &no_memory);
        if (no_memory) {
            status_fail(status, STATUS_NO_MEMORY,
                        "out of memory for a row band");
            return NULL;
        }
    }
    return buffer;
}

bool pipeline_feed(Pipeline *pipeline, const Window *window, Buffer *buffer,
                   Status *status)
{
    const bool ok = carver_feed(pipeline->carver, window, buffer, status);
    buffer_release(buffer);
    return (ok && tick(pipeline)) || give_up(pipeline, status);
}

static void join_workers(Pipeline *pipeline)
{
    for (int i = 0; i < pipeline->worker_count; i++) {
        Encoder *encoder = pipeline->workers[i].encoder;
        pthread_join(pipeline->workers[i].thread, NULL);
        for (int image = 0; image < pipeline->spec.image_count; image++)
            pipeline->clipped[image] |= encoder_has_clipped(encoder, image);
        encoder_free(encoder);
    }
    pipeline->worker_count = 0;
}

bool pipeline_finish(Pipeline *pipeline, Status *status)
{
    queue_close(pipeline->queue);
    while (writer_wait(pipeline->writer, pipeline->submitted, TICK_MS) <
           pipeline->submitted)
        if (!tick(pipeline))
            return give_up(pipeline, status);
    join_workers(pipeline);
    return true;
}

int64_t pipeline_tiles_written(Pipeline *pipeline)
{
    return writer_wait(pipeline->writer, 0, 0);
}

const ImageSpec *pipeline_images(const Pipeline *pipeline)
{
    return pipeline->images;
}

const TileIndex *pipeline_index(const Pipeline *pipeline, int image)
{
    return writer_index(pipeline->writer, image);
}

bool pipeline_has_clipped(const Pipeline *pipeline, int image)
{
    return pipeline->clipped[image];
}

uint64_t pipeline_position(const Pipeline *pipeline)
{
    return writer_position(pipeline->writer);
}

uint64_t pipeline_peak_nbytes(Pipeline *pipeline)
{
    return pool_peak_nbytes(pipeline->windows) +
           carver_peak_nbytes(pipeline->carver);
}

void pipeline_free(Pipeline *pipeline)
{
    if (pipeline == NULL)
        return;
    if (pipeline->worker_count > 0) {
        queue_abort(pipeline->queue);
        writer_abort(pipeline->writer);
        join_workers(pipeline);
    }
    free(pipeline->workers);
    /* Jobs and open tiles hold buffers: they go before the pools. */
    queue_free(pipeline->queue);
    carver_free(pipeline->carver);
    pool_free(pipeline->windows);
    writer_free(pipeline->writer);
    pthread_cond_destroy(&pipeline->carried_done);
    pthread_mutex_destroy(&pipeline->mutex);
    free(pipeline);
}
