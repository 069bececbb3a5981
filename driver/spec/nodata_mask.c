/* SPDX-License-Identifier: MIT */
#include "nodata_mask.h"

#include <stddef.h>

#include "cpl_string.h"
#include "dataset.h"
#include "vrt_mask.h"

static bool is_masked_by_nodata(GDALRasterBandH band)
{
    return (GDALGetMaskFlags(band) & GMF_NODATA) != 0;
}

bool nodata_mask_applies(GDALDatasetH source)
{
    bool any = false;
    for (int i = 1; i <= GDALGetRasterCount(source); i++)
        any |= is_masked_by_nodata(GDALGetRasterBand(source, i));
    return any;
}

GDALDatasetH nodata_mask_make(GDALDatasetH source)
{
    static const char *const words[] = {"-of", "VRT", "-a_nodata", "none",
                                        NULL};
    const GDALDatasetH made =
        dataset_translate(source, CSLDuplicate((CSLConstList)words));
    if (made == NULL)
        return NULL;
    GDALSetMetadataItem(made, "NODATA_VALUES", NULL, NULL);
    if (vrt_mask_of_bands(made, source, is_masked_by_nodata))
        return made;
    GDALClose(made);
    return NULL;
}
