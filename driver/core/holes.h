/* SPDX-License-Identifier: MIT */
/** @file
 * Where a raster has nothing: every sample there is its image's empty sample,
 * and its source says so without being read. Kept by squares, so that a hole
 * may be larger than is known, and never smaller. Immutable once settled; any
 * thread may ask.
 *
 *     holes_new -> holes_fill (any number) -> holes_settle -> the questions
 */
#ifndef ROWBAND_HOLES_H
#define ROWBAND_HOLES_H

#include <stdbool.h>
#include <stdint.h>

#include "window.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The smallest square as a rule, pixels a side, and how many there are at
 * most.
 */
enum { HOLES_SQUARE = 256, HOLES_SQUARES_MAX = 1 << 18 };

typedef struct Holes Holes;

/** @return one hole as large as the raster; NULL if there is no memory */
Holes *holes_new(int64_t width, int64_t height);

/** Likewise, with squares that tiles of that size are made of, if they can be,
 * and which may be smaller. */
Holes *holes_new_for_tiles(int64_t width, int64_t height, int64_t tile_width,
                           int64_t tile_height);

/** @param holes may be NULL */
void holes_free(Holes *holes);

/** Pixels that a square has a side. */
int64_t holes_side(const Holes *holes);

/** Says that there may be something at @p part, which may reach beyond the
 * raster. */
void holes_fill(Holes *holes, const Window *part);

/** Once all is said.
 * @return the share of the raster that holes take */
double holes_settle(Holes *holes);

/** @return whether there is nothing at @p part, which has pixels of the raster;
 *          false of NULL */
bool holes_have(const Holes *holes, const Window *part);

/** @return whether there is nothing within @p margin pixels of it either */
bool holes_have_around(const Holes *holes, const Window *part, int64_t margin);

/** What is read in parts between multiples of holes_side(), and not where
 * holes_have_around() says so of a part: whether nothing is read of @p part,
 * which has pixels of the raster; false of NULL. */
bool holes_skip(const Holes *holes, const Window *part, int64_t margin);

/** Steps to the next square that is a hole; start with a zeroed one.
 * @return false after the last */
bool holes_next(const Holes *holes, Window *square);

/** Bytes that holes of a raster of any size take, at most. */
enum { HOLES_NBYTES = 6 * HOLES_SQUARES_MAX };

#ifdef __cplusplus
}
#endif

#endif
