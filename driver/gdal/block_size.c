/* SPDX-License-Identifier: MIT */
#include "block_size.h"

void block_size_of(GDALRasterBandH band, int *width, int *height)
{
    GDALGetBlockSize(band, width, height);
    if (*width < 1)
        *width = 1;
    if (*height < 1)
        *height = 1;
}
