/* SPDX-License-Identifier: MIT */
/** @file
 * What each tile shows of pictures that are painted one over the other, as a
 * VRT paints its sources: a tile that a picture covers wholly, and nothing is
 * painted over later, shows that one alone. Pure arithmetic.
 */
#ifndef ROWBAND_TILE_COVER_H
#define ROWBAND_TILE_COVER_H

#include <stdbool.h>
#include <stdint.h>

#include "layout.h"
#include "status.h"
#include "window.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What a tile shows: the number of a picture, from 0 on; or the number of a
 * ground, which is negative: what was there before anything was painted, or was
 * painted to be painted on; or several things. */
enum { TILE_COVER_GROUND = -1, TILE_COVER_MIXED = INT32_MIN };

typedef struct TileCover {
    const Layout *layout; /**< not owned */
    int32_t *shown;       /**< by place: row after row of tiles; owned */
} TileCover;

/** All tiles show TILE_COVER_GROUND.
 * @param layout whose planes all have the same places
 * @return false with STATUS_NO_MEMORY */
bool tile_cover_init(TileCover *cover, const Layout *layout, Status *status);

/** A zeroed one is allowed. */
void tile_cover_free(TileCover *cover);

/** The places that a rectangle of pixels touches, as a rectangle of places;
 * empty if it lies beside the raster. */
Window tile_cover_touched(const Layout *layout, const Window *pixels);

/** @return whether there is a tile that lies wholly in @p pixels, as far as it
 * has pixels of the raster */
bool tile_cover_holds_any(const Layout *layout, const Window *pixels);

/** Paints over what is there.
 * @param what a picture, a ground, or TILE_COVER_MIXED */
void tile_cover_paint(TileCover *cover, const Window *pixels, int32_t what);

/** Paints a picture through which shows what is below, and which looks as it
 * would alone if that is @p ground. */
void tile_cover_paint_on(TileCover *cover, const Window *pixels, int32_t what,
                         int32_t ground);

#ifdef __cplusplus
}
#endif

#endif
