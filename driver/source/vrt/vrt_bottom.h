/* SPDX-License-Identifier: MIT */
/** @file
 * What a band of a VRT shows as it is: pixels of one other band, moved by whole
 * pixels, with nothing computed of them on the way. gdal_translate makes such
 * VRTs of metadata, windows and bands that are to be others.
 */
#ifndef ROWBAND_VRT_BOTTOM_H
#define ROWBAND_VRT_BOTTOM_H

#include <stdbool.h>
#include <stdint.h>

#include "cpl_port.h"
#include "gdal.h"

CPL_C_START

typedef struct VrtBottom {
    GDALDatasetH dataset; /**< that the band is of, or whose mask it is */
    GDALRasterBandH band; /**< of no VRT that can be looked into */
    int64_t x, y;         /**< its pixel that is the VRT's first */
} VrtBottom;

/** Follows a band down to one that is of no VRT, or itself; sources that are
 * not open are opened. On the thread that the band belongs to.
 * @param dataset that @p band is of, or whose mask it is
 * @return false if it shows anything else */
bool vrt_bottom_find(GDALDatasetH dataset, GDALRasterBandH band,
                     VrtBottom *bottom);

CPL_C_END

#endif
