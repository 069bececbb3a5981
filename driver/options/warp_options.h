/* SPDX-License-Identifier: MIT */
/** @file
 * What the user says of reprojecting, in the words of the COG driver.
 */
#ifndef ROWBAND_WARP_OPTIONS_H
#define ROWBAND_WARP_OPTIONS_H

#include <stdbool.h>

#include "cpl_port.h"
#include "status.h"

/** Immutable after warp_options_parse(). Owns its strings. */
typedef struct WarpOptions {
    bool wanted;      /**< false: there is nothing to reproject to */
    char *target_srs; /**< NULL: the scheme's */
    char
        *tiling_scheme; /**< its name, its JSON, or where that is; NULL: none */
    int zoom_level;     /**< -1: as zoom_strategy says */
    int zoom_strategy;  /**< ZOOM_... of option_table.h */
    int aligned_levels;
    bool has_extent;
    double extent[4];       /**< min x, min y, max x, max y, if has_extent */
    double res;             /**< units of the CRS a pixel; 0: not said */
    const char *resampling; /**< gdalwarp's name, static; NULL: by default */
    bool add_alpha;
} WarpOptions;

CPL_C_START

/** Reads them out of a list of NAME=VALUE. Warns through GDAL's error handler
 * of those that have no effect beside or without others.
 * @return false with STATUS_INVALID naming the option; call
 *         warp_options_free() all the same */
bool warp_options_parse(WarpOptions *options, CSLConstList list,
                        Status *status);

/** @return the option that has a raster reprojected, or NULL */
const char *warp_options_name(const WarpOptions *options);

void warp_options_free(WarpOptions *options);

CPL_C_END

#endif
