/* SPDX-License-Identifier: MIT */
/** @file
 * The shape of one image of the output file: its tile grid and how samples
 * lie in a tile. A strip is a tile as wide as the raster, so that one code
 * path serves both.
 */
#ifndef ROWBAND_LAYOUT_H
#define ROWBAND_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "status.h"
#include "window.h"

/** Values of the SampleFormat tag (TIFF 6.0 section 19, and libtiff's for
 * complex samples). */
typedef enum SampleFormat {
    SAMPLE_FORMAT_UINT = 1,
    SAMPLE_FORMAT_INT = 2,
    SAMPLE_FORMAT_FLOAT = 3,
    SAMPLE_FORMAT_COMPLEX_INT = 5,
    SAMPLE_FORMAT_COMPLEX_FLOAT = 6
} SampleFormat;

/** How the samples of bands lie in a file, in GDAL's words. */
typedef enum Interleave {
    INTERLEAVE_PIXEL, /**< a tile holds all bands */
    INTERLEAVE_BAND,  /**< a tile holds one band; in a COG all tiles of a band
                           lie together */
    INTERLEAVE_TILE   /**< a tile holds one band; the tiles of all bands at one
                           place lie together */
} Interleave;

/** What determines a Layout; see layout_init(). */
typedef struct LayoutSpec {
    int64_t width, height; /**< pixels, 1 to 2^31 - 1 */
    int bands;             /**< 1 to 65535 (TIFF 6.0: SamplesPerPixel) */
    int sample_nbytes; /**< of one sample in memory, host byte order; at most 16
                        */
    int sample_nbits;  /**< of one sample in the file; 8 * sample_nbytes,
                            or fewer (packed, TIFF 6.0 section 8) */
    bool planar;       /**< INTERLEAVE=BAND or TILE: a tile holds one band */
    bool strips;       /**< tile_width is then the raster's width */
    int64_t tile_width, tile_height;
} LayoutSpec;

/** Immutable after layout_init(). */
typedef struct Layout {
    LayoutSpec spec;
    int planes;            /**< tiles at one position: bands if planar, or 1 */
    int samples_per_pixel; /**< of one tile: 1 if planar, or bands */
    int64_t tiles_across, tiles_down;
    int64_t tile_count; /**< all planes */
    size_t row_nbytes;  /**< of one packed tile row, as the codec sees it */
    size_t tile_nbytes; /**< row_nbytes * tile_height: what is encoded */
} Layout;

/** Checks @p spec and derives the rest. Heights of strips, and the tile
 * height of a strip layout, are clamped to the raster's height.
 * @return false with STATUS_INVALID if a number is out of range, a tile would
 *         hold more than INT_MAX bytes (what TIFF readers can hold, and
 *         GDAL's own limit for a block), or there are more than INT_MAX
 *         tiles. */
bool layout_init(Layout *layout, const LayoutSpec *spec, Status *status);

/** Rows that the encoder is given for a tile of tile row @p tile_y: all for a
 * tile, which is padded; the remaining ones for the last strip, which is not
 * (TIFF 6.0 section 15, RowsPerStrip). */
int64_t layout_encoded_rows(const Layout *layout, int64_t tile_y);

/** Bytes in memory of one pixel of a plane. */
size_t layout_pixel_nbytes(const Layout *layout);

/** Columns and rows of the raster inside the tile. */
int64_t layout_valid_columns(const Layout *layout, int64_t tile_x);
int64_t layout_valid_rows(const Layout *layout, int64_t tile_y);

/** The pixels of the raster that a tile has. */
Window layout_tile_window(const Layout *layout, int64_t tile_x, int64_t tile_y);

/** The TIFF index of a tile: plane after plane, rows of tiles in each
 * (TIFF 6.0 section 15, TileOffsets). */
int64_t layout_tile_index(const Layout *layout, int plane, int64_t tile_x,
                          int64_t tile_y);

#endif
