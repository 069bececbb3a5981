/* SPDX-License-Identifier: MIT */
#include "block_store.h"

#include <string.h>

#include <stdatomic.h>

#include "gtest_c.h"
#include "random.h"
#include "threads.h"

enum { COUNT = 40, NBYTES = 64 };

/** Adds a block of bytes that are its number. */
static void add(BlockStore *store, int64_t index)
{
    bool to_fill;
    Block *block = block_store_pin(store, index, &to_fill);
    require(block != NULL);
    expect_true(to_fill);
    memset(block_data(block), (int)index, NBYTES);
    block_store_filled(store, block, true);
    block_store_unpin(store, block);
}

/** @return whether a block is held, as it was put in; if not, it is not then
 * either */
static bool holds(BlockStore *store, int64_t index)
{
    bool to_fill;
    Block *block = block_store_pin(store, index, &to_fill);
    expect_true(block != NULL);
    if (block == NULL)
        return false;
    if (to_fill) {
        block_store_filled(store, block, false);
        return false;
    }
    expect_int_eq(block_data(block)[NBYTES - 1], index);
    block_store_unpin(store, block);
    return true;
}

static bool is_even(void *user, int64_t index)
{
    (void)user;
    return index % 2 == 0;
}

static bool is_above(void *user, int64_t index)
{
    return index > *(const int64_t *)user;
}

TEST_CASE(block_store, gives_back_what_was_put_in_until_it_is_dropped)
{
    BlockStore *store = block_store_new(COUNT, NBYTES, UINT64_MAX);
    require(store != NULL);
    for (int64_t i = 0; i < COUNT; i++)
        add(store, i);
    block_store_drop(store, is_even, NULL);
    for (int64_t i = 0; i < COUNT; i++)
        expect_int_eq(holds(store, i), i % 2 == 0);
    block_store_free(store);
}

TEST_CASE(block_store, beyond_the_limit_the_longest_unused_goes)
{
    BlockStore *store = block_store_new(COUNT, NBYTES, 3 * NBYTES);
    require(store != NULL);
    add(store, 0);
    add(store, 1);
    add(store, 2);
    expect_true(holds(store, 0));
    add(store, 3);
    expect_true(holds(store, 0));
    expect_true(holds(store, 2));
    expect_true(holds(store, 3));
    expect_true(!holds(store, 1));
    block_store_free(store);
}

TEST_CASE(block_store, holds_one_block_under_any_limit)
{
    BlockStore *store = block_store_new(COUNT, NBYTES, 1);
    require(store != NULL);
    add(store, 5);
    expect_true(holds(store, 5));
    add(store, 6);
    expect_true(holds(store, 6));
    expect_true(!holds(store, 5));
    block_store_free(store);
}

TEST_CASE(block_store, a_pinned_block_stays)
{
    const int64_t none = COUNT;
    bool to_fill;
    BlockStore *store = block_store_new(COUNT, NBYTES, 1);
    require(store != NULL);
    add(store, 5);
    Block *block = block_store_pin(store, 5, &to_fill);
    require(block != NULL);
    expect_true(!to_fill);
    add(store, 6);
    block_store_drop(store, is_above, (void *)&none);
    expect_int_eq(block_data(block)[0], 5);
    expect_true(holds(store, 5));
    block_store_unpin(store, block);
    block_store_drop(store, is_above, (void *)&none);
    expect_true(!holds(store, 5));
    block_store_free(store);
}

TEST_CASE(block_store, what_could_not_be_filled_is_gone)
{
    BlockStore *store = block_store_new(COUNT, NBYTES, UINT64_MAX);
    require(store != NULL);
    add(store, 1);
    add(store, 3);
    expect_true(!holds(store, 2));
    add(store, 2);
    for (int64_t i = 1; i <= 3; i++)
        expect_true(holds(store, i));
    block_store_free(store);
}

TEST_CASE(block_store, counts_what_is_added_again)
{
    Random random = {.state = 7};
    BlockStore *store = block_store_new(COUNT, NBYTES, UINT64_MAX);
    bool seen[COUNT] = {false}, held[COUNT] = {false};
    int64_t added = 0, distinct = 0;
    require(store != NULL);
    for (int i = 0; i < 2000; i++) {
        const int64_t index = random_in(&random, 0, COUNT - 1);
        if (!held[index]) {
            add(store, index);
            added++;
            distinct += !seen[index];
            seen[index] = held[index] = true;
        }
        const int64_t drop_to = random_in(&random, -COUNT, COUNT - 1);
        block_store_drop(store, is_above, (void *)&drop_to);
        for (int64_t j = 0; j <= drop_to; j++)
            held[j] = false;
    }
    expect_int_eq(block_store_added(store), added);
    expect_int_eq(block_store_added_again(store), added - distinct);
    block_store_free(store);
}

/** Several threads that all want all blocks. */
typedef struct Crowd {
    BlockStore *store;
    atomic_int fills, failures_left, wrong;
} Crowd;

static void want_all(void *user)
{
    Crowd *crowd = user;
    for (int64_t i = 0; i < COUNT;) {
        bool to_fill;
        Block *block = block_store_pin(crowd->store, i, &to_fill);
        if (block == NULL)
            break;
        if (to_fill) {
            sleep_ms(1);
            const bool ok = atomic_fetch_sub(&crowd->failures_left, 1) <= 0;
            memset(block_data(block), (int)i, NBYTES);
            atomic_fetch_add(&crowd->fills, ok);
            block_store_filled(crowd->store, block, ok);
            if (!ok)
                continue;
        }
        atomic_fetch_add(&crowd->wrong, block_data(block)[NBYTES - 1] != i);
        block_store_unpin(crowd->store, block);
        i++;
    }
}

TEST_CASE(block_store, one_thread_fills_a_block_and_the_others_wait_for_it)
{
    Crowd crowd = {.store = block_store_new(COUNT, NBYTES, UINT64_MAX)};
    require(crowd.store != NULL);
    atomic_init(&crowd.failures_left, 5);
    threads_join(threads_start(6, want_all, &crowd));
    expect_int_eq(atomic_load(&crowd.fills), COUNT);
    expect_int_eq(atomic_load(&crowd.wrong), 0);
    expect_int_eq(block_store_added(crowd.store), COUNT + 5);
    block_store_free(crowd.store);
}
