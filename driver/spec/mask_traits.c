/* SPDX-License-Identifier: MIT */
#include "mask_traits.h"

#include "cpl_port.h"
#include "cpl_string.h"
#include "versions.h"

static GDALRasterBandH mask_of(GDALDatasetH source)
{
    return GDALGetMaskBand(GDALGetRasterBand(source, 1));
}

bool mask_traits_of_bits(GDALDatasetH source)
{
    const char *nbits =
        GDALGetMetadataItem(mask_of(source), "NBITS", "IMAGE_STRUCTURE");
    return nbits != NULL && EQUAL(nbits, "1");
}

bool mask_traits_stay_masks(GDALDatasetH source)
{
    const GDALDatasetH dataset = GDALGetBandDataset(mask_of(source));
    return dataset != NULL &&
           (gdal_knows_overviews_of_masks() ||
            GDALGetMetadataItem(dataset, "INTERNAL_MASK_FLAGS_1", NULL) !=
                NULL);
}
