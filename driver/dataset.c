/* SPDX-License-Identifier: MIT */
#include "dataset.h"

GDALRasterBandH dataset_mask(GDALDatasetH dataset)
{
    const GDALRasterBandH band = GDALGetRasterBand(dataset, 1);
    const int flags = GDALGetMaskFlags(band);
    const bool own_data =
        (flags & GMF_PER_DATASET) != 0 &&
        (flags & (GMF_ALL_VALID | GMF_ALPHA | GMF_NODATA)) == 0;
    return own_data ? GDALGetMaskBand(band) : NULL;
}

void dataset_drop_cached_blocks(GDALDatasetH dataset)
{
    const int bands = GDALGetRasterCount(dataset);
    for (int i = 1; i <= bands; i++)
        GDALFlushRasterCache(GDALGetRasterBand(dataset, i));
    const GDALRasterBandH mask = dataset_mask(dataset);
    if (mask != NULL)
        GDALFlushRasterCache(mask);
}

GDALDatasetH dataset_open_gtiff(const char *path, unsigned flags)
{
    static const char *const drivers[] = {"GTiff", NULL};
    return GDALOpenEx(path, GDAL_OF_RASTER | flags, drivers, NULL, NULL);
}
