/* SPDX-License-Identifier: MIT */
/** @file
 * Where encoded tiles are kept until the file is laid out: a spool.
 */
#ifndef ROWBAND_TILE_STORE_H
#define ROWBAND_TILE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "status.h"

/** Bytes of tiles, to be read in any order, best in ascending one. */
typedef struct TileStore {
    /** Reads @p nbytes from @p position on.
     * @return false with STATUS_IO */
    bool (*read)(void *user, uint64_t position, void *data, size_t nbytes,
                 Status *status);
    void *user;
} TileStore;

static inline bool tile_store_read(const TileStore *store, uint64_t position,
                                   void *data, size_t nbytes, Status *status)
{
    return store->read(store->user, position, data, nbytes, status);
}

#endif
