/* SPDX-License-Identifier: MIT */
/** @file
 * What blocks that lie as they like in the output, such as those below a warp,
 * take while windows pass over it, each held from the first window that needs
 * it to the last.
 */
#ifndef ROWBAND_SCATTERED_BLOCKS_H
#define ROWBAND_SCATTERED_BLOCKS_H

#include "leaf.h"
#include "plan.h"

/** @param grid          that windows follow
 * @param width, height of the output
 * @return zeros where there are none */
ScatteredCost scattered_blocks_weigh(Leaf *const *leaves, int count,
                                     const BlockGrid *grid, int64_t width,
                                     int64_t height);

#endif
