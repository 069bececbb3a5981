/* SPDX-License-Identifier: MIT */
#include "carve.h"

#include <stdlib.h>

#include "gtest_c.h"
#include "raster.h"

enum { CASES = 3000, HELD_MAX = 40, WINDOWS_LIMIT = 4 };

/** Takes the tiles of @p raster as workers would: keeps some for a while and
 * looks at their pixels only when it lets go of them. */
typedef struct Receiver {
    const Raster *raster;
    bool in_rows;  /**< positions must come row after row */
    int *received; /**< how often each tile came, image after image */
    int64_t count, stop_at;
    TileJob held[HELD_MAX];
    int held_count, held_limit;
    TileJob last;
} Receiver;

static int64_t position_of(const Receiver *receiver, const TileJob *job)
{
    return job->tile_y * receiver->raster->layouts[0].tiles_across +
           job->tile_x;
}

static void let_go(Receiver *receiver)
{
    for (int i = 0; i < receiver->held_count; i++) {
        const TileJob *job = &receiver->held[i];
        expect_true(raster_tile_matches(
            receiver->raster, job->image, job->plane, job->tile_x, job->tile_y,
            job->payload.of.pixels.samples, job->payload.of.pixels.row_nbytes));
        buffer_release(job->owner);
    }
    receiver->held_count = 0;
}

/** Tiles at one position follow each other, planes first, then images. */
static void check_order(Receiver *receiver, const TileJob *job)
{
    const TileJob *last = &receiver->last;
    const Layout *layouts = receiver->raster->layouts;
    if (receiver->count == 0 ||
        (last->plane == layouts[last->image].planes - 1 &&
         last->image == receiver->raster->image_count - 1)) {
        expect_int_eq(job->image, 0);
        expect_int_eq(job->plane, 0);
        if (receiver->in_rows && receiver->count > 0)
            expect_int_eq(position_of(receiver, job),
                          position_of(receiver, last) + 1);
        return;
    }
    const bool next_image = last->plane == layouts[last->image].planes - 1;
    expect_int_eq(job->image, last->image + next_image);
    expect_int_eq(job->plane, next_image ? 0 : last->plane + 1);
    expect_int_eq(position_of(receiver, job), position_of(receiver, last));
    expect_true(job->owner == last->owner);
}

static bool receive(void *user, const TileJob *job)
{
    Receiver *receiver = user;
    const Raster *raster = receiver->raster;
    const int64_t index = layout_tile_index(
        &raster->layouts[job->image], job->plane, job->tile_x, job->tile_y);
    receiver->received[job->image * raster->layouts[0].tile_count + index]++;
    check_order(receiver, job);
    receiver->last = *job;
    receiver->held[receiver->held_count++] = *job;
    if (receiver->held_count >= receiver->held_limit)
        let_go(receiver);
    return ++receiver->count != receiver->stop_at;
}

static Buffer *window_buffer(Pool *windows, Receiver *receiver)
{
    int no_memory;
    Buffer *buffer = pool_take(windows, 0, &no_memory);
    if (buffer == NULL) {
        let_go(receiver);
        buffer = pool_take(windows, 0, &no_memory);
    }
    return buffer;
}

static bool feed_all(const Plan *plan, Carver *carver, Pool *windows,
                     Receiver *receiver, Status *status)
{
    Window window = {.x = 0};
    bool ok = true;
    while (ok && plan_next(plan, &window)) {
        Buffer *buffer = window_buffer(windows, receiver);
        expect_true(buffer != NULL);
        if (buffer == NULL)
            return false;
        raster_fill(receiver->raster, &window, buffer->data);
        ok = carver_feed(carver, &window, buffer, status);
        /* Whoever reads the buffer without a reference reads this. */
        if (atomic_load(&buffer->references) == 1)
            memset(buffer->data, 0xee, 1);
        buffer_release(buffer);
    }
    return ok;
}

static void expect_all_released(Pool *windows)
{
    Buffer *buffers[WINDOWS_LIMIT];
    for (int i = 0; i < WINDOWS_LIMIT; i++) {
        int no_memory;
        buffers[i] = pool_take(windows, 0, &no_memory);
        expect_true(buffers[i] != NULL);
    }
    for (int i = 0; i < WINDOWS_LIMIT; i++)
        if (buffers[i] != NULL)
            buffer_release(buffers[i]);
}

/** @param stop_at the tile that the receiver refuses; 0: none */
static void carve_random(Random *random, int64_t stop_at)
{
    const Raster raster = raster_random(random, 3000);
    const Plan plan = raster_random_plan(random, &raster);
    const int64_t tile_count = raster.layouts[0].tile_count;
    Receiver receiver = {.raster = &raster,
                         .in_rows = plan.full_width,
                         .stop_at = stop_at,
                         .held_limit =
                             (int)random_magnitude(random, 1, HELD_MAX)};
    receiver.received = calloc((size_t)tile_count * 2, sizeof(int));
    Pool *windows = pool_new((size_t)plan.window_nbytes, WINDOWS_LIMIT);
    Carver *carver =
        carver_new(raster.layouts, raster.image_count, 0, receive, &receiver);
    Status status = {.code = STATUS_OK};
    const bool ok = feed_all(&plan, carver, windows, &receiver, &status);

    let_go(&receiver);
    expect_int_eq(status.code, STATUS_OK);
    if (ok) {
        expect_int_eq(carver_open_count(carver), 0);
        for (int image = 0; image < raster.image_count; image++)
            for (int64_t i = 0; i < raster.layouts[image].tile_count; i++)
                expect_int_eq(receiver.received[image * tile_count + i], 1);
    } else {
        expect_int_eq(receiver.count, stop_at);
    }
    expect_all_released(windows);
    carver_free(carver);
    pool_free(windows);
    free(receiver.received);
}

TEST_CASE(carve, every_tile_comes_once_with_its_pixels_and_in_order)
{
    Random random = {.state = 1};
    for (int i = 0; i < CASES && !test_failed(); i++) {
        test_context("case %d", i);
        carve_random(&random, 0);
    }
}

TEST_CASE(carve, refused_tile_stops_it_and_loses_no_buffer)
{
    Random random = {.state = 2};
    for (int i = 0; i < CASES / 3 && !test_failed(); i++) {
        test_context("case %d", i);
        carve_random(&random, random_magnitude(&random, 1, 50));
    }
}

static bool release_job(void *user, const TileJob *job)
{
    Buffer *const *window = user;
    expect_int_eq(job->carried, job->owner != *window);
    buffer_release(job->owner);
    return true;
}

TEST_CASE(carve, tile_inside_a_window_is_not_copied)
{
    const LayoutSpec spec = {.width = 64,
                             .height = 64,
                             .bands = 1,
                             .sample_nbytes = 1,
                             .sample_nbits = 8,
                             .tile_width = 16,
                             .tile_height = 16};
    Layout layout;
    Status status = {.code = STATUS_OK};
    require(layout_init(&layout, &spec, &status));
    Buffer *window = NULL;
    Pool *windows = pool_new(64 * 64, 1);
    Carver *carver = carver_new(&layout, 1, 0, release_job, &window);
    int no_memory;
    window = pool_take(windows, 0, &no_memory);
    memset(window->data, 0, 64 * 64);

    expect_true(carver_feed(carver, &(Window){0, 0, 64, 32}, window, &status));
    expect_int_eq(carver_peak_nbytes(carver), 0);
    expect_true(carver_feed(carver, &(Window){0, 32, 64, 8}, window, &status));
    expect_int_eq(carver_open_count(carver), 4);
    expect_int_eq(carver_peak_nbytes(carver), 4 * 16 * 16);
    expect_true(carver_feed(carver, &(Window){0, 40, 64, 24}, window, &status));
    expect_int_eq(carver_open_count(carver), 0);

    buffer_release(window);
    carver_free(carver);
    pool_free(windows);
}
