/* SPDX-License-Identifier: MIT */
/** @file
 * The samples of a tile that is to be encoded: the raster's part of it, before
 * padding. Jobs have pixels, unless it is said otherwise.
 */
#ifndef ROWBAND_TILE_SAMPLES_H
#define ROWBAND_TILE_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "encoding.h"
#include "job.h"
#include "layout.h"

/** The valid part of the tile that a job carries. */
typedef struct TileShape {
    size_t samples;    /**< of a valid row */
    size_t row_nbytes; /**< of a valid row in memory */
    int64_t rows;
} TileShape;

TileShape tile_shape(const Layout *layout, const TileJob *job);

static inline const uint8_t *tile_row(const TileJob *job, int64_t y)
{
    const TilePixels *pixels = &job->payload.of.pixels;
    return pixels->samples + (size_t)y * pixels->row_nbytes;
}

/** @return whether the file has the tile from elsewhere, see ImageSpec.copied
 */
bool tile_is_copied(const ImageSpec *image, const TileJob *job);

/** @return whether the rows of a tile are @p unit again and again. Bit for bit:
 * -0.0 and 0.0 differ, so that none is ever lost. */
bool tile_repeats(const Layout *layout, const TileJob *job, const uint8_t *unit,
                  size_t unit_nbytes);

/** Makes @p job one of a copy of its pixels.
 * @param copy room for a whole tile of samples; outlives the job; may be what
 *             it has already */
void tile_copy(const Layout *layout, TileJob *job, uint8_t *copy);

/** The same of a copy in which no sample is NaN. */
void tile_replace_nan(const ImageSpec *image, TileJob *job, uint8_t *copy);

/** Gives @p job, which is empty, the pixels that it stands for.
 * @param samples as above */
void tile_fill_empty(const ImageSpec *image, TileJob *job, uint8_t *samples);

#endif
