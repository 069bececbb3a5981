/* SPDX-License-Identifier: MIT */
/** @file
 * The order in which the tiles of a GeoTIFF that is not a COG lie: row after
 * row of tiles, each from left to right; at each place all planes of the
 * raster, then those of the mask. It follows from the file alone. Windows of
 * the full width bring tiles in this order, whatever their heights, so that
 * tiles can be written as they come; other windows mostly do not. Pure
 * arithmetic.
 */
#ifndef ROWBAND_TILE_ORDER_H
#define ROWBAND_TILE_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "encoding.h"
#include "plan.h"
#include "status.h"

/** @return false to stop, with a reason in @p status */
typedef bool (*TileVisit)(void *user, int image, int64_t tile, Status *status);

/** Visits the tiles of all images in the order of the file.
 * @param images image_count of each level, level after level; those of a level
 *               have tiles at the same places
 * @return false if @p visit did */
bool tile_order_visit(const ImageSpec *images, int image_count, int level_count,
                      TileVisit visit, void *user, Status *status);

/** @return whether the tiles of a raster become whole in the order of the file
 * when windows come in @p plan's order; carve.h has that of one window. Of @p
 * plan, what is asked for are its windows. */
bool tile_order_is_kept(const Plan *plan, int64_t tile_width,
                        int64_t tile_height);

#endif
