/* SPDX-License-Identifier: MIT */
/** @file
 * Where a dataset at the bottom of a wrapper lies in the output.
 */
#ifndef ROWBAND_PLACEMENT_H
#define ROWBAND_PLACEMENT_H

#include "cpl_port.h"
#include "plan.h"

CPL_C_START

/** One place where a leaf shows in the output. A leaf pixel p lies at output
 * position offset + scale * p, in each axis. */
typedef struct Placement {
    double offset_x, offset_y;
    double scale_x, scale_y;
    double halo_x, halo_y; /**< leaf pixels beyond its own place that an
                                output pixel may depend on */
    double left, top, right, bottom; /**< what of the output it can touch */
} Placement;

/** The output pixels that may depend on the leaf pixels @p at in that place. */
Window placement_output(const Placement *use, const Window *at);

CPL_C_END

#endif
