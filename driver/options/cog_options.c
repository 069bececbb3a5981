/* SPDX-License-Identifier: MIT */
#include "cog_options.h"

#include <limits.h>
#include <string.h>

#include "cpl_error.h"
#include "cpl_string.h"
#include "option_list.h"
#include "option_value.h"

/* Names that mean something with LAYOUT=COG only. */
static const char *const cog_only[] = {
    "BLOCKSIZE",        "LEVEL",
    "OVERVIEWS",        "OVERVIEW_COMPRESS",
    "OVERVIEW_COUNT",   "OVERVIEW_PREDICTOR",
    "OVERVIEW_QUALITY", "OVERVIEW_RESAMPLING",
    "QUALITY",          "RESAMPLING",
    "TILING_SCHEME",    NULL};

/* Names of GTiff's that a COG leaves no choice of. */
static const struct {
    const char *name, *instead;
} gtiff_only[] = {
    {"BLOCKXSIZE", "; give BLOCKSIZE, which is of tiles as wide as "
                   "high"},
    {"BLOCKYSIZE", "; give BLOCKSIZE, which is of tiles as wide as "
                   "high"}};

/* What the COG driver has and we have not. */
static const struct {
    const char *name, *instead;
} refused[] = {
    {"ADD_ALPHA", "; reproject with gdalwarp -dstalpha beforehand"},
    {"ALIGNED_LEVELS", "; there is no TILING_SCHEME to align with"},
    {"EXTENT", "; cut with gdal_translate -projwin or gdalwarp -te"},
    {"RES", "; resample with gdal_translate -tr or gdalwarp -tr"},
    {"TARGET_SRS", "; reproject with gdalwarp -t_srs to a VRT beforehand"},
    {"WARP_RESAMPLING", "; reproject with gdalwarp -r to a VRT beforehand"},
    {"ZOOM_LEVEL", "; there is no TILING_SCHEME to have levels"},
    {"ZOOM_LEVEL_STRATEGY", "; there is no TILING_SCHEME to have levels"},
};

static bool refuse(const char *name, const char *layout, const char *instead,
                   Status *status)
{
    return status_fail(status, STATUS_UNSUPPORTED,
                       "creation option %s is not supported with LAYOUT=%s%s",
                       name, layout, instead);
}

static bool refuse_with_gtiff(CSLConstList list, Status *status)
{
    for (int i = 0; cog_only[i] != NULL; i++)
        if (CSLFetchNameValue(list, cog_only[i]) != NULL)
            return refuse(cog_only[i], "GTIFF", "; it is one of LAYOUT=COG",
                          status);
    return true;
}

static bool refuse_with_cog(CSLConstList list, Status *status)
{
    for (size_t i = 0; i < sizeof gtiff_only / sizeof *gtiff_only; i++)
        if (CSLFetchNameValue(list, gtiff_only[i].name) != NULL)
            return refuse(gtiff_only[i].name, "COG", gtiff_only[i].instead,
                          status);
    if (!CPLTestBool(CSLFetchNameValueDef(list, "TILED", "YES")))
        return refuse("TILED=NO", "COG", "", status);
    if (EQUAL(CSLFetchNameValueDef(list, "INTERLEAVE", "PIXEL"), "BAND") &&
        CSLFetchNameValue(list, "@INTERLEAVE_ADDED_AUTOMATICALLY") == NULL)
        return refuse("INTERLEAVE=BAND", "COG", "", status);
    if (!EQUAL(CSLFetchNameValueDef(list, "TILING_SCHEME", "CUSTOM"), "CUSTOM"))
        return refuse("TILING_SCHEME", "COG",
                      "; reproject with gdalwarp to the scheme's grid, or use "
                      "GDAL's COG driver",
                      status);
    return true;
}

static bool refuse_unknown(CSLConstList list, const char *layout,
                           Status *status)
{
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (CSLFetchNameValue(list, refused[i].name) != NULL)
            return refuse(refused[i].name, layout, refused[i].instead, status);
    return true;
}

static bool parse_overviews(CogOptions *options, CSLConstList list,
                            Status *status)
{
    static const char *const uses[] = {"AUTO", "IGNORE_EXISTING", "NONE", NULL};
    enum { NONE = 2 };
    int use;
    if (EQUAL(CSLFetchNameValueDef(list, "OVERVIEWS", ""),
              "FORCE_USE_EXISTING"))
        return refuse("OVERVIEWS=FORCE_USE_EXISTING", "COG",
                      ": overviews are always made anew; use GDAL's COG driver",
                      status);
    if (!option_choice(list, "OVERVIEWS", uses, 0, &use, status) ||
        !option_int(list, "OVERVIEW_COUNT", 0, INT_MAX, -1,
                    &options->overview_count, status))
        return false;
    options->overviews = use != NONE;
    return true;
}

/** The default is the COG driver's. */
static bool parse_resampling(CogOptions *options, CSLConstList list,
                             GDALDatasetH source, Status *status)
{
    static const char *const names[] = {
        "NEAREST", "AVERAGE", "RMS",  "BILINEAR", "CUBIC", "CUBICSPLINE",
        "LANCZOS", "GAUSS",   "MODE", "NEAR",     NULL};
    enum { NEAREST = 0, CUBIC = 4, NEAR = 9 };
    const GDALRasterBandH band = GDALGetRasterBand(source, 1);
    int method = GDALGetRasterColorTable(band) != NULL ? NEAREST : CUBIC;
    if (!option_choice(list, "RESAMPLING", names, method, &method, status) ||
        !option_choice(list, "OVERVIEW_RESAMPLING", names, method, &method,
                       status))
        return false;
    options->resampling = names[method == NEAR ? NEAREST : method];
    return options->resampling == names[NEAREST] || !options->overviews ||
           !GDALDataTypeIsComplex(GDALGetRasterDataType(band)) ||
           status_fail(status, STATUS_UNSUPPORTED,
                       "RESAMPLING=%s is not supported for complex samples; "
                       "give RESAMPLING=NEAREST",
                       options->resampling);
}

/** GTiff's name for LEVEL with a compression, or NULL if there is none. */
static const char *level_name(const char *compress)
{
    if (EQUAL(compress, "DEFLATE") || EQUAL(compress, "LERC_DEFLATE"))
        return "ZLEVEL";
    if (EQUAL(compress, "ZSTD") || EQUAL(compress, "LERC_ZSTD"))
        return "ZSTD_LEVEL";
    return EQUAL(compress, "LZMA") ? "LZMA_PRESET" : NULL;
}

static char **set_level(char **to, const char *compress, const char *level)
{
    const char *name = level_name(compress);
    if (level == NULL)
        return to;
    if (name != NULL)
        return CSLSetNameValue(to, name, level);
    CPLError(CE_Warning, CPLE_AppDefined,
             "ROWBAND: LEVEL has no effect with COMPRESS=%s", compress);
    return to;
}

static char **set_quality(char **to, const char *compress, const char *quality)
{
    if (quality == NULL)
        return to;
    if (EQUAL(compress, "JPEG"))
        return CSLSetNameValue(to, "JPEG_QUALITY", quality);
    if (EQUAL(compress, "WEBP"))
        return EQUAL(quality, "100")
                   ? CSLSetNameValue(to, "WEBP_LOSSLESS", "YES")
                   : CSLSetNameValue(to, "WEBP_LEVEL", quality);
    CPLError(CE_Warning, CPLE_AppDefined,
             "ROWBAND: QUALITY has no effect with COMPRESS=%s", compress);
    return to;
}

/** The list less what GTiff does not know, with what that means to GTiff. */
static char **in_gtiff_words(CSLConstList list, const char *compress,
                             const char *quality, GDALDatasetH source)
{
    const char *block = CSLFetchNameValueDef(list, "BLOCKSIZE", "512");
    char **words = CSLDuplicate(list);
    for (int i = 0; cog_only[i] != NULL; i++)
        words = CSLSetNameValue(words, cog_only[i], NULL);
    words = CSLSetNameValue(words, "BLOCKXSIZE", block);
    words = CSLSetNameValue(words, "BLOCKYSIZE", block);
    words = set_level(words, compress, CSLFetchNameValue(list, "LEVEL"));
    words = set_quality(words, compress, quality);
    if (EQUAL(compress, "JPEG") && GDALGetRasterCount(source) == 3 &&
        CSLFetchNameValue(words, "PHOTOMETRIC") == NULL)
        words = CSLSetNameValue(words, "PHOTOMETRIC", "YCBCR");
    return CSLSetNameValue(words, "COMPRESS", compress);
}

/** What is different for the overviews, if anything is. */
static void make_overview_list(CogOptions *options, CSLConstList list,
                               const char *raster_compress, GDALDatasetH source)
{
    const char *compress = CSLFetchNameValue(list, "OVERVIEW_COMPRESS");
    const char *quality = CSLFetchNameValue(list, "OVERVIEW_QUALITY");
    const char *predictor = CSLFetchNameValue(list, "OVERVIEW_PREDICTOR");
    if (!options->overviews ||
        (compress == NULL && quality == NULL && predictor == NULL))
        return;
    char **words = CSLDuplicate(list);
    if (predictor != NULL)
        words = CSLSetNameValue(words, "PREDICTOR", predictor);
    options->overview = in_gtiff_words(
        words, compress != NULL ? compress : raster_compress,
        quality != NULL ? quality : CSLFetchNameValue(list, "QUALITY"), source);
    CSLDestroy(words);
}

/** Numbers are checked here, under the names that the user knows. */
static bool check_numbers(CSLConstList list, const char *compress,
                          Status *status)
{
    const char *name = level_name(compress);
    const bool zstd = name != NULL && EQUAL(name, "ZSTD_LEVEL");
    const bool lzma = name != NULL && EQUAL(name, "LZMA_PRESET");
    int number;
    if (!option_int(list, "BLOCKSIZE", 16, INT_MAX, 512, &number, status) ||
        (number % 16 != 0 &&
         !option_bad_value("BLOCKSIZE", CSLFetchNameValue(list, "BLOCKSIZE"),
                           "a multiple of 16", status)))
        return false;
    return (name == NULL ||
            option_int(list, "LEVEL", lzma ? 0 : 1, zstd ? 22 : (lzma ? 9 : 12),
                       1, &number, status)) &&
           option_int(list, "QUALITY", 1, 100, 75, &number, status) &&
           option_int(list, "OVERVIEW_QUALITY", 1, 100, 75, &number, status);
}

/** Those of overviews, under their own names. AUTO tries the raster's first
 * tile, which is all that is there to try. */
static bool check_overview_names(CSLConstList list, Status *status)
{
    static const char *const predictors[] = {
        "NO", "YES", "STANDARD", "FLOATING_POINT", "1", "2", "3", NULL};
    char **compressions = option_list_compressions();
    int choice;
    const bool ok =
        option_choice(list, "OVERVIEW_COMPRESS",
                      (const char *const *)compressions, 0, &choice, status) &&
        option_choice(list, "OVERVIEW_PREDICTOR", predictors, 0, &choice,
                      status);
    CSLDestroy(compressions);
    return ok;
}

static bool parse_cog(CogOptions *options, CSLConstList list,
                      GDALDatasetH source, Status *status)
{
    const char *compress = CSLFetchNameValueDef(list, "COMPRESS", "DEFLATE");
    if (!refuse_with_cog(list, status) ||
        !check_numbers(list, compress, status) ||
        !check_overview_names(list, status) ||
        !parse_overviews(options, list, status) ||
        !parse_resampling(options, list, source, status))
        return false;
    options->raster = in_gtiff_words(
        list, compress, CSLFetchNameValue(list, "QUALITY"), source);
    make_overview_list(options, list, compress, source);
    return true;
}

bool cog_options_parse(CogOptions *options, CSLConstList list,
                       GDALDatasetH source, Status *status)
{
    static const char *const layouts[] = {"GTIFF", "COG", NULL};
    int layout;
    memset(options, 0, sizeof *options);
    if (!option_choice(list, "LAYOUT", layouts, 0, &layout, status) ||
        !refuse_unknown(list, layouts[layout], status))
        return false;
    options->cog = layout == 1;
    if (options->cog)
        return parse_cog(options, list, source, status);
    options->raster = CSLDuplicate(list);
    return refuse_with_gtiff(list, status);
}

void cog_options_free(CogOptions *options)
{
    CSLDestroy(options->raster);
    CSLDestroy(options->overview);
    memset(options, 0, sizeof *options);
}
