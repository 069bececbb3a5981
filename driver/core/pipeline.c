/* SPDX-License-Identifier: MIT */
#include "pipeline.h"

#include <stdlib.h>

#include "clock.h"
#include "dispatch.h"
#include "int_math.h"
#include "predictor_gate.h"
#include "queue.h"
#include "workers.h"

struct Pipeline {
    PipelineSpec spec;
    int image_count; /**< of all levels */
    int64_t tile_count;
    ImageSpec images[PIPELINE_IMAGES_MAX];
    Layout layouts[PIPELINE_IMAGES_MAX];
    bool left_open[PIPELINE_IMAGES_MAX]; /**< the predictor, at the start */
    Pool *windows;
    Queue *queue;
    Writer *writer;
    Dispatch dispatch;
    PredictorGate gate;
    Workers *workers;

    /* What follows from the bands of a pass; workers see it change only while
     * there are no jobs. */
    const Pass *pass;  /**< whose windows come; NULL: of none so far */
    const Pass *bands; /**< a pass with the bands that the pyramid is for */
    Layout pass_layouts[PIPELINE_IMAGES_MAX];
    Pyramid *pyramid;

    uint64_t pyramid_peak_nbytes; /**< of those before this one */
    int64_t waited_for_source_ns;
};

static bool submit(Pipeline *pipeline, const TileJob *tile)
{
    const Job job = {.kind = JOB_TILE, .of.tile = *tile};
    return dispatch_submit(&pipeline->dispatch, &job);
}

/** Takes over the tile's reference, and says why if it fails. */
static bool submit_decided(Pipeline *pipeline, const TileJob *tile)
{
    Status status = {.code = STATUS_OK};
    TileJob held;
    if (!predictor_gate_decide(&pipeline->gate, tile, &status)) {
        dispatch_fail(&pipeline->dispatch, &status);
        buffer_release(tile->owner);
        return false;
    }
    bool ok = submit(pipeline, tile);
    while (ok && predictor_gate_next(&pipeline->gate, &held))
        ok = submit(pipeline, &held);
    return ok;
}

/** @return false after a failure or a cancel; the tile keeps its reference */
static bool submit_twice(Pipeline *pipeline, const TileJob *tile)
{
    const PipelineSpec *spec = &pipeline->spec;
    const int first = spec->twice_level * spec->image_count;
    const int image = tile->image - first;
    if (spec->twice == NULL || image < 0 || image >= spec->image_count)
        return true;
    TileJob again = *tile;
    again.image = spec->level_count * spec->image_count + image;
    if (again.owner != NULL)
        buffer_retain(again.owner);
    return submit(pipeline, &again);
}

/** The pyramid's sink of tiles. */
static bool submit_tile(void *user, const TileJob *tile)
{
    Pipeline *pipeline = user;
    Status status = {.code = STATUS_OK};
    bool held = false;
    /* Of a mask that a pass before has brought. */
    if (pipeline->bands->first_band > 0 &&
        tile->image % pipeline->spec.image_count > 0) {
        buffer_release(tile->owner);
        return true;
    }
    if (!submit_twice(pipeline, tile)) {
        buffer_release(tile->owner);
        return false;
    }
    if (dispatch_is_callers(&pipeline->dispatch, tile))
        return submit_decided(pipeline, tile);
    if (!predictor_gate_hold(&pipeline->gate, tile, &held, &status)) {
        dispatch_fail(&pipeline->dispatch, &status);
        return false;
    }
    return held || submit(pipeline, tile);
}

/** The pyramid's sink of cells. */
static bool submit_cell(void *user, const CellJob *cell)
{
    Pipeline *pipeline = user;
    const Job job = {.kind = JOB_CELL, .of.cell = *cell};
    return dispatch_submit(&pipeline->dispatch, &job);
}

/** Told by the pyramid. */
static void fail(void *user, const Status *status)
{
    Pipeline *pipeline = user;
    dispatch_fail(&pipeline->dispatch, status);
}

/** Told by the workers. */
static void job_done(void *user, const Job *job, const Status *status)
{
    Pipeline *pipeline = user;
    dispatch_done(&pipeline->dispatch, job, status);
}

static bool make_cell(void *user, void *state, const CellJob *job,
                      Status *status)
{
    Pipeline *pipeline = user;
    return pyramid_make_cell(pipeline->pyramid, state, job, status);
}

static uint64_t pyramids_peak_nbytes(const Pipeline *pipeline)
{
    const uint64_t nbytes =
        pipeline->pyramid != NULL ? pyramid_peak_nbytes(pipeline->pyramid) : 0;
    return nbytes > pipeline->pyramid_peak_nbytes
               ? nbytes
               : pipeline->pyramid_peak_nbytes;
}

/** Copies the images and what follows from them. */
static void take_images(Pipeline *pipeline, const PipelineSpec *spec)
{
    pipeline->spec = *spec;
    pipeline->tile_count = -spec->tiles_elsewhere;
    const int once = spec->level_count * spec->image_count;
    pipeline->image_count =
        once + (spec->twice != NULL ? spec->image_count : 0);
    for (int i = 0; i < pipeline->image_count; i++) {
        const ImageSpec *image =
            i < once ? &spec->images[i] : &spec->twice[i - once];
        pipeline->images[i] = *image;
        pipeline->layouts[i] = image->layout;
        pipeline->tile_count += image->layout.tile_count;
        pipeline->left_open[i] = image->predictor == PREDICTOR_AUTO;
    }
}

/** How much that is carried may be on its way. */
static void set_limits(Pipeline *pipeline, const Pass *pass)
{
    uint64_t planes = 0;
    for (int i = 0; i < pipeline->spec.image_count; i++)
        if (i == 0 || pass->first_band == 0)
            planes += (uint64_t)pipeline->pass_layouts[i].planes;
    /* Where a region cuts tiles, some are carried that the plan knows nothing
     * of. */
    const uint64_t positions = pass->plan->carry_in_flight;
    /* Of a position whose tiles are on their way some may be done. */
    pipeline->dispatch.carried_tiles.limit =
        positions > 1 ? planes * (positions - 1) + 1 : planes;
    pipeline->dispatch.carried_cells.limit =
        PYRAMID_CELLS_IN_FLIGHT * (uint64_t)pass->plan->workers;
}

/** Has a pyramid for the bands of @p pass, and the one before freed. There are
 * no jobs. */
static bool begin_bands(Pipeline *pipeline, const Pass *pass)
{
    const PipelineSpec *spec = &pipeline->spec;
    int held = 0;
    pipeline->pyramid_peak_nbytes = pyramids_peak_nbytes(pipeline);
    pyramid_free(pipeline->pyramid);
    for (int level = 0; level < spec->level_count; level++) {
        pipeline->dispatch.fed[level] =
            level == 0 ||
            pass_feeds_level(spec->passes, spec->pass_count, pass, level);
        if (level == spec->twice_level)
            pipeline->dispatch.fed[spec->level_count] =
                pipeline->dispatch.fed[level];
        held = pass_layouts(
            pass, &pipeline->layouts[(ptrdiff_t)level * spec->image_count],
            spec->image_count,
            &pipeline->pass_layouts[(ptrdiff_t)level * held]);
    }
    const PyramidSpec pyramid = {
        .layouts = pipeline->pass_layouts,
        .image_count = held,
        .file_image_count = spec->image_count,
        .first_band = pass->first_band,
        .fed = pipeline->dispatch.fed,
        .level_count = spec->level_count,
        .rows = spec->rows,
        .resampler = spec->resampler,
        .custom = spec->resampler_custom,
        .validity = spec->validity,
        .tiles = submit_tile,
        .cells = submit_cell,
        .user = pipeline,
        .holes = spec->holes,
        .empty = {pipeline->images[0].empty_sample,
                  pipeline->images[held > 1 ? 1 : 0].empty_sample},
        .fail = fail};
    pipeline->pyramid = pyramid_new(&pyramid);
    pipeline->bands = pass;
    return pipeline->pyramid != NULL;
}

/** @return false for want of memory */
static bool make_stages(Pipeline *pipeline, const PassNeeds *needs,
                        size_t slot_nbytes)
{
    const PipelineSpec *spec = &pipeline->spec;
    pipeline->windows =
        pool_new((size_t)needs->window_nbytes, (int)needs->window_buffers);
    pipeline->queue = queue_new();
    pipeline->writer =
        writer_new(pipeline->layouts, pipeline->image_count, (int)needs->slots,
                   slot_nbytes, spec->output, spec->output_position);
    pipeline->dispatch.queue = pipeline->queue;
    pipeline->dispatch.writer = pipeline->writer;
    return pipeline->windows != NULL && pipeline->queue != NULL &&
           pipeline->writer != NULL && begin_bands(pipeline, &spec->passes[0]);
}

static bool start_workers(Pipeline *pipeline, int wanted, size_t slot_nbytes,
                          Status *status)
{
    const PipelineSpec *spec = &pipeline->spec;
    const WorkersSpec workers = {
        .images = pipeline->images,
        .image_count = pipeline->image_count,
        .resampler = spec->level_count > 1 ? spec->resampler : NULL,
        .resampler_custom = spec->resampler_custom,
        .queue = pipeline->queue,
        .writer = pipeline->writer,
        .slot_nbytes = slot_nbytes,
        .make_cell = make_cell,
        .done = job_done,
        .user = pipeline};
    pipeline->workers = workers_start(&workers, wanted, status);
    return pipeline->workers != NULL;
}

Pipeline *pipeline_start(const PipelineSpec *spec, Status *status)
{
    const PassNeeds needs = pass_needs(spec->passes, spec->pass_count);
    Pipeline *pipeline = calloc(1, sizeof *pipeline);
    if (pipeline == NULL) {
        status_fail(status, STATUS_NO_MEMORY, "out of memory");
        return NULL;
    }
    take_images(pipeline, spec);
    pipeline->dispatch.tick = spec->tick;
    pipeline->dispatch.tick_user = spec->tick_user;
    pipeline->dispatch.images_per_level = spec->image_count;
    predictor_gate_init(&pipeline->gate, pipeline->images,
                        pipeline->image_count);
    dispatch_init(&pipeline->dispatch);
    const size_t slot_nbytes =
        encoder_bound(pipeline->images, pipeline->image_count);
    bool ok = pass_check_all(spec->passes, spec->pass_count, pipeline->layouts,
                             spec->image_count, spec->level_count, status) &&
              pass_check_validity(spec->passes, spec->pass_count,
                                  pipeline->layouts, &spec->validity, status);
    if (ok && !make_stages(pipeline, &needs, slot_nbytes))
        ok = status_fail(status, STATUS_NO_MEMORY, "out of memory");
    if (!ok ||
        !start_workers(pipeline, (int)needs.workers, slot_nbytes, status)) {
        pipeline_free(pipeline);
        return NULL;
    }
    return pipeline;
}

int pipeline_windows_out(Pipeline *pipeline)
{
    return pool_out(pipeline->windows);
}

bool pipeline_go_on(Pipeline *pipeline, Status *status)
{
    return dispatch_go_on(&pipeline->dispatch) ||
           dispatch_give_up(&pipeline->dispatch, status);
}

Buffer *pipeline_take_window(Pipeline *pipeline, bool wait, Status *status)
{
    Buffer *buffer = NULL;
    int no_memory = 0;
    do {
        if (!pipeline_go_on(pipeline, status))
            return NULL;
        const int64_t began = clock_now_ns();
        buffer = pool_take(pipeline->windows, wait ? PIPELINE_TICK_MS : 0,
                           &no_memory);
        pipeline->dispatch.waited_ns += clock_now_ns() - began;
    } while (buffer == NULL && wait && !no_memory);
    if (no_memory)
        status_fail(status, STATUS_NO_MEMORY, "out of memory for a row band");
    return buffer;
}

/** Makes ready for windows of @p pass. */
static bool begin_pass(Pipeline *pipeline, const Pass *pass, Status *status)
{
    if (!pass_has_bands_of(pass, pipeline->bands)) {
        if (!dispatch_drain(&pipeline->dispatch))
            return dispatch_give_up(&pipeline->dispatch, status);
        if (pyramid_open_count(pipeline->pyramid) > 0)
            return status_fail(status, STATUS_INVALID,
                               "a pass ends in the middle of tiles, and the "
                               "next has other bands");
        if (!begin_bands(pipeline, pass))
            return status_fail(status, STATUS_NO_MEMORY, "out of memory");
    }
    set_limits(pipeline, pass);
    pipeline->pass = pass;
    return true;
}

bool pipeline_feed(Pipeline *pipeline, const Pass *pass, const Window *window,
                   Buffer *buffer, Status *status)
{
    const bool begun =
        pipeline->pass == pass || begin_pass(pipeline, pass, status);
    const bool ok = begun && pyramid_feed(pipeline->pyramid, pass->level,
                                          window, buffer, status);
    buffer_release(buffer);
    return ok ? pipeline_go_on(pipeline, status)
              : dispatch_give_up(&pipeline->dispatch, status);
}

bool pipeline_put(Pipeline *pipeline, const TileJob *job, Status *status)
{
    if (job->payload.kind == PAYLOAD_ENCODED &&
        pipeline->left_open[job->image]) {
        buffer_release(job->owner);
        return status_fail(status, STATUS_INVALID,
                           "a tile came encoded, and the predictor is open");
    }
    return submit_decided(pipeline, job)
               ? pipeline_go_on(pipeline, status)
               : dispatch_give_up(&pipeline->dispatch, status);
}

bool pipeline_finish(Pipeline *pipeline, Status *status)
{
    if (!dispatch_drain(&pipeline->dispatch))
        return dispatch_give_up(&pipeline->dispatch, status);
    if (pipeline_tiles_written(pipeline) != pipeline->tile_count)
        return status_fail(status, STATUS_INVALID,
                           "of %lld tiles, %lld have come",
                           (long long)pipeline->tile_count,
                           (long long)pipeline_tiles_written(pipeline));
    queue_close(pipeline->queue);
    workers_join(pipeline->workers);
    predictor_gate_close(&pipeline->gate);
    /* What lays the file out wants memory. */
    pool_free_idle(pipeline->windows);
    writer_free_slots(pipeline->writer);
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

TileIndex pipeline_take_index(Pipeline *pipeline, int image)
{
    return writer_take_index(pipeline->writer, image);
}

bool pipeline_has_clipped(const Pipeline *pipeline, int image)
{
    return workers_have_clipped(pipeline->workers, image);
}

int64_t pipeline_empty_tiles(const Pipeline *pipeline, int64_t *encoded)
{
    return workers_empty_tiles(pipeline->workers, encoded);
}

void pipeline_add_levels(const Pipeline *pipeline, int64_t *counts)
{
    workers_add_levels(pipeline->workers, counts);
}

uint64_t pipeline_position(const Pipeline *pipeline)
{
    return writer_position(pipeline->writer);
}

uint64_t pipeline_peak_nbytes(Pipeline *pipeline)
{
    return pool_peak_nbytes(pipeline->windows) + pyramids_peak_nbytes(pipeline);
}

void pipeline_waited_for_source(Pipeline *pipeline, int64_t ns)
{
    pipeline->waited_for_source_ns += ns;
}

PipelineWaits pipeline_waits(Pipeline *pipeline)
{
    return (PipelineWaits){
        .caller_for_source = (double)pipeline->waited_for_source_ns * 1e-9,
        .caller_for_workers = (double)pipeline->dispatch.waited_ns * 1e-9,
        .workers_for_jobs = (double)queue_waited_ns(pipeline->queue) * 1e-9,
        .workers_for_turn = (double)writer_waited_ns(pipeline->writer) * 1e-9};
}

void pipeline_free(Pipeline *pipeline)
{
    if (pipeline == NULL)
        return;
    if (pipeline->workers != NULL) {
        queue_abort(pipeline->queue);
        writer_abort(pipeline->writer);
        workers_join(pipeline->workers);
        workers_free(pipeline->workers);
    }
    /* Jobs and open tiles hold buffers: they go before the pools. */
    predictor_gate_clear(&pipeline->gate);
    queue_free(pipeline->queue);
    pyramid_free(pipeline->pyramid);
    pool_free(pipeline->windows);
    writer_free(pipeline->writer);
    dispatch_clear(&pipeline->dispatch);
    free(pipeline);
}
