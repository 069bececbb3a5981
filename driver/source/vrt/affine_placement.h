/* SPDX-License-Identifier: MIT */
/** @file
 * A placement that shifts and scales, as all do but those behind a warp.
 */
#ifndef ROWBAND_AFFINE_PLACEMENT_H
#define ROWBAND_AFFINE_PLACEMENT_H

#include "placement.h"

CPL_C_START

/** A source pixel p lies at output position offset + scale * p, in each
 * axis. */
typedef struct Affine {
    double offset_x, offset_y;
    double scale_x, scale_y; /**< above zero */
    double halo_x, halo_y;   /**< source pixels beyond its own place that an
                                  output pixel may depend on; 0 only where scale
                                  and offset are whole numbers */
    double left, top, right, bottom; /**< what of the output it can touch */
} Affine;

/** @return to be freed with placement_free(); NULL if there is no memory */
Placement *affine_placement_new(const Affine *where);

CPL_C_END

#endif
