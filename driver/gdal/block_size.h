/* SPDX-License-Identifier: MIT */
/** @file
 * The size of a band's blocks, as far as it can be believed.
 */
#ifndef ROWBAND_BLOCK_SIZE_H
#define ROWBAND_BLOCK_SIZE_H

#include "gdal.h"

CPL_C_START

/** In pixels, at least 1: a VRT may say that there is nothing in a block. */
void block_size_of(GDALRasterBandH band, int *width, int *height);

CPL_C_END

#endif
