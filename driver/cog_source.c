/* SPDX-License-Identifier: MIT */
#include "cog_source.h"

#include "cpl_string.h"
#include "gdal_utils.h"

bool cog_source_has_alpha_for_mask(GDALDatasetH source, CSLConstList options)
{
    return EQUAL(CSLFetchNameValueDef(options, "LAYOUT", ""), "COG") &&
           EQUAL(CSLFetchNameValueDef(options, "COMPRESS", ""), "JPEG") &&
           GDALGetRasterCount(source) == 4 &&
           GDALGetRasterColorInterpretation(GDALGetRasterBand(source, 4)) ==
               GCI_AlphaBand;
}

GDALDatasetH cog_source_with_mask(GDALDatasetH source)
{
    static const char *const arguments[] = {
        "-of", "VRT", "-b", "1", "-b", "2", "-b", "3", "-mask", "4", NULL};
    char **list = CSLDuplicate((CSLConstList)arguments);
    GDALTranslateOptions *options = GDALTranslateOptionsNew(list, NULL);
    const GDALDatasetH masked = GDALTranslate("", source, options, NULL);
    GDALTranslateOptionsFree(options);
    CSLDestroy(list);
    return masked;
}
