/* SPDX-License-Identifier: MIT */
#include "gather.h"

#include <stdlib.h>

#include "gtest_c.h"
#include "raster.h"
#include "swath.h"

enum { CASES = 2000 };

/** Rectangles of @p step pixels, less at the end, and @p around more on either
 * side, as far as there are any. */
typedef struct Overlapping {
    int64_t width, height, step_x, step_y, around;
} Overlapping;

static Span span_of(int64_t index, int64_t step, int64_t around, int64_t size)
{
    const int64_t begin = index * step - around;
    const int64_t end = (index + 1) * step + around;
    return (Span){begin > 0 ? begin : 0, end < size ? end : size};
}

static Span column(const void *of, int64_t index)
{
    const Overlapping *grid = of;
    return span_of(index, grid->step_x, grid->around, grid->width);
}

static Span row(const void *of, int64_t index)
{
    const Overlapping *grid = of;
    return span_of(index, grid->step_y, grid->around, grid->height);
}

/** Checks rectangles as they come. */
typedef struct Receiver {
    const Raster *raster;
    Grid grid;
    int *received; /**< by position */
    int64_t count, stop_at;
} Receiver;

static void expect_plane(const Receiver *receiver, const Gathered *whole,
                         int image, int plane)
{
    const Layout *layout = &receiver->raster->layouts[image];
    const Window *rectangle = &whole->rectangle;
    const PlaneView view = plane_from(
        swath_plane(whole->buffer->data, receiver->raster->layouts, image,
                    plane, whole->held.width, whole->held.height),
        rectangle->x - whole->held.x, rectangle->y - whole->held.y);
    for (int64_t y = 0; y < rectangle->height && !test_failed(); y++)
        for (int64_t x = 0; x < rectangle->width; x++)
            for (int i = 0; i < layout->samples_per_pixel; i++) {
                const size_t nbytes = (size_t)layout->spec.sample_nbytes;
                uint8_t expected[8];
                raster_sample(receiver->raster, image, plane + i,
                              rectangle->x + x, rectangle->y + y, expected);
                expect_mem_eq(plane_from(view, x, y).pixels +
                                  (size_t)i * nbytes,
                              expected, nbytes);
            }
}

static bool receive(void *user, const Gathered *whole)
{
    Receiver *receiver = user;
    const Span x = column(receiver->grid.of, whole->column);
    const Span y = row(receiver->grid.of, whole->row);
    expect_int_eq(whole->rectangle.x, x.begin);
    expect_int_eq(whole->rectangle.y, y.begin);
    expect_int_eq(whole->rectangle.width, x.end - x.begin);
    expect_int_eq(whole->rectangle.height, y.end - y.begin);
    receiver->received[whole->row * receiver->grid.columns + whole->column]++;
    for (int image = 0; image < receiver->raster->image_count; image++)
        for (int plane = 0; plane < receiver->raster->layouts[image].planes;
             plane++)
            expect_plane(receiver, whole, image, plane);
    return ++receiver->count != receiver->stop_at;
}

static bool feed_all(const Plan *plan, const Raster *raster, Gather *gather,
                     Status *status)
{
    Pool *windows = pool_new((size_t)plan->window_nbytes, 0);
    Window window = {.x = 0};
    bool ok = true;
    while (ok && plan_next(plan, &window)) {
        int no_memory;
        Buffer *buffer = pool_take(windows, 0, &no_memory);
        raster_fill(raster, &window, buffer->data);
        ok = gather_feed(gather, &window, buffer, status);
        buffer_release(buffer);
    }
    pool_free(windows);
    return ok;
}

static void gather_random(Random *random, int64_t stop_at)
{
    const Raster raster = raster_random(random, 2000);
    const Plan plan = raster_random_plan(random, &raster);
    const Overlapping of = {.width = plan.width,
                            .height = plan.height,
                            .step_x = random_magnitude(random, 4, 200),
                            .step_y = random_magnitude(random, 4, 200),
                            .around = random_in(random, 0, 9)};
    Receiver receiver = {
        .raster = &raster,
        .grid = {.columns = (of.width + of.step_x - 1) / of.step_x,
                 .rows = (of.height + of.step_y - 1) / of.step_y,
                 .column = column,
                 .row = row,
                 .of = &of},
        .stop_at = stop_at};
    const int64_t count = receiver.grid.columns * receiver.grid.rows;
    receiver.received = calloc((size_t)count, sizeof(int));
    Gather *gather = gather_new(raster.layouts, raster.image_count,
                                &receiver.grid, receive, &receiver);
    Status status = {.code = STATUS_OK};
    const bool ok = feed_all(&plan, &raster, gather, &status);
    expect_int_eq(status.code, STATUS_OK);
    if (ok) {
        expect_int_eq(gather_open_count(gather), 0);
        for (int64_t i = 0; i < count; i++)
            expect_int_eq(receiver.received[i], 1);
    } else {
        expect_int_eq(receiver.count, stop_at);
    }
    gather_free(gather);
    free(receiver.received);
}

TEST_CASE(gather, every_rectangle_comes_once_with_its_pixels)
{
    Random random = {.state = 11};
    for (int i = 0; i < CASES && !test_failed(); i++) {
        test_context("case %d", i);
        gather_random(&random, 0);
    }
}

TEST_CASE(gather, refused_rectangle_stops_it_and_loses_no_buffer)
{
    Random random = {.state = 12};
    for (int i = 0; i < CASES / 4 && !test_failed(); i++) {
        test_context("case %d", i);
        gather_random(&random, random_magnitude(&random, 1, 30));
    }
}
