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

/** Zeros where there are none; without memory to find out, the most there is.
 */
typedef struct ScatteredBlocks {
    ScatteredCost cost;
    uint64_t pixel_nbytes; /**< decoded for each further pixel of the output */
} ScatteredBlocks;

/** @param grid          that windows follow
 * @param width, height of the output */
ScatteredBlocks scattered_blocks_weigh(Leaf *const *leaves, int count,
                                       const BlockGrid *grid, int64_t width,
                                       int64_t height);

#endif
