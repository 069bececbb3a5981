/* SPDX-License-Identifier: MIT */
/** @file
 * What a source is to be reprojected to: the grid that the COG driver chooses
 * (frmts/gtiff/cogdriver.cpp: COGGetWarpingCharacteristics()), from the same
 * calls of GDAL's.
 */
#ifndef ROWBAND_WARP_TARGET_H
#define ROWBAND_WARP_TARGET_H

#include <stdbool.h>

#include "cpl_port.h"
#include "gdal.h"
#include "status.h"
#include "tiling_scheme.h"
#include "warp_options.h"

/** Immutable after made_source_make(). */
typedef struct WarpTarget {
    char *method_said; /**< if not NULL: how overviews of the source were made,
                            which the raster says if it has none of its own, as
                            the COG driver has it */
    char *srs;         /**< as GDAL's transformers take it */
    int width, height; /**< pixels */
    Extent extent;
    double res;          /**< units of the CRS a pixel */
    double natural_res;  /**< likewise, at which there are about as many pixels
                              as the source has */
    bool has_scheme;     /**< TILING_SCHEME is not CUSTOM: */
    TilingScheme scheme; /**< it, */
    TilingPlace place;   /**< where in it the raster lies, */
    char *scheme_name;   /**< and what the user calls it */
} WarpTarget;

CPL_C_START

/** @param target zeroed before; call warp_target_free() even after a failure
 * @param tile_size of BLOCKSIZE; 0: the scheme's
 * @return false with a reason. What must be warned of goes to GDAL's error
 *         handler */
bool warp_target_find(WarpTarget *target, GDALDatasetH source,
                      const WarpOptions *said, int tile_size, Status *status);

/** @return whether @p source is already what it would become */
bool warp_target_is_met(const WarpTarget *target, GDALDatasetH source);

void warp_target_free(WarpTarget *target);

CPL_C_END

#endif
