/* SPDX-License-Identifier: MIT */
#include "pipeline.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "clock.h"
#include "predictor_trial.h"
#include "queue.h"

typedef struct Worker {
    pthread_t thread;
    Encoder *encoder;
    void *resampler; /**< a state; NULL without overviews */
    Pipeline *pipeline;
} Worker;

/** Keeps carried buffers from piling up beyond what the plan counted: those
 * that the caller's thread hands over, of level 0. */
typedef struct Throttle {
    uint64_t count; /**< jobs on their way, under mutex */
    uint64_t limit;
} Throttle;

struct Pipeline {
    PipelineSpec spec;
    int image_count; /**< of all levels */
    int64_t tile_count;
    ImageSpec images[PIPELINE_IMAGES_MAX];
    Layout layouts[PIPELINE_IMAGES_MAX];
    Pool *windows;
    Pyramid *pyramid;
    Queue *queue;
    Writer *writer;
    Worker *workers;
    int worker_count;   /**< threads that run */
    size_t slot_nbytes; /**< room for one encoded tile */
    bool clipped[PIPELINE_IMAGES_MAX];

    atomic_bool failed; /**< status holds why */
    pthread_mutex_t mutex;
    pthread_cond_t carried_done;
    Throttle carried_tiles, carried_cells;
    Status status; /**< the first failure, under mutex */
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
    Payload encoded;
    if (out == NULL)
        return false;
    if (!encoder_encode(worker->encoder, job, out, pipeline->slot_nbytes,
                        &encoded, status))
        return false;
    return writer_commit(pipeline->writer, sequence, job->image,
                         layout_tile_index(&pipeline->layouts[job->image],
                                           job->plane, job->tile_x,
                                           job->tile_y),
                         &encoded, status);
}

/** The throttle that a job counts for, or NULL. Jobs that workers hand over
 * have none: workers must not wait for each other. */
static Throttle *throttle_of(Pipeline *pipeline, const Job *job)
{
    if (job->kind == JOB_CELL)
        return job->of.cell.carried && job->of.cell.level == 1
                   ? &pipeline->carried_cells
                   : NULL;
    return job->of.tile.carried &&
                   job->of.tile.image < pipeline->spec.image_count
               ? &pipeline->carried_tiles
               : NULL;
}

static void carried_job_done(Pipeline *pipeline, Throttle *throttle)
{
    pthread_mutex_lock(&pipeline->mutex);
    throttle->count--;
    pthread_cond_signal(&pipeline->carried_done);
    pthread_mutex_unlock(&pipeline->mutex);
}

static bool work(Worker *worker, const Job *job, int64_t sequence,
                 Status *status)
{
    if (job->kind == JOB_CELL)
        return pyramid_make_cell(worker->pipeline->pyramid, worker->resampler,
                                 &job->of.cell, status);
    return encode_and_commit(worker, &job->of.tile, sequence, status);
}

static void *worker_run(void *argument)
{
    Worker *worker = argument;
    Pipeline *pipeline = worker->pipeline;
    Job job;
    int64_t sequence;
    bool ok = true;

    while (ok && queue_pop(pipeline->queue, &job, &sequence)) {
        Status status = {.code = STATUS_OK};
        ok = work(worker, &job, sequence, &status);
        buffer_release(job_owner(&job));
        Throttle *throttle = throttle_of(pipeline, &job);
        if (throttle != NULL)
            carried_job_done(pipeline, throttle);
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

/** Waits until one more job may be on its way.
 * @return false after a failure or a cancel */
static bool wait_for(Pipeline *pipeline, Throttle *throttle)
{
    bool go_on = true;
    pthread_mutex_lock(&pipeline->mutex);
    while (go_on && throttle->count >= throttle->limit) {
        const struct timespec deadline = clock_deadline(PIPELINE_TICK_MS);
        if (pthread_cond_timedwait(&pipeline->carried_done, &pipeline->mutex,
                                   &deadline) != 0 ||
            atomic_load(&pipeline->failed)) {
            pthread_mutex_unlock(&pipeline->mutex);
            go_on = tick(pipeline);
            pthread_mutex_lock(&pipeline->mutex);
        }
    }
    if (go_on)
        throttle->count++;
    pthread_mutex_unlock(&pipeline->mutex);
    return go_on;
}

/** Decides what is left open until the first tile of the raster is there; what
 * is found holds for its overviews too. No worker looks at the images before a
 * job of them is in the queue. */
static bool decide(Pipeline *pipeline, const TileJob *job)
{
    Predictor found = PREDICTOR_NONE;
    Status status = {.code = STATUS_OK};
    if (!predictor_trial(&pipeline->images[job->image], job, &found, &status)) {
        fail(pipeline, &status);
        return false;
    }
    for (int i = 0; i < pipeline->image_count; i++)
        if (pipeline->images[i].predictor == PREDICTOR_AUTO)
            pipeline->images[i].predictor = found;
    return true;
}

static Urgency urgency_of(const Pipeline *pipeline, const Job *job)
{
    if (job->kind == JOB_CELL)
        return job->of.cell.level == 1 ? URGENCY_CELL : URGENCY_OVERVIEW;
    return job->of.tile.image < pipeline->spec.image_count ? URGENCY_TILE
                                                           : URGENCY_OVERVIEW;
}

/** Takes over the job's reference. */
static bool submit(Pipeline *pipeline, const Job *job)
{
    Throttle *throttle = throttle_of(pipeline, job);
    bool ok = throttle == NULL || wait_for(pipeline, throttle);
    /* That there is no throttle does not mean that there is no pipeline. */
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
    if (ok && !queue_push(pipeline->queue, job, urgency_of(pipeline, job))) {
        const Status status = {.code = STATUS_NO_MEMORY,
                               .message = "out of memory for the queue"};
        fail(pipeline, &status);
        ok = false;
    }
    if (!ok)
        buffer_release(job_owner(job));
    return ok;
}

/** The pyramid's sink of tiles. */
static bool submit_tile(void *user, const TileJob *tile)
{
    Pipeline *pipeline = user;
    const Job job = {.kind = JOB_TILE, .of.tile = *tile};
    if (pipeline->images[tile->image].predictor == PREDICTOR_AUTO &&
        !decide(pipeline, tile)) {
        buffer_release(tile->owner);
        return false;
    }
    return submit(pipeline, &job);
}

/** The pyramid's sink of cells. */
static bool submit_cell(void *user, const CellJob *cell)
{
    const Job job = {.kind = JOB_CELL, .of.cell = *cell};
    return submit(user, &job);
}

/** @return false for want of memory; worker_close() is due in any case */
static bool worker_open(Worker *worker, Pipeline *pipeline)
{
    const PipelineSpec *spec = &pipeline->spec;
    worker->pipeline = pipeline;
    worker->encoder = encoder_new(pipeline->images, pipeline->image_count);
    if (spec->level_count > 1)
        worker->resampler = spec->resampler->open(spec->resampler_custom);
    return worker->encoder != NULL &&
           (spec->level_count == 1 || worker->resampler != NULL);
}

static void worker_close(Worker *worker)
{
    encoder_free(worker->encoder);
    if (worker->resampler != NULL)
        worker->pipeline->spec.resampler->close(worker->resampler);
}

static bool start_workers(Pipeline *pipeline, int wanted, Status *status)
{
    pipeline->workers = calloc((size_t)wanted, sizeof *pipeline->workers);
    if (pipeline->workers == NULL)
        return status_fail(status, STATUS_NO_MEMORY, "out of memory");
    for (int i = 0; i < wanted; i++) {
        Worker *worker = &pipeline->workers[i];
        const bool opened = worker_open(worker, pipeline);
        if (!opened)
            status_fail(status, STATUS_NO_MEMORY,
                        "out of memory for an encoder");
        else if (pthread_create(&worker->thread, NULL, worker_run, worker) == 0)
            pipeline->worker_count++;
        else
            status_fail(status, STATUS_THREAD,
                        "no encoder thread could be started");
        if (pipeline->worker_count == i) {
            worker_close(worker);
            break;
        }
    }
    /* Fewer will do. */
    if (pipeline->worker_count > 0)
        *status = (Status){.code = STATUS_OK};
    return pipeline->worker_count > 0;
}

/** Copies the images and what follows from them. */
static void take_images(Pipeline *pipeline, const PipelineSpec *spec)
{
    uint64_t planes = 0;
    pipeline->spec = *spec;
    pipeline->image_count = spec->level_count * spec->image_count;
    for (int i = 0; i < pipeline->image_count; i++) {
        pipeline->images[i] = spec->images[i];
        pipeline->layouts[i] = spec->images[i].layout;
        pipeline->tile_count += spec->images[i].layout.tile_count;
        if (i < spec->image_count)
            planes += (uint64_t)spec->images[i].layout.planes;
    }
    pipeline->carried_tiles.limit = planes * spec->plan->carry_in_flight;
    pipeline->carried_cells.limit =
        PYRAMID_CELLS_IN_FLIGHT * (uint64_t)spec->plan->workers;
    pipeline->slot_nbytes = encoder_bound(spec->images, pipeline->image_count);
}

/** @return false for want of memory */
static bool make_stages(Pipeline *pipeline)
{
    const PipelineSpec *spec = &pipeline->spec;
    const PyramidSpec pyramid = {.layouts = pipeline->layouts,
                                 .image_count = spec->image_count,
                                 .level_count = spec->level_count,
                                 .resampler = spec->resampler,
                                 .custom = spec->resampler_custom,
                                 .validity = spec->validity,
                                 .tiles = submit_tile,
                                 .cells = submit_cell,
                                 .user = pipeline};
    pipeline->windows =
        pool_new((size_t)spec->plan->window_nbytes, spec->plan->window_buffers);
    pipeline->pyramid = pyramid_new(&pyramid);
    pipeline->queue = queue_new();
    pipeline->writer =
        writer_new(pipeline->layouts, pipeline->image_count, spec->plan->slots,
                   pipeline->slot_nbytes, spec->output, spec->output_position);
    return pipeline->windows != NULL && pipeline->pyramid != NULL &&
           pipeline->queue != NULL && pipeline->writer != NULL;
}

Pipeline *pipeline_start(const PipelineSpec *spec, Status *status)
{
    Pipeline *pipeline = calloc(1, sizeof *pipeline);
    if (pipeline == NULL) {
        status_fail(status, STATUS_NO_MEMORY, "out of memory");
        return NULL;
    }
    take_images(pipeline, spec);
    atomic_init(&pipeline->failed, false);
    pthread_mutex_init(&pipeline->mutex, NULL);
    clock_cond_init(&pipeline->carried_done);
    const bool have_all = make_stages(pipeline);
    if (!have_all)
        status_fail(status, STATUS_NO_MEMORY, "out of memory");
    if (!have_all || !start_workers(pipeline, spec->plan->workers, status)) {
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

int pipeline_windows_out(Pipeline *pipeline)
{
    return pool_out(pipeline->windows);
}

bool pipeline_go_on(Pipeline *pipeline, Status *status)
{
    return tick(pipeline) || give_up(pipeline, status);
}

Buffer *pipeline_take_window(Pipeline *pipeline, bool wait, Status *status)
{
    Buffer *buffer = NULL;
    int no_memory = 0;
    do {
        if (!pipeline_go_on(pipeline, status))
            return NULL;
        buffer = pool_take(pipeline->windows, wait ? PIPELINE_TICK_MS : 0,
                           &no_memory);
    } while (buffer == NULL && wait && !no_memory);
    if (no_memory)
        status_fail(status, STATUS_NO_MEMORY, "out of memory for a row band");
    return buffer;
}

bool pipeline_feed(Pipeline *pipeline, const Window *window, Buffer *buffer,
                   Status *status)
{
    const bool ok = pyramid_feed(pipeline->pyramid, 0, window, buffer, status);
    buffer_release(buffer);
    return ok ? pipeline_go_on(pipeline, status) : give_up(pipeline, status);
}

static void join_workers(Pipeline *pipeline)
{
    for (int i = 0; i < pipeline->worker_count; i++) {
        Worker *worker = &pipeline->workers[i];
        pthread_join(worker->thread, NULL);
        for (int image = 0; image < pipeline->image_count; image++)
            pipeline->clipped[image] |=
                encoder_has_clipped(worker->encoder, image);
        worker_close(worker);
    }
    pipeline->worker_count = 0;
}

bool pipeline_finish(Pipeline *pipeline, Status *status)
{
    /* Workers add jobs as long as there are cells. */
    while (writer_wait(pipeline->writer, pipeline->tile_count,
                       PIPELINE_TICK_MS) < pipeline->tile_count)
        if (!tick(pipeline))
            return give_up(pipeline, status);
    queue_close(pipeline->queue);
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
           pyramid_peak_nbytes(pipeline->pyramid);
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
    pyramid_free(pipeline->pyramid);
    pool_free(pipeline->windows);
    writer_free(pipeline->writer);
    pthread_cond_destroy(&pipeline->carried_done);
    pthread_mutex_destroy(&pipeline->mutex);
    free(pipeline);
}
