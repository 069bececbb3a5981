/* SPDX-License-Identifier: MIT */
/** @file
 * Decoded blocks of one dataset, by number, held until they are dropped: a
 * cache in which what goes is decided by who knows what is to come, and by
 * age only where a limit asks for it.
 *
 * For any number of threads: one fills a block, others that want it meanwhile
 * wait, so that none is decoded twice.
 */
#ifndef ROWBAND_BLOCK_STORE_H
#define ROWBAND_BLOCK_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct BlockStore BlockStore;
typedef struct Block Block;

/** @param count        blocks that there are
 * @param block_nbytes of one, decoded
 * @param limit_nbytes hold no more than that, but for blocks that are pinned
 * @return NULL if there is no memory */
BlockStore *block_store_new(int64_t count, size_t block_nbytes,
                            uint64_t limit_nbytes);

/** No block may be pinned. */
void block_store_free(BlockStore *store);

/** Takes hold of a block: it stays until block_store_unpin(). Waits while
 * another thread fills it.
 * @param[out] to_fill whether it is new: then the caller fills it and says so
 *             by block_store_filled(), before anything else
 * @return NULL if there is no memory */
Block *block_store_pin(BlockStore *store, int64_t index, bool *to_fill);

/** @param ok false: it could not be filled, and is gone; threads that wait for
 *        it are told to fill it themselves */
void block_store_filled(BlockStore *store, Block *block, bool ok);

void block_store_unpin(BlockStore *store, Block *block);

/** The bytes of a pinned block. */
uint8_t *block_data(const Block *block);

/** Drops the blocks that are not pinned and of which @p needed, which is
 * called with the store locked, says that they are not. */
void block_store_drop(BlockStore *store,
                      bool (*needed)(void *user, int64_t index), void *user);

/** Blocks filled, and how many of them had been before. */
int64_t block_store_added(BlockStore *store);
int64_t block_store_added_again(BlockStore *store);

#endif
