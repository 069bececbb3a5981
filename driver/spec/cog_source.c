/* SPDX-License-Identifier: MIT */
#include "cog_source.h"

#include "cpl_conv.h"
#include "cpl_string.h"
#include "dataset.h"
#include "versions.h"

bool cog_source_has_alpha_for_mask(const SourceShape *source,
                                   const ParsedOptions *said)
{
    return said->cog && EQUAL(said->raster.compress, "JPEG") &&
           said->interleave == INTERLEAVE_PIXEL && source->has_alpha &&
           (source->bands == 4 ||
            (source->bands == 2 && gdal_makes_mask_of_alpha_beside_grey()));
}

GDALDatasetH cog_source_with_mask(GDALDatasetH source)
{
    const int alpha = GDALGetRasterCount(source);
    char **list = CSLAddString(NULL, "-of");
    list = CSLAddString(list, "VRT");
    for (int band = 1; band < alpha; band++) {
        list = CSLAddString(list, "-b");
        list = CSLAddString(list, CPLSPrintf("%d", band));
    }
    list = CSLAddString(list, "-mask");
    list = CSLAddString(list, CPLSPrintf("%d", alpha));
    return dataset_translate(source, list);
}
