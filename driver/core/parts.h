/* SPDX-License-Identifier: MIT */
/** @file
 * PART=i/n: which tiles of a raster and its overviews are whose, and what must
 * be read for them. Pure arithmetic, a function of sizes alone, so that n
 * processes agree without a word.
 *
 * Levels up to a top one are shared out; those above it are made when parts are
 * merged, from the top one's pixels. Where levels are made from each other, all
 * of them are cut at the same places: below rows of tiles of the top level. A
 * top level that is high up leaves little to be made by merging, and few places
 * for cuts, so that parts differ: it is the one for which the rows of the
 * highest part, the rows that a seam has read twice, and half the rows of the
 * raster that would have the pixels of the top level, if there are levels above
 * it, are fewest together. Where no level is made from another, as with
 * overviews that the source has, each is shared out by itself, and nothing is
 * left for merging.
 *
 * With more parts than there are places for cuts some are empty.
 */
#ifndef ROWBAND_PARTS_H
#define ROWBAND_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "layout.h"
#include "level_rows.h"
#include "pyramid.h"
#include "resampler.h"

/** One of several. */
typedef struct Part {
    int number; /**< from 1 to count */
    int count;  /**< 0: there are no parts */
} Part;

enum { PARTS_MAX = 1 << 20 };

/** What is shared out. */
typedef struct PartsShape {
    const Layout *layouts; /**< of the raster and the mask, image_count of each
                                level; kept */
    int image_count;
    int level_count;
    bool makes_levels; /**< each from the one below; else all are read */
} PartsShape;

/** The highest level that parts have tiles of. */
int parts_top_level(const PartsShape *shape, int count);

/** Rows of tiles of a level that are @p part's; empty above the top level. Of a
 * level up to it they are shared out without a rest. */
Span parts_tile_rows(const PartsShape *shape, const Part *part, int level);

/** The rows of pixels of an image that rows of its tiles hold. */
Span parts_pixel_rows(const LayoutSpec *spec, const Span *tile_rows);

/** What a part makes of each level, and reads of level 0: LevelRows.pixels of
 * that.
 * @param resampler that makes levels; NULL if none are made
 * @param[out] rows of each level */
void parts_rows(const PartsShape *shape, const Part *part,
                const Resampler *resampler, const void *custom,
                LevelRows *rows);

/** What is left for merging: of levels above the top one all, of the top one
 * its pixels, of others nothing.
 * @param[out] rows of each level */
void parts_rows_of_merging(const PartsShape *shape, int top, LevelRows *rows);

/** @return how many tiles of an image of a level a part has */
int64_t parts_tile_count(const Layout *layout, const Span *tile_rows);

/** Steps through the tiles of a layout that are in some rows, by TIFF index;
 * start with -1.
 * @return -1 after the last */
int64_t parts_next_tile(const Layout *layout, const Span *tile_rows,
                        int64_t tile);

#endif
