/* SPDX-License-Identifier: MIT */
/** @file
 * Masks of single bands, which a TIFF cannot hold: they go into a .msk file
 * beside it, as GTiff's do.
 *
 * Those that are decoded with the pixels, as where a driver computes them from
 * these, were read with them and wait in a spool. The others are read when the
 * file is made, each block once.
 */
#ifndef ROWBAND_BAND_MASKS_H
#define ROWBAND_BAND_MASKS_H

#include <stdbool.h>
#include <stdint.h>

#include "gdal.h"
#include "mask_spool.h"
#include "options.h"
#include "publication.h"
#include "status.h"
#include "window_source.h"

CPL_C_START

/** @return the first band of @p source with a mask of its own, from 1 on; 0 if
 * there is none, or a mask of all bands, which goes before */
int band_masks_first(GDALDatasetH source);

/** @return the share of the budget that masks may take while they wait */
uint64_t band_masks_memory_nbytes(const Options *options);

typedef struct BandMasks {
    GDALDatasetH source;
    const MaskSpool *kept; /**< those read with the pixels; NULL: none were */
    int block_width, block_height; /**< of the target's tiles, which the masks
                                        get too if both are multiples of 16; or
                                        of its strips */
    uint64_t memory_nbytes; /**< in memory until the sidecar is written, if they
                                 take no more uncompressed */
} BandMasks;

/** Makes the sidecar, after all pixels are read, on the thread that called the
 * driver.
 * @param target whose sidecar it is
 * @return false with STATUS_READ, STATUS_IO, STATUS_NO_MEMORY or
 *         STATUS_CANCELLED */
bool band_masks_write(const BandMasks *masks, const char *target,
                      Publication *publication, const GoOn *go_on,
                      Status *status);

CPL_C_END

#endif
