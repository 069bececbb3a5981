/* SPDX-License-Identifier: MIT */
#include "block_grid.h"

BlockGrid block_grid_of(GDALDatasetH source)
{
    BlockGrid grid = {.block_width = 1, .block_height = 1};
    const int bands = GDALGetRasterCount(source);
    for (int i = 1; i <= bands; i++) {
        int width = 0, height = 0;
        GDALGetBlockSize(GDALGetRasterBand(source, i), &width, &height);
        if (width > grid.block_width)
            grid.block_width = width;
        if (height > grid.block_height)
            grid.block_height = height;
    }
    return grid;
}
