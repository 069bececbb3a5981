/* SPDX-License-Identifier: MIT */
#include "pool.h"

#include "gtest_c.h"
#include "threads.h"

enum {
    NBYTES = 1000,
    LIMIT = 3,
    THREADS = 8,
    ROUNDS = 500,
    PATIENCE_MS = 60000
};

TEST_CASE(pool, released_buffer_comes_back)
{
    Pool *pool = pool_new(NBYTES, 0);
    int no_memory;
    Buffer *first = pool_take(pool, 0, &no_memory);
    require(first != NULL);
    const uint8_t *data = first->data;
    expect_int_eq((uintptr_t)data % 64, 0);
    memset(first->data, 7, NBYTES);
    buffer_release(first);
    Buffer *again = pool_take(pool, 0, &no_memory);
    expect_true(again == first);
    expect_true(again->data == data);
    buffer_release(again);
    pool_free(pool);
}

TEST_CASE(pool, buffer_stays_out_until_the_last_reference_is_released)
{
    Pool *pool = pool_new(NBYTES, 1);
    int no_memory;
    Buffer *buffer = pool_take(pool, 0, &no_memory);
    buffer_retain(buffer);
    buffer_release(buffer);
    expect_true(pool_take(pool, 0, &no_memory) == NULL);
    buffer_release(buffer);
    buffer = pool_take(pool, 0, &no_memory);
    require(buffer != NULL);
    buffer_release(buffer);
    pool_free(pool);
}

TEST_CASE(pool, limit_is_kept_and_waiting_for_it_ends_in_time)
{
    Pool *pool = pool_new(NBYTES, LIMIT);
    Buffer *buffers[LIMIT];
    int no_memory;
    for (int i = 0; i < LIMIT; i++) {
        buffers[i] = pool_take(pool, 0, &no_memory);
        require(buffers[i] != NULL);
    }
    const double start = now_ms();
    no_memory = 1;
    expect_true(pool_take(pool, 50, &no_memory) == NULL);
    expect_int_eq(no_memory, 0);
    expect_int_le(49, now_ms() - start);
    expect_int_eq(pool_peak_nbytes(pool), LIMIT * NBYTES);
    for (int i = 0; i < LIMIT; i++)
        buffer_release(buffers[i]);
    pool_free(pool);
}

TEST_CASE(pool, without_a_limit_it_gives_any_number)
{
    enum { MANY = 100 };
    Pool *pool = pool_new(NBYTES, 0);
    Buffer *buffers[MANY];
    int no_memory;
    for (int i = 0; i < MANY; i++)
        buffers[i] = pool_take(pool, 0, &no_memory);
    for (int i = 0; i < MANY; i++)
        buffer_release(buffers[i]);
    expect_int_eq(pool_peak_nbytes(pool), MANY * NBYTES);
    pool_free(pool);
}

TEST_CASE(pool, want_of_memory_is_told_from_a_timeout)
{
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
    skip_test("sanitizers take a large allocation for an error");
#else
    Pool *pool = pool_new(PTRDIFF_MAX, 1);
    int no_memory = 0;
    expect_true(pool_take(pool, 0, &no_memory) == NULL);
    expect_int_eq(no_memory, 1);
    expect_int_eq(pool_peak_nbytes(pool), 0);
    pool_free(pool);
#endif
}

typedef struct Share {
    Pool *pool;
    atomic_int out, most;
} Share;

static void take_and_release(void *user)
{
    Share *share = user;
    for (int i = 0; i < ROUNDS; i++) {
        int no_memory;
        Buffer *buffer = pool_take(share->pool, PATIENCE_MS, &no_memory);
        require(buffer != NULL);
        const int out = atomic_fetch_add(&share->out, 1) + 1;
        int most = atomic_load(&share->most);
        while (most < out &&
               !atomic_compare_exchange_weak(&share->most, &most, out))
            ;
        memset(buffer->data, i, NBYTES);
        atomic_fetch_sub(&share->out, 1);
        buffer_release(buffer);
    }
}

TEST_CASE(pool, threads_share_no_more_than_the_limit_and_none_is_forgotten)
{
    Share share = {.pool = pool_new(NBYTES, LIMIT)};
    threads_join(threads_start(THREADS, take_and_release, &share));
    expect_int_le(atomic_load(&share.most), LIMIT);
    expect_int_le(pool_peak_nbytes(share.pool), LIMIT * NBYTES);
    pool_free(share.pool);
}

static void release_late(void *user)
{
    sleep_ms(20);
    buffer_release(user);
}

TEST_CASE(pool, release_wakes_who_waits)
{
    Pool *pool = pool_new(NBYTES, 1);
    int no_memory;
    Buffer *buffer = pool_take(pool, 0, &no_memory);
    Threads *thread = threads_start(1, release_late, buffer);
    const double start = now_ms();
    Buffer *again = pool_take(pool, PATIENCE_MS, &no_memory);
    expect_int_lt(now_ms() - start, PATIENCE_MS / 2);
    threads_join(thread);
    require(again != NULL);
    buffer_release(again);
    pool_free(pool);
}
