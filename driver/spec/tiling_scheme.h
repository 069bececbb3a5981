/* SPDX-License-Identifier: MIT */
/** @file
 * A grid of tiles in zoom levels, as OGC's Two Dimensional Tile Matrix Set
 * (17-083r2) has it, and where a raster lies in it. What is decided is what the
 * COG driver decides (frmts/gtiff/cogdriver.cpp:
 * COGGetWarpingCharacteristics()), to the last bit. Pure arithmetic, except
 * tiling_scheme_read().
 */
#ifndef ROWBAND_TILING_SCHEME_H
#define ROWBAND_TILING_SCHEME_H

#include <stdbool.h>
#include <stdint.h>

#include "cpl_port.h"
#include "status.h"

/** One zoom level. */
typedef struct TilingLevel {
    double res;       /**< units of the CRS a pixel, of tiles of tile_size */
    int across, down; /**< tiles */
} TilingLevel;

/** Immutable after tiling_scheme_read(). x goes to the east or as the CRS's
 * axis does that is drawn to the right, whatever the order of the axes. */
typedef struct TilingScheme {
    char *crs;        /**< AUTHORITY:CODE if it has one */
    int tile_size;    /**< pixels */
    double left, top; /**< of the first tile, the same in all levels */
    bool has_box;     /**< what must be touched is known */
    double min_x, min_y, max_x, max_y; /**< if has_box */
    int level_count;                   /**< at least one */
    TilingLevel *levels; /**< from the coarsest on, finer and finer; owned */
} TilingScheme;

/** A rectangle in the units of the CRS. */
typedef struct Extent {
    double min_x, min_y, max_x, max_y;
} Extent;

/** Where a raster is to lie. */
typedef struct TilingPlace {
    int zoom;
    int tile_size;      /**< pixels, by BLOCKSIZE; as the scheme's, or tiles of
                             the same extent with other pixels */
    int aligned_levels; /**< whose tiles are the scheme's: as wished, then how
                             many are */
    double tolerance;   /**< of a tile, or of a pixel if in_pixels, by which the
                             raster may leave a tile */
    bool in_pixels;
} TilingPlace;

CPL_C_START

/** Reads a definition.
 * @param definition a name that GDAL knows, JSON, or where that is
 * @param scheme zeroed before; call tiling_scheme_free() even after a failure
 * @return false with STATUS_INVALID or STATUS_UNSUPPORTED and a reason */
bool tiling_scheme_read(TilingScheme *scheme, const char *definition,
                        Status *status);

void tiling_scheme_free(TilingScheme *scheme);

/** Units of the CRS a pixel, of tiles of @p tile_size pixels a side. */
double tiling_scheme_res(const TilingScheme *scheme, int zoom, int tile_size);

/** Chooses the zoom level for a resolution.
 * @param strategy ZOOM_... of option_table.h
 * @return false with STATUS_INVALID if it is finer than all levels are */
bool tiling_scheme_choose_zoom(const TilingScheme *scheme, double res,
                               int tile_size, int strategy, int *zoom,
                               Status *status);

/** Extends a raster to whole tiles, and cuts it to the scheme's.
 * @param[in,out] extent of the raster
 * @param[out] clamped whether something lies outside
 * @return false with STATUS_INVALID if all does, or STATUS_UNSUPPORTED if the
 *         levels cannot be aligned */
bool tiling_scheme_extend(const TilingScheme *scheme, TilingPlace *place,
                          Extent *extent, bool *clamped, Status *status);

/** Pixels of a level along an axis that has @p below in the level below.
 * @param zoom of the raster
 * @param level from 1 on; beyond the scheme's levels each is half the one below
 */
int64_t tiling_scheme_size_above(const TilingScheme *scheme, int zoom,
                                 int level, int64_t below);

CPL_C_END

#endif
