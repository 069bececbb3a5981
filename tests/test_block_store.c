/* SPDX-License-Identifier: MIT */
#include "block_store.h"

#include <string.h>

#include "gtest_c.h"
#include "random.h"

enum { COUNT = 40, NBYTES = 64 };

/** A block of bytes that are its number. */
static void add(BlockStore *store, int64_t index)
{
    uint8_t *data = block_store_add(store, index);
    expect_true(data != NULL);
    if (data != NULL)
        memset(data, (int)index, NBYTES);
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
    for (int64_t i = 0; i < COUNT; i++) {
        expect_true(block_store_get(store, i) == NULL);
        add(store, i);
    }
    block_store_drop(store, is_even, NULL);
    for (int64_t i = 0; i < COUNT; i++) {
        const uint8_t *data = block_store_get(store, i);
        expect_int_eq(data != NULL, i % 2 == 0);
        if (data != NULL)
            expect_int_eq(data[NBYTES - 1], i);
    }
    block_store_free(store);
}

TEST_CASE(block_store, beyond_the_limit_the_longest_unused_goes)
{
    BlockStore *store = block_store_new(COUNT, NBYTES, 3 * NBYTES);
    require(store != NULL);
    add(store, 0);
    add(store, 1);
    add(store, 2);
    expect_true(block_store_get(store, 0) != NULL);
    add(store, 3);
    expect_true(block_store_get(store, 1) == NULL);
    expect_true(block_store_get(store, 0) != NULL);
    expect_true(block_store_get(store, 2) != NULL);
    expect_true(block_store_get(store, 3) != NULL);
    block_store_free(store);
}

TEST_CASE(block_store, holds_one_block_under_any_limit)
{
    BlockStore *store = block_store_new(COUNT, NBYTES, 1);
    require(store != NULL);
    add(store, 5);
    expect_true(block_store_get(store, 5) != NULL);
    add(store, 6);
    expect_true(block_store_get(store, 5) == NULL);
    expect_true(block_store_get(store, 6) != NULL);
    block_store_free(store);
}

TEST_CASE(block_store, what_could_not_be_filled_is_taken_back)
{
    BlockStore *store = block_store_new(COUNT, NBYTES, UINT64_MAX);
    require(store != NULL);
    add(store, 1);
    add(store, 2);
    add(store, 3);
    block_store_remove(store, 2);
    expect_true(block_store_get(store, 1) != NULL);
    expect_true(block_store_get(store, 2) == NULL);
    expect_true(block_store_get(store, 3) != NULL);
    block_store_free(store);
}

TEST_CASE(block_store, counts_what_is_added_again)
{
    Random random = {.state = 7};
    BlockStore *store = block_store_new(COUNT, NBYTES, UINT64_MAX);
    int64_t added = 0;
    bool seen[COUNT] = {false};
    int distinct = 0;
    require(store != NULL);
    for (int i = 0; i < 2000; i++) {
        const int64_t index = random_in(&random, 0, COUNT - 1);
        if (block_store_get(store, index) == NULL) {
            add(store, index);
            added++;
            distinct += !seen[index];
            seen[index] = true;
        }
        const int64_t drop_to = random_in(&random, -COUNT, COUNT - 1);
        block_store_drop(store, is_above, (void *)&drop_to);
    }
    expect_int_eq(block_store_added(store), added);
    expect_int_eq(block_store_added_again(store), added - distinct);
    block_store_free(store);
}
