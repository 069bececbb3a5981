/* SPDX-License-Identifier: MIT */
/** @file
 * The order in which the tiles of a GeoTIFF lie: row after row of tiles, each
 * from left to right; at each place all planes of the raster, then those of the
 * mask. (A COG may have them plane after plane instead, and has levels from the
 * smallest to the largest.) It follows from the file alone. Windows of
 * the full width bring tiles in this order, whatever their heights, so that
 * tiles can be written as they come; other windows mostly do not. Pure
 * arithmetic.
 */
#ifndef ROWBAND_TILE_ORDER_H
#define ROWBAND_TILE_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "encoding.h"
#include "status.h"

/** @return false to stop, with a reason in @p status */
typedef bool (*TileVisit)(void *user, int image, int64_t tile, Status *status);

/** Visits the tiles of the images of one level, which have tiles at the same
 * places.
 * @param images of all levels
 * @param first, count the images of this level
 * @param by_plane each plane with all its places, then the next one; otherwise
 *                 each place with all its planes
 * @return false if @p visit did */
bool tile_order_visit_level(const ImageSpec *images, int first, int count,
                            bool by_plane, TileVisit visit, void *user,
                            Status *status);

/** Visits the tiles of all images in the order of a file that is not a COG.
 * @param images image_count of each level, level after level; those of a level
 *               have tiles at the same places
 * @return false if @p visit did */
bool tile_order_visit(const ImageSpec *images, int image_count, int level_count,
                      TileVisit visit, void *user, Status *status);

/** Windows of a raster, as plan.h has them. */
typedef struct WindowOrder {
    int64_t width, height;  /**< of the raster */
    int64_t x0, y0;         /**< windows are cut at x0 + i * step_x and at */
    int64_t step_x, step_y; /**< y0 + j * step_y */
    bool along_rows;        /**< left to right, then down; or the other way */
} WindowOrder;

/** @return whether tiles of that size become whole in the order of the file,
 * where those of one window come as carve.h says */
bool tile_order_is_kept(const WindowOrder *windows, int64_t tile_width,
                        int64_t tile_height);

#endif
