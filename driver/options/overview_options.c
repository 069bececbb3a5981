/* SPDX-License-Identifier: MIT */
#include "overview_options.h"

#include <stdbool.h>

#include "cpl_conv.h"
#include "cpl_string.h"

/** @return what is told otherwise than the raster, or NULL */
static const char *overview_value(const char *key, CSLConstList told)
{
    const char *longer = CPLSPrintf("%s_OVERVIEW", key);
    const char *value = CSLFetchNameValue(told, key);
    if (value == NULL)
        value = CSLFetchNameValue(told, longer);
    return value != NULL ? value : CPLGetConfigOption(longer, NULL);
}

/** Overviews have the raster's predictor only where their codec has one. */
static char **without_idle_predictor(char **list)
{
    static const char *const predicting[] = {"DEFLATE", "LZW", "ZSTD", NULL};
    const char *compress = CSLFetchNameValueDef(list, "COMPRESS", "DEFLATE");
    return CSLFindString((CSLConstList)predicting, compress) >= 0
               ? list
               : CSLSetNameValue(list, "PREDICTOR", NULL);
}

char **overview_options(CSLConstList raster, CSLConstList told)
{
    static const char *const keys[] = {
        "COMPRESS",    "PREDICTOR",    "ZLEVEL",
        "ZSTD_LEVEL",  "WEBP_LEVEL",   "WEBP_LOSSLESS",
        "MAX_Z_ERROR", "JPEG_QUALITY", "PHOTOMETRIC"};
    char **list = CSLDuplicate(raster);
    bool any = false;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const char *value = overview_value(keys[i], told);
        if (value != NULL)
            list = CSLSetNameValue(list, keys[i], value);
        any = any || value != NULL;
    }
    if (any)
        return without_idle_predictor(list);
    CSLDestroy(list);
    return NULL;
}
