/* SPDX-License-Identifier: MIT */
#include "block_store.h"

#include <stdlib.h>

typedef struct Block {
    uint8_t *data;
    int64_t index;
    uint64_t used; /**< when last */
    struct Block *next;
} Block;

struct BlockStore {
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
    free(store);
}

const uint8_t *block_store_get(BlockStore *store, int64_t index)
{
    Block *block = store->blocks[index];
    if (block == NULL)
        return NULL;
    block->used = ++store->clock;
    return block->data;
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

static void drop_oldest(BlockStore *store)
{
    Block **oldest = &store->held;
    for (Block **link = &store->held; *link != NULL; link = &(*link)->next)
        if ((*link)->used < (*oldest)->used)
            oldest = link;
    drop(store, oldest);
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

uint8_t *block_store_add(BlockStore *store, int64_t index)
{
    while (store->held != NULL &&
           store->held_nbytes + store->block_nbytes > store->limit_nbytes)
        drop_oldest(store);
    Block *block = new_block(store);
    if (block == NULL)
        return NULL;
    block->index = index;
    block->used = ++store->clock;
    block->next = store->held;
    store->held = block;
    store->blocks[index] = block;
    store->held_nbytes += store->block_nbytes;
    store->added++;
    store->again += store->seen[index];
    store->seen[index] = 1;
    return block->data;
}

void block_store_remove(BlockStore *store, int64_t index)
{
    Block **link = &store->held;
    while (*link != store->blocks[index])
        link = &(*link)->next;
    drop(store, link);
}

void block_store_drop(BlockStore *store,
                      bool (*needed)(void *user, int64_t index), void *user)
{
    for (Block **link = &store->held; *link != NULL;) {
        if (needed(user, (*link)->index))
            link = &(*link)->next;
        else
            drop(store, link);
    }
}

int64_t block_store_added(const BlockStore *store)
{
    return store->added;
}

int64_t block_store_added_again(const BlockStore *store)
{
    return store->again;
}
