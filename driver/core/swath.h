/* SPDX-License-Identifier: MIT */
/** @file
 * How pixels lie in memory between reading and encoding.
 *
 * A buffer holds a rectangle of the raster for all images of the file: first
 * the samples of image 0, then those of image 1 (the mask). Within an image
 * they are pixel interleaved, or plane after plane where the layout is
 * planar. The same arrangement serves a swath and a single carried tile.
 */
#ifndef ROWBAND_SWATH_H
#define ROWBAND_SWATH_H

#include <stddef.h>
#include <stdint.h>

#include "layout.h"

/** Images that are filled from the same windows: the raster and its mask. */
enum { SWATH_IMAGES_MAX = 2 };

/** The samples of one plane of one image. */
typedef struct PlaneView {
    uint8_t *pixels;     /**< the upper left one */
    size_t pixel_nbytes; /**< from one pixel to the next */
    size_t row_nbytes;   /**< from one row to the next */
} PlaneView;

/** Bytes of one pixel in a buffer, all images together. */
size_t swath_pixel_nbytes(const Layout *layouts, int image_count);

/** Where @p plane of image @p image lies in a buffer that holds
 * @p width x @p height pixels of all images. */
PlaneView swath_plane(uint8_t *data, const Layout *layouts, int image,
                      int plane, int64_t width, int64_t height);

/** The view of what lies from column @p x and row @p y of @p view on. */
PlaneView plane_from(PlaneView view, int64_t x, int64_t y);

#endif
