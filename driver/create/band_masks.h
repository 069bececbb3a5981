/* SPDX-License-Identifier: MIT */
/** @file
 * Masks of single bands, which a TIFF cannot hold: they go into a .msk file
 * beside it, as GTiff's do.
 */
#ifndef ROWBAND_BAND_MASKS_H
#define ROWBAND_BAND_MASKS_H

#include <stdbool.h>

#include "gdal.h"
#include "publication.h"
#include "status.h"

CPL_C_START

/** @return the first band of @p source with a mask of its own, from 1 on; 0 if
 * there is none, or a mask of all bands, which goes before */
int band_masks_first(GDALDatasetH source);

/** Copies the masks of single bands into a sidecar. They are read before any
 * pixel is, from the source as it is: where a mask is computed from pixels,
 * these are decoded for it. The compressed masks are in memory until the
 * sidecar is written. On the thread that called the driver.
 * @param target    whose sidecar it is
 * @param block_width,block_height of its tiles, which the masks get too if
 *                  both are multiples of 16; or of its strips
 * @param go_on     asked with 0; a FALSE cancels
 * @return false with STATUS_READ, STATUS_IO, STATUS_NO_MEMORY or
 *         STATUS_CANCELLED */
bool band_masks_write(GDALDatasetH source, const char *target, int block_width,
                      int block_height, Publication *publication,
                      GDALProgressFunc go_on, void *user, Status *status);

CPL_C_END

#endif
