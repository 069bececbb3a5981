/* SPDX-License-Identifier: MIT */
/** @file
 * The planes that a leaf may hold, and those that are needed.
 */
#ifndef ROWBAND_LEAF_PLANES_H
#define ROWBAND_LEAF_PLANES_H

#include <stdbool.h>
#include <stdint.h>

#include "gdal.h"
#include "leaf_pixels.h"

/** The mask that all bands have is plane LEAF_MASK; the bands are planes by
 * their numbers; the masks that are bands' own are behind them, in the order of
 * the bands. */
typedef struct LeafPlanes {
    int bands;
    Plane *planes;
} LeafPlanes;

/** Call leaf_planes_clear() even after a failure.
 * @return false if there is no memory */
bool leaf_planes_init(LeafPlanes *planes, GDALDatasetH dataset);
void leaf_planes_clear(LeafPlanes *planes);

/** @return the number after that of the last plane */
int leaf_planes_end(const LeafPlanes *planes);

/** @return false if there is no such band */
bool leaf_planes_need_band(LeafPlanes *planes, GDALDatasetH dataset, int band);

/** See leaf_need_masks_of(). */
void leaf_planes_need_own_mask(LeafPlanes *planes, GDALDatasetH dataset,
                               int band);

/** See leaf_own_mask(). */
int leaf_planes_own_mask(const LeafPlanes *planes, int band);

/** @return whether a band is needed */
bool leaf_planes_has_bands(const LeafPlanes *planes);

/** @return whether a mask that is a band's own is needed */
bool leaf_planes_have_own_masks(const LeafPlanes *planes);

/** @return bytes of a pixel of those needed from @p first to before @p end */
uint64_t leaf_planes_pixel_nbytes(const LeafPlanes *planes, int first, int end);

/** @return the first that is needed, the mask that all have not counted; 0:
 * none is */
int leaf_planes_first_needed(const LeafPlanes *planes);

#endif
