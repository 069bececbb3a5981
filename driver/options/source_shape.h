/* SPDX-License-Identifier: MIT */
/** @file
 * What options depend on of the raster that is copied, or is to come.
 */
#ifndef ROWBAND_SOURCE_SHAPE_H
#define ROWBAND_SOURCE_SHAPE_H

#include <stdbool.h>

#include "gdal.h"

typedef struct SourceShape {
    int width, height;    /**< in pixels */
    int bands;            /**< at least one */
    GDALDataType type;    /**< of the first band, which GTiff goes by */
    bool has_color_table; /**< of the first band */
    bool has_alpha;       /**< the last band is one */
    int tile_size;        /**< the TILING_SCHEME's, if it has been brought to
                               that; or 0 */
} SourceShape;

CPL_C_START

/** @param source with at least one band */
SourceShape source_shape_of(GDALDatasetH source);

CPL_C_END

#endif
