/* SPDX-License-Identifier: MIT */
#include "read_ahead.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "gtest_c.h"
#include "raster.h"
#include "threads.h"

enum { CASES = 25, READERS = 5 };

/** One way of reading a raster, and what came of it. */
typedef struct Run {
    const Raster *raster;
    Plan plan;
    int readers;          /* at most */
    int readers_at_first; /* 0: as many */
    bool fast;
    int64_t fails_at, cancels_at; /* the window, the tick; 0: never */
    bool completes;               /* what is read is there after complete */
    int64_t complete_fails_at;

    ImageSpec images[SWATH_IMAGES_MAX];
    uint8_t *bytes;
    size_t nbytes;
    Status status;
    atomic_int reading[READERS], at_once, most_at_once, reads, enters;
    int added;
    int64_t completed;
    pthread_t caller;
    Window done;
    int64_t ticks;
    bool out_of_order;
} Run;

static bool append(void *user, const void *data, size_t nbytes, Status *status)
{
    Run *run = user;
    (void)status;
    memcpy(run->bytes + run->nbytes, data, nbytes);
    run->nbytes += nbytes;
    return true;
}

static bool tick(void *user, int64_t tiles_written)
{
    Run *run = user;
    (void)tiles_written;
    return ++run->ticks != run->cancels_at;
}

static void note_most(Run *run, int now)
{
    int most = atomic_load(&run->most_at_once);
    while (now > most &&
           !atomic_compare_exchange_weak(&run->most_at_once, &most, now)) {
    }
}

/** Slow, and slower for some windows than for others. */
static bool read(void *user, int reader, const Window *window, uint8_t *data,
                 const GoOn *go_on, Status *status)
{
    Run *run = user;
    const int64_t number = atomic_fetch_add(&run->reads, 1) + 1;
    expect_int_eq(atomic_fetch_add(&run->reading[reader], 1), 0);
    note_most(run, atomic_fetch_add(&run->at_once, 1) + 1);
    if (!run->fast)
        sleep_ms((int)((window->x + window->y) % 3));
    if (!run->completes)
        raster_fill(run->raster, window, data);
    atomic_fetch_sub(&run->at_once, 1);
    atomic_fetch_sub(&run->reading[reader], 1);
    if (number == run->fails_at)
        return status_fail(status, STATUS_READ, "window %d", (int)number);
    return go_on->ask(go_on->user) ||
           status_fail(status, STATUS_CANCELLED, "given up");
}

/** On the caller's thread, in the plan's order: before done. */
static bool complete(void *user, const Window *window, uint8_t *data,
                     const GoOn *go_on, Status *status)
{
    Run *run = user;
    Window next = run->done;
    expect_true(pthread_equal(pthread_self(), run->caller) != 0);
    expect_int_le(run->completed + 1, atomic_load(&run->reads));
    run->out_of_order |= !plan_next(&run->plan, &next) || next.x != window->x ||
                         next.y != window->y;
    raster_fill(run->raster, window, data);
    if (++run->completed == run->complete_fails_at)
        return status_fail(status, STATUS_READ, "window %d",
                           (int)run->completed);
    return go_on->ask(go_on->user);
}

static void done(void *user, const Window *window)
{
    Run *run = user;
    run->out_of_order |= !plan_next(&run->plan, &run->done) ||
                         run->done.x != window->x || run->done.y != window->y ||
                         run->done.width != window->width ||
                         run->done.height != window->height;
}

static void enter(void *user)
{
    Run *run = user;
    atomic_fetch_add(&run->enters, 1);
}

static bool add(void *user)
{
    Run *run = user;
    run->added++;
    return true;
}

/** codec_none at leisure. */
static bool encode_slowly(void *state, const CodecInput *in, void *out,
                          size_t out_capacity, size_t *out_nbytes,
                          Status *status)
{
    sleep_ms(2);
    return codec_none.encode(state, in, out, out_capacity, out_nbytes, status);
}

static bool run_it(Run *run)
{
    Codec codec = codec_none;
    size_t nbytes = 0;
    if (run->fast)
        codec.encode = encode_slowly;
    for (int i = 0; i < run->raster->image_count; i++) {
        run->images[i] = (ImageSpec){.layout = run->raster->layouts[i],
                                     .encoding = i,
                                     .codec = &codec,
                                     .predictor = PREDICTOR_NONE};
        nbytes += (size_t)run->images[i].layout.tile_count *
                  encoder_bound(&run->images[i], 1);
    }
    run->bytes = malloc(nbytes);
    run->caller = pthread_self();
    const WindowSource source = {.read = read,
                                 .complete = run->completes ? complete : NULL,
                                 .done = done,
                                 .enter = enter,
                                 .add = add,
                                 .user = run};
    const int first =
        run->readers_at_first > 0 ? run->readers_at_first : run->readers;
    const Pass pass =
        pass_over_all(&source, &run->plan, first, &run->raster->layouts[0]);
    const PipelineSpec spec = {.images = run->images,
                               .image_count = run->raster->image_count,
                               .level_count = 1,
                               .passes = &pass,
                               .pass_count = 1,
                               .output = {append, run},
                               .tick = tick,
                               .tick_user = run};
    Pipeline *pipeline = pipeline_start(&spec, &run->status);
    const bool ok = pipeline != NULL &&
                    read_ahead(&pass, pipeline, &run->status) &&
                    pipeline_finish(pipeline, &run->status);
    /* Complains, under a sanitizer, of buffers that are not back. */
    pipeline_free(pipeline);
    return ok;
}

static Run run_of(const Raster *raster, const Plan *plan, int readers)
{
    Run run = {.raster = raster, .plan = *plan, .readers = readers};
    run.plan.workers = 2;
    run.plan.readers = readers;
    run.plan.window_buffers = readers + 1;
    return run;
}

/** A raster of many windows. */
static Plan many_windows(Random *random, Raster *raster)
{
    Plan plan;
    do {
        *raster = raster_random(random, 20000);
        plan = raster_random_plan(random, raster);
    } while (plan_window_count(&plan) < 20);
    return plan;
}

TEST_CASE(read_ahead, several_readers_make_the_bytes_of_one)
{
    Random random = {.state = 1};
    int most_at_once = 0;
    for (int i = 0; i < CASES && !test_failed(); i++) {
        test_context("case %d", i);
        const Raster raster = raster_random(&random, 20000);
        const Plan plan = raster_random_plan(&random, &raster);
        Run one = run_of(&raster, &plan, 1);
        Run several = run_of(&raster, &plan, READERS);
        expect_true(run_it(&one));
        expect_true(run_it(&several));
        expect_true(!one.out_of_order && !several.out_of_order);
        expect_int_eq(atomic_load(&several.reads), plan_window_count(&plan));
        expect_int_eq(atomic_load(&several.enters), READERS);
        expect_int_eq(atomic_load(&one.enters), 0);
        expect_int_eq(atomic_load(&one.most_at_once), 1);
        expect_int_eq(several.nbytes, one.nbytes);
        expect_true(memcmp(several.bytes, one.bytes, one.nbytes) == 0);
        if (atomic_load(&several.most_at_once) > most_at_once)
            most_at_once = atomic_load(&several.most_at_once);
        free(one.bytes);
        free(several.bytes);
    }
    expect_int_eq(most_at_once, READERS);
}

TEST_CASE(read_ahead, readers_are_added_while_encoding_waits_for_them)
{
    Random random = {.state = 4};
    Raster raster;
    const Plan plan = many_windows(&random, &raster);
    Run slow = run_of(&raster, &plan, READERS);
    slow.readers_at_first = 1;
    expect_true(run_it(&slow));
    expect_int_eq(slow.added, READERS - 1);
    expect_int_eq(atomic_load(&slow.enters), READERS);
    expect_int_lt(1, atomic_load(&slow.most_at_once));
    free(slow.bytes);

    Run fast = run_of(&raster, &plan, READERS);
    fast.readers_at_first = 1;
    fast.fast = true;
    expect_true(run_it(&fast));
    expect_int_lt(fast.added, READERS - 1);
    expect_true(!fast.out_of_order && !slow.out_of_order);
    free(fast.bytes);
}

TEST_CASE(read_ahead, a_failure_of_any_window_is_the_result)
{
    Random random = {.state = 2};
    for (int readers = 1; readers <= READERS; readers += 2)
        for (int64_t at = 1; at <= 20 && !test_failed(); at++) {
            char expected[40];
            Raster raster;
            const Plan plan = many_windows(&random, &raster);
            test_context("%d readers, window %d", readers, (int)at);
            Run run = run_of(&raster, &plan, readers);
            run.fails_at = at;
            expect_true(!run_it(&run));
            snprintf(expected, sizeof expected, "window %d", (int)at);
            expect_int_eq(run.status.code, STATUS_READ);
            expect_str_eq(run.status.message, expected);
            expect_true(!run.out_of_order);
            free(run.bytes);
        }
}

TEST_CASE(read_ahead, a_cancel_at_any_tick_is_the_result)
{
    Random random = {.state = 3};
    for (int readers = 1; readers <= READERS; readers += 2)
        for (int64_t at = 1; at <= 20 && !test_failed(); at++) {
            Raster raster;
            const Plan plan = many_windows(&random, &raster);
            test_context("%d readers, tick %d", readers, (int)at);
            Run run = run_of(&raster, &plan, readers);
            run.cancels_at = at;
            expect_true(!run_it(&run));
            expect_int_eq(run.status.code, STATUS_CANCELLED);
            expect_str_eq(run.status.message, "cancelled");
            free(run.bytes);
        }
}

TEST_CASE(read_ahead, what_the_caller_completes_is_in_order)
{
    Random random = {.state = 5};
    for (int i = 0; i < CASES && !test_failed(); i++) {
        test_context("case %d", i);
        const Raster raster = raster_random(&random, 20000);
        const Plan plan = raster_random_plan(&random, &raster);
        Run plain = run_of(&raster, &plan, 1);
        expect_true(run_it(&plain));
        for (int readers = 1; readers <= READERS; readers += 2) {
            Run run = run_of(&raster, &plan, readers);
            run.completes = true;
            run.readers_at_first = 1;
            expect_true(run_it(&run));
            expect_true(!run.out_of_order);
            expect_int_eq(run.completed, plan_window_count(&plan));
            expect_int_eq(run.nbytes, plain.nbytes);
            expect_true(memcmp(run.bytes, plain.bytes, plain.nbytes) == 0);
            free(run.bytes);
        }
        free(plain.bytes);
    }
}

TEST_CASE(read_ahead, a_window_that_cannot_be_completed_is_the_result)
{
    Random random = {.state = 6};
    for (int readers = 1; readers <= READERS; readers += 2)
        for (int64_t at = 1; at <= 20 && !test_failed(); at++) {
            char expected[40];
            Raster raster;
            const Plan plan = many_windows(&random, &raster);
            Run run = run_of(&raster, &plan, readers);
            run.completes = true;
            run.complete_fails_at = at;
            expect_true(!run_it(&run));
            snprintf(expected, sizeof expected, "window %d", (int)at);
            expect_int_eq(run.status.code, STATUS_READ);
            expect_str_eq(run.status.message, expected);
            expect_int_eq(run.completed, at);
            free(run.bytes);
        }
}
