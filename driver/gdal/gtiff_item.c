/* SPDX-License-Identifier: MIT */
#include "gtiff_item.h"

#include <stdio.h>

#include "cpl_conv.h"
#include "cpl_error.h"

uint64_t gtiff_item(GDALRasterBandH band, const char *name)
{
    const char *value = GDALGetMetadataItem(band, name, "TIFF");
    return value != NULL ? (uint64_t)CPLScanUIntBig(value, 20) : 0;
}

static uint64_t item_of_tile(GDALRasterBandH band, const char *what, int column,
                             int row)
{
    char name[64];
    snprintf(name, sizeof name, "BLOCK_%s_%d_%d", what, column, row);
    return gtiff_item(band, name);
}

uint64_t gtiff_tile_offset(GDALRasterBandH band, int column, int row)
{
    return item_of_tile(band, "OFFSET", column, row);
}

uint64_t gtiff_tile_nbytes(GDALRasterBandH band, int column, int row)
{
    return item_of_tile(band, "SIZE", column, row);
}

int gtiff_coverage(GDALRasterBandH band, const Window *at, int stop)
{
    const int status =
        GDALGetDataCoverageStatus(band, (int)at->x, (int)at->y, (int)at->width,
                                  (int)at->height, stop, NULL);
    if (status == GDAL_DATA_COVERAGE_STATUS_UNIMPLEMENTED)
        CPLError(CE_Failure, CPLE_FileIO,
                 "it cannot be read where tiles or strips lie");
    return status;
}
