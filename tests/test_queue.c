/* SPDX-License-Identifier: MIT */
#include "queue.h"

#include "gtest_c.h"
#include "threads.h"

enum { JOBS = 3000, THREADS = 6 };

/** A queue, and buffers for its jobs to own. */
typedef struct Fixture {
    Pool *pool;
    Queue *queue;
    atomic_int popped[JOBS];
    atomic_int ended;
} Fixture;

static void fixture_init(Fixture *fixture)
{
    memset(fixture, 0, sizeof *fixture);
    fixture->pool = pool_new(8, 0);
    fixture->queue = queue_new();
}

static void fixture_free(Fixture *fixture)
{
    queue_free(fixture->queue);
    pool_free(fixture->pool);
}

static void push(Fixture *fixture, int64_t number)
{
    int no_memory;
    const Job job = {
        .kind = JOB_TILE,
        .of.tile = {.tile_x = number,
                    .owner = pool_take(fixture->pool, 0, &no_memory)}};
    require(job.of.tile.owner != NULL);
    expect_true(queue_push(fixture->queue, &job, URGENCY_TILE));
}

TEST_CASE(queue, jobs_come_in_the_order_they_went_in)
{
    Fixture fixture;
    Job job;
    int64_t sequence, pushed = 0;
    fixture_init(&fixture);
    /* Taken slower than put, so that it grows with its first job anywhere. */
    for (int64_t popped = 0; popped < JOBS; popped++) {
        for (int i = 0; i < 3 && pushed < JOBS; i++)
            push(&fixture, pushed++);
        require(queue_pop(fixture.queue, &job, &sequence));
        expect_int_eq(sequence, popped);
        expect_int_eq(job.of.tile.tile_x, popped);
        buffer_release(job.of.tile.owner);
    }
    queue_close(fixture.queue);
    expect_true(!queue_pop(fixture.queue, &job, &sequence));
    fixture_free(&fixture);
}

TEST_CASE(queue, urgent_jobs_come_first_and_only_tiles_are_numbered)
{
    static const Urgency urgency[] = {URGENCY_TILE, URGENCY_CELL, URGENCY_TILE,
                                      URGENCY_OVERVIEW, URGENCY_CELL};
    static const int expected[] = {3, 1, 4, 0, 2};
    Fixture fixture;
    int64_t sequence, tiles = 0;
    fixture_init(&fixture);
    for (int i = 0; i < 5; i++) {
        int no_memory;
        Buffer *owner = pool_take(fixture.pool, 0, &no_memory);
        const Job tile = {.kind = JOB_TILE,
                          .of.tile = {.image = i, .owner = owner}};
        const Job cell = {.kind = JOB_CELL,
                          .of.cell = {.level = i, .owner = owner}};
        expect_true(
            queue_push(fixture.queue, i == 3 ? &cell : &tile, urgency[i]));
    }
    for (int i = 0; i < 5; i++) {
        Job job;
        require(queue_pop(fixture.queue, &job, &sequence));
        expect_int_eq(job.kind == JOB_CELL, expected[i] == 3);
        if (job.kind == JOB_TILE) {
            expect_int_eq(job.of.tile.image, expected[i]);
            expect_int_eq(sequence, tiles++);
        }
        buffer_release(job_owner(&job));
    }
    fixture_free(&fixture);
}

TEST_CASE(queue, closed_one_gives_what_is_left)
{
    Fixture fixture;
    Job job;
    int64_t sequence;
    fixture_init(&fixture);
    push(&fixture, 1);
    queue_close(fixture.queue);
    require(queue_pop(fixture.queue, &job, &sequence));
    buffer_release(job.of.tile.owner);
    expect_true(!queue_pop(fixture.queue, &job, &sequence));
    fixture_free(&fixture);
}

TEST_CASE(queue, aborted_one_gives_nothing_and_releases_what_is_left)
{
    Fixture fixture;
    Job job;
    int64_t sequence;
    int no_memory;
    fixture_init(&fixture);
    Pool *pool = pool_new(8, 1);
    job = (Job){.kind = JOB_TILE,
                .of.tile = {.owner = pool_take(pool, 0, &no_memory)}};
    expect_true(queue_push(fixture.queue, &job, URGENCY_TILE));
    queue_abort(fixture.queue);
    expect_true(!queue_pop(fixture.queue, &job, &sequence));
    fixture_free(&fixture);
    Buffer *buffer = pool_take(pool, 0, &no_memory);
    require(buffer != NULL);
    buffer_release(buffer);
    pool_free(pool);
}

static void pop_all(void *user)
{
    Fixture *fixture = user;
    Job job;
    int64_t sequence;
    while (queue_pop(fixture->queue, &job, &sequence)) {
        expect_int_eq(job.of.tile.tile_x, sequence);
        atomic_fetch_add(&fixture->popped[sequence], 1);
        buffer_release(job.of.tile.owner);
    }
    atomic_fetch_add(&fixture->ended, 1);
}

TEST_CASE(queue, each_job_goes_to_one_thread)
{
    Fixture fixture;
    fixture_init(&fixture);
    Threads *threads = threads_start(THREADS, pop_all, &fixture);
    for (int64_t i = 0; i < JOBS; i++)
        push(&fixture, i);
    queue_close(fixture.queue);
    threads_join(threads);
    for (int i = 0; i < JOBS; i++)
        expect_int_eq(atomic_load(&fixture.popped[i]), 1);
    fixture_free(&fixture);
}

TEST_CASE(queue, abort_and_close_wake_everyone)
{
    static void (*const ends[])(Queue *) = {queue_abort, queue_close};
    for (int i = 0; i < 2; i++) {
        Fixture fixture;
        fixture_init(&fixture);
        Threads *threads = threads_start(THREADS, pop_all, &fixture);
        sleep_ms(20);
        expect_int_eq(atomic_load(&fixture.ended), 0);
        ends[i](fixture.queue);
        threads_join(threads);
        expect_int_eq(atomic_load(&fixture.ended), THREADS);
        fixture_free(&fixture);
    }
}
