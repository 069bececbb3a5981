/* SPDX-License-Identifier: MIT */
/** @file
 * Pixels of a raster, its mask and its overviews as a pipeline has left them in
 * a store: tiles of one band each, neither compressed nor packed. Bands come
 * group after group, and tiles are read back in any shape, of any bands: that
 * is how a row of tiles of all bands is put together where it has no room in
 * memory before it is.
 *
 *     (pipeline) -> raw_tiles_take -> raw_tiles_windows -> (pipeline)
 */
#ifndef ROWBAND_RAW_TILES_H
#define ROWBAND_RAW_TILES_H

#include <stdbool.h>
#include <stdint.h>

#include "pipeline.h"
#include "tile_store.h"
#include "window_source.h"

typedef struct RawTiles {
    int image_count, level_count;
    Layout layouts[PIPELINE_IMAGES_MAX];  /**< level after level: planar, of
                                               whole bytes, without strips */
    TileIndex index[PIPELINE_IMAGES_MAX]; /**< owned */
    TileStore store;
    uint64_t begin;      /**< position of the store's first byte in the index */
    uint8_t *piece;      /**< owned: what is read at once, */
    size_t piece_nbytes; /**< of so many bytes */
} RawTiles;

/** What is held while tiles are read, beside the index, unless rows of tiles
 * are longer. */
enum { RAW_TILES_PIECE_NBYTES = 1 << 20 };

/** Takes over the index of a pipeline that is finished, the images of which had
 * codec_none. Call raw_tiles_clear() even after a failure.
 * @param begin position that the pipeline began with
 * @return false with STATUS_NO_MEMORY */
bool raw_tiles_take(RawTiles *raw, Pipeline *pipeline, int image_count,
                    int level_count, const TileStore *store, uint64_t begin,
                    Status *status);

/** @param raw zeroed, or taken */
void raw_tiles_clear(RawTiles *raw);

/** Some bands of a level, as windows of them are read; kept by reference. */
typedef struct RawRange {
    const RawTiles *raw;
    int level, first_band;
    const Layout *layouts; /**< of a window: the bands, and the mask */
    int image_count;       /**< that a window holds */
} RawRange;

/** Reads from them, on one thread. Fails with what the store does. */
WindowSource raw_tiles_windows(RawRange *range);

#endif
