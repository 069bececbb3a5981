/* SPDX-License-Identifier: MIT */
#include "block_store.h"

#include <pthread.h>
#include <stdlib.h>

struct Block {
    uint8_t *data;
    int64_t index;
    uint64_t used; /**< when last */
    int pins;
    bool filling;
    Block *next;
};

struct BlockStore {
    pthread_mutex_t mutex;
    pthread_cond_t filled;
    size_t block_nbytes;
    uint64_t limit_nbytes, held_nbytes, clock;
    Block **blocks; /**< by index; NULL: not held */
    uint8_t *seen;  /**< by index: was held before */
    Block *held;
    Block *idle; /**< dropped, their memory kept for the next */
    int64_t added, again;
};

BlockStore *block_store_new(int64_t count, size_t block_nbytes,
                            uint64_t limit_nbytes)
{
    BlockStore *store = calloc(1, sizeof *store);
    if (store == NULL)
        return NULL;
    pthread_mutex_init(&store->mutex, NULL);
    pthread_cond_init(&store->filled, NULL);
    store->block_nbytes = block_nbytes;
    store->limit_nbytes = limit_nbytes;
    store->blocks = calloc((size_t)count, sizeof *store->blocks);
    store->seen = calloc((size_t)count, sizeof *store->seen);
    if (store->blocks == NULL || store->seen == NULL) {
        block_store_free(store);
        return NULL;
    }
    return store;
}

static void free_list(Block *block)
{
    while (block != NULL) {
        Block *next = block->next;
        free(block->data);
        free(block);
        block = next;
    }
}

void block_store_free(BlockStore *store)
{
    if (store == NULL)
        return;
    free_list(store->held);
    free_list(store->idle);
    free(store->seen);
    free(store->blocks);
    pthread_cond_destroy(&store->filled);
    pthread_mutex_destroy(&store->mutex);
    free(store);
}

/** Moves the block behind @p link to the idle ones. */
static void drop(BlockStore *store, Block **link)
{
    Block *block = *link;
    *link = block->next;
    block->next = store->idle;
    store->idle = block;
    store->blocks[block->index] = NULL;
    store->held_nbytes -= store->block_nbytes;
}

/** @return false if all blocks are pinned */
static bool drop_oldest(BlockStore *store)
{
    Block **oldest = NULL;
    for (Block **link = &store->held; *link != NULL; link = &(*link)->next)
        if ((*link)->pins == 0 &&
            (oldest == NULL || (*link)->used < (*oldest)->used))
            oldest = link;
    if (oldest != NULL)
        drop(store, oldest);
    return oldest != NULL;
}

static Block *new_block(BlockStore *store)
{
    Block *block = store->idle;
    if (block != NULL) {
        store->idle = block->next;
        return block;
    }
    block = calloc(1, sizeof *block);
    if (block == NULL)
        return NULL;
    block->data = malloc(store->block_nbytes);
    if (block->data == NULL) {
        free(block);
        return NULL;
    }
    return block;
}

/** Makes room for a block that is not held. */
static Block *add(BlockStore *store, int64_t index)
{
    while (store->held_nbytes + store->block_nbytes > store->limit_nbytes &&
           drop_oldest(store)) {
    }
    Block *block = new_block(store);
    if (block == NULL)
        return NULL;
    block->index = index;
    block->pins = 0;
    block->filling = true;
    block->next = store->held;
    store->held = block;
    store->blocks[index] = block;
    store->held_nbytes += store->block_nbytes;
    store->added++;
    store->again += store->seen[index];
    store->seen[index] = 1;
    return block;
}

Block *block_store_pin(BlockStore *store, int64_t index, bool *to_fill)
{
    pthread_mutex_lock(&store->mutex);
    Block *block = store->blocks[index];
    while (block != NULL && block->filling) {
        pthread_cond_wait(&store->filled, &store->mutex);
        block = store->blocks[index];
    }
    *to_fill = block == NULL;
    if (block == NULL)
        block = add(store, index);
    if (block != NULL) {
        block->used = ++store->clock;
        block->pins++;
    }
    pthread_mutex_unlock(&store->mutex);
    return block;
}

void block_store_filled(BlockStore *store, Block *block, bool ok)
{
    pthread_mutex_lock(&store->mutex);
    block->filling = false;
    if (!ok) {
        Block **link = &store->held;
        while (*link != block)
            link = &(*link)->next;
        drop(store, link);
    }
    pthread_cond_broadcast(&store->filled);
    pthread_mutex_unlock(&store->mutex);
}

void block_store_unpin(BlockStore *store, Block *block)
{
    pthread_mutex_lock(&store->mutex);
    block->pins--;
    pthread_mutex_unlock(&store->mutex);
}

uint8_t *block_data(const Block *block)
{
    return block->data;
}

void block_store_drop(BlockStore *store,
                      bool (*needed)(void *user, int64_t index), void *user)
{
    pthread_mutex_lock(&store->mutex);
    for (Block **link = &store->held; *link != NULL;) {
        if ((*link)->pins > 0 || needed(user, (*link)->index))
            link = &(*link)->next;
        else
            drop(store, link);
    }
    pthread_mutex_unlock(&store->mutex);
}

static int64_t read_count(BlockStore *store, const int64_t *count)
{
    pthread_mutex_lock(&store->mutex);
    const int64_t value = *count;
    pthread_mutex_unlock(&store->mutex);
    return value;
}

int64_t block_store_added(BlockStore *store)
{
    return read_count(store, &store->added);
}

int64_t block_store_added_again(BlockStore *store)
{
    return read_count(store, &store->again);
}
