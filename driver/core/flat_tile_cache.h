/* SPDX-License-Identifier: MIT */
/** @file
 * The last tile that was one pixel all over, encoded: sea, sky and nodata come
 * in many tiles that are the same. For one thread at a time.
 */
#ifndef ROWBAND_FLAT_TILE_CACHE_H
#define ROWBAND_FLAT_TILE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "job.h"
#include "layout.h"

/** The largest encoded tile that is remembered, in bytes. */
enum { FLAT_TILE_NBYTES = 64 << 10 };

typedef struct FlatTileCache {
    uint8_t *bytes; /**< encoded */
    size_t nbytes;  /**< 0: nothing is remembered */
    uint8_t *pixel;
    int image, plane;
    int64_t columns, rows; /**< of the raster's part of the tile */
} FlatTileCache;

/** @param pixel_nbytes of the largest pixel
 * @return false if there is no memory; flat_tile_cache_clear() is due in any
 * case */
bool flat_tile_cache_init(FlatTileCache *cache, size_t pixel_nbytes);
void flat_tile_cache_clear(FlatTileCache *cache);

/** @param job a flat tile, with pixels: all are its first one, bit for bit
 * @param[out] found it encoded, until the next flat_tile_cache_keep()
 * @return whether it is the one that is remembered */
bool flat_tile_cache_find(const FlatTileCache *cache, const Layout *layout,
                          const TileJob *job, Payload *found);

/** Remembers a flat tile if it is small enough.
 * @param encoded copied */
void flat_tile_cache_keep(FlatTileCache *cache, const Layout *layout,
                          const TileJob *job, const EncodedTile *encoded);

#endif
