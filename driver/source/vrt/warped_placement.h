/* SPDX-License-Identifier: MIT */
/** @file
 * The placement of what is read by way of a warp.
 *
 * A warped VRT is made block by block, and before it makes one GDAL reckons
 * which window of its source that takes. Those windows, one a cell of the
 * output, are all that is known of the warp here: what transforms them may bend
 * and fold as it likes.
 *
 * Never less than GDAL asks for, but more: cells and what they need are
 * rectangles, and what serves them is told for pieces as large as the blocks
 * that are decoded. So each output pixel that needs a source pixel is within
 * what placement_output() says of it, and not the other way round.
 */
#ifndef ROWBAND_WARPED_PLACEMENT_H
#define ROWBAND_WARPED_PLACEMENT_H

#include "affine_placement.h"
#include "placement.h"

CPL_C_START

/** What each cell of a warped raster needs of what is warped. Shared by the
 * placements below it; for one thread. */
typedef struct WarpCells WarpCells;

/** @param part          of the warped raster, pixels, that is read
 * @param width, height of a block of it; the first is at 0,0. Where there are
 *                      very many, several are one cell
 * @return to be let go with warp_cells_release(); NULL if there is no memory */
WarpCells *warp_cells_new(const Window *part, int width, int height);
void warp_cells_retain(WarpCells *cells);

/** @param cells may be NULL */
void warp_cells_release(WarpCells *cells);

/** Says that the block @p warped needs the pixels @p source of what is warped,
 * which may be none. */
void warp_cells_add(WarpCells *cells, const Window *warped,
                    const Window *source);

uint64_t warp_cells_nbytes(const WarpCells *cells);

/** A dataset, and how it is decoded. */
typedef struct WarpedLeaf {
    int64_t width, height;
    int unit_width, unit_height; /**< of what is decoded at once */
} WarpedLeaf;

/** @param cells complete; retained
 * @param outer where the warped raster lies in the output
 * @param inner where the leaf lies in what is warped
 * @return to be freed with placement_free(); NULL if there is no memory */
Placement *warped_placement_new(WarpCells *cells, const Affine *outer,
                                const Affine *inner, const WarpedLeaf *leaf);

CPL_C_END

#endif
