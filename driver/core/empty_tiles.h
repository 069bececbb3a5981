/* SPDX-License-Identifier: MIT */
/** @file
 * Tiles of nothing but an image's empty sample, encoded: one for each level,
 * plane and shape serves all like it, whichever worker comes to it first. For
 * any thread.
 */
#ifndef ROWBAND_EMPTY_TILES_H
#define ROWBAND_EMPTY_TILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "encoding.h"
#include "job.h"

/** Bytes of all that are kept, at most: what does not compress is encoded each
 * time. */
enum { EMPTY_TILES_NBYTES = 1 << 20 };

typedef struct EmptyTiles EmptyTiles;

/** @param images kept by reference
 * @return NULL if there is no memory */
EmptyTiles *empty_tiles_new(const ImageSpec *images, int image_count);

/** @param tiles may be NULL */
void empty_tiles_free(EmptyTiles *tiles);

/** @param[out] encoded stays until empty_tiles_free()
 * @param[out] like the index of the tile that it was encoded for, in its image
 * @return whether there is one; false of NULL */
bool empty_tiles_find(EmptyTiles *tiles, const TileJob *job,
                      EncodedTile *encoded, int64_t *like);

/** Keeps one, unless there is no room or another was faster.
 * @param encoded copied
 * @param tiles may be NULL */
void empty_tiles_keep(EmptyTiles *tiles, const TileJob *job,
                      const EncodedTile *encoded);

/** @param[out] encoded how many of them were not found
 * @return how many have been looked for */
int64_t empty_tiles_count(EmptyTiles *tiles, int64_t *encoded);

#endif
