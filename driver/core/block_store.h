/* SPDX-License-Identifier: MIT */
/** @file
 * Decoded blocks of one dataset, by number, held until they are dropped: a
 * cache in which what goes is decided by who knows what is to come, and by
 * age only where a limit asks for it. For one thread at a time.
 */
#ifndef ROWBAND_BLOCK_STORE_H
#define ROWBAND_BLOCK_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct BlockStore BlockStore;

/** @param count        blocks that there are
 * @param block_nbytes of one, decoded
 * @param limit_nbytes hold no more than that, but at least one block
 * @return NULL if there is no memory */
BlockStore *block_store_new(int64_t count, size_t block_nbytes,
                            uint64_t limit_nbytes);
void block_store_free(BlockStore *store);

/** @return the block, or NULL if it is not held; valid until the next call
 * that adds or drops */
const uint8_t *block_store_get(BlockStore *store, int64_t index);

/** Makes room for a block that is not held, to be filled by the caller.
 * @return NULL if there is no memory */
uint8_t *block_store_add(BlockStore *store, int64_t index);

/** Takes back what block_store_add() gave, if it could not be filled. */
void block_store_remove(BlockStore *store, int64_t index);

/** Drops the blocks of which @p needed says that they are not. */
void block_store_drop(BlockStore *store,
                      bool (*needed)(void *user, int64_t index), void *user);

/** Blocks added, and how many of them had been added before. */
int64_t block_store_added(const BlockStore *store);
int64_t block_store_added_again(const BlockStore *store);

#endif
