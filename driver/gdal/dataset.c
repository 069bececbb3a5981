/* SPDX-License-Identifier: MIT */
#include "dataset.h"

#include <string.h>

#include "cpl_port.h"
#include "error_trap.h"

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
    ErrorTrap trap;
    /* GDAL fails to find the mask behind the mask of a VRT, which it has just
     * read. */
    error_trap_begin(&trap, TRAP_ALL);
    for (int i = 1; i <= bands; i++)
        GDALFlushRasterCache(GDALGetRasterBand(dataset, i));
    const GDALRasterBandH mask = dataset_mask(dataset);
    if (mask != NULL)
        GDALFlushRasterCache(mask);
    error_trap_end(&trap);
}

GDALDatasetH dataset_open_gtiff(const char *path, unsigned flags)
{
    static const char *const drivers[] = {"GTiff", NULL};
    return GDALOpenEx(path, GDAL_OF_RASTER | flags, drivers, NULL, NULL);
}

static bool is_in_compressed_file(const char *name)
{
    static const char *const prefixes[] = {"/vsigzip/", "/vsizip/", "/vsitar/",
                                           "/vsi7z/",   "/vsirar/", "/vsistdin",
                                           "/vsicrypt/"};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (strstr(name, prefixes[i]) != NULL)
            return true;
    return false;
}

bool dataset_reads_in_order(GDALDatasetH dataset)
{
    int width, height;
    const GDALDriverH driver = GDALGetDatasetDriver(dataset);
    GDALGetBlockSize(GDALGetRasterBand(dataset, 1), &width, &height);
    const bool rows = height == 1 && width == GDALGetRasterXSize(dataset);
    const bool are_blocks =
        driver != NULL &&
        EQUAL(GDALGetDescription((GDALMajorObjectH)driver), "GTiff");
    return (rows && !are_blocks) ||
           is_in_compressed_file(GDALGetDescription(dataset));
}

bool dataset_name_is_of_python(const char *name)
{
    return strstr(name, "/vsipython") != NULL ||
           strstr(name, "/vsiriopener") != NULL || STARTS_WITH(name, "NUMPY");
}
