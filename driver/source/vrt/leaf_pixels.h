/* SPDX-License-Identifier: MIT */
/** @file
 * A rectangle of a dataset, decoded: the planes that are needed, one after
 * another.
 */
#ifndef ROWBAND_LEAF_PIXELS_H
#define ROWBAND_LEAF_PIXELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gdal.h"
#include "window.h"

CPL_C_START

/** Stands for the mask band where a band number is asked for. */
enum { LEAF_MASK = 0 };

typedef struct Plane {
    bool needed;
    GDALDataType type;
    size_t before; /**< bytes of one pixel in the planes before it */
} Plane;

/** Where a rectangle of one plane is to go. */
typedef struct PlaneTarget {
    Window rectangle;
    void *out;
    GDALDataType type;
    GSpacing pixel_nbytes, row_nbytes;
} PlaneTarget;

/** The first band that the dataset has: those that GDAL's pool has for a VRT's
 * sources know only bands that the VRT names. NULL: none */
GDALRasterBandH leaf_pixels_first_band(GDALDatasetH dataset);

/** The band of that number, or the mask that all have; beyond the bands, their
 * masks. */
GDALRasterBandH leaf_pixels_band(GDALDatasetH dataset, int band);

/** Reads a rectangle of one band.
 * @param extra may be NULL
 * @return CE_Failure after GDAL has reported why */
CPLErr leaf_pixels_read(GDALRasterBandH band, const PlaneTarget *target,
                        GDALRasterIOExtraArg *extra);

/** Decodes the mask.
 * @return false after GDAL has reported why */
bool leaf_pixels_read_mask(GDALDatasetH dataset, const Window *at,
                           uint8_t *data);

/** Copies what the planes @p data, decoded at @p at, have of a rectangle. */
void leaf_pixels_copy_out(const Plane *plane, const Window *at,
                          const uint8_t *data, const PlaneTarget *target);

CPL_C_END

#endif
