/* SPDX-License-Identifier: MIT */
#include "option_list.h"

#include <string.h>

#include "cpl_conv.h"
#include "cpl_error.h"
#include "cpl_minixml.h"
#include "cpl_string.h"
#include "gdal.h"
#include "gdal_codec.h"

/* GTiff's options that change tags and nothing else. */
static const char *const for_tags[] = {"ALPHA",
                                       "COLOR_TABLE_MULTIPLIER",
                                       "COPY_SRC_MDD",
                                       "GEOTIFF_KEYS_FLAVOR",
                                       "GEOTIFF_VERSION",
                                       "NBITS",
                                       "PHOTOMETRIC",
                                       "PIXELTYPE",
                                       "PROFILE",
                                       "RPB",
                                       "RPCTXT",
                                       "SOURCE_ICC_PROFILE",
                                       "SOURCE_PRIMARIES_BLUE",
                                       "SOURCE_PRIMARIES_GREEN",
                                       "SOURCE_PRIMARIES_RED",
                                       "SOURCE_WHITEPOINT",
                                       "SRC_MDD",
                                       "TFW",
                                       "TIFFTAG_TRANSFERFUNCTION_BLUE",
                                       "TIFFTAG_TRANSFERFUNCTION_GREEN",
                                       "TIFFTAG_TRANSFERFUNCTION_RED",
                                       "TIFFTAG_TRANSFERRANGE_BLACK",
                                       "TIFFTAG_TRANSFERRANGE_WHITE",
                                       "WORLDFILE",
                                       NULL};

/* Options of codecs, and which those are. */
static const struct {
    const char *name;
    const char *compress[4]; /**< ends with NULL */
} for_codec[] = {{"JPEGTABLESMODE", {"JPEG"}},
                 {"JPEG_QUALITY", {"JPEG"}},
                 {"JXL_ALPHA_DISTANCE", {"JXL"}},
                 {"JXL_DISTANCE", {"JXL"}},
                 {"JXL_EFFORT", {"JXL"}},
                 {"JXL_LOSSLESS", {"JXL"}},
                 {"LZMA_PRESET", {"LZMA"}},
                 {"MAX_Z_ERROR", {"LERC", "LERC_DEFLATE", "LERC_ZSTD"}},
                 {"WEBP_LEVEL", {"WEBP"}},
                 {"WEBP_LOSSLESS", {"WEBP"}},
                 {"ZLEVEL", {"DEFLATE", "LERC_DEFLATE"}},
                 {"ZSTD_LEVEL", {"ZSTD", "LERC_ZSTD"}}};
enum { FOR_CODEC = sizeof for_codec / sizeof *for_codec };

/* What GTiff has and we have not, with the way around it. */
static const struct {
    const char *name, *instead;
} refused[] = {
    {"APPEND_SUBDATASET", "; write a file for each subdataset"},
    {"COPY_SRC_OVERVIEWS", "; LAYOUT=COG has overviews, made anew"},
    {"MAX_Z_ERROR_OVERVIEW", "; MAX_Z_ERROR is that of overviews too"},
    {"STREAMABLE_OUTPUT", "; LAYOUT=COG has its directories first"},
};
enum { REFUSED = sizeof refused / sizeof *refused };

#define RESAMPLING_VALUES                                                      \
    "<Value>NEAREST</Value><Value>AVERAGE</Value><Value>RMS</Value>"           \
    "<Value>BILINEAR</Value><Value>CUBIC</Value><Value>CUBICSPLINE</Value>"    \
    "<Value>LANCZOS</Value><Value>GAUSS</Value><Value>MODE</Value>"

/* Ours, with what they mean here. */
static const char own_options[] =
    "<CreationOptionList>"
    "<Option name='LAYOUT' type='string-select' default='GTIFF' "
    "description='GTIFF, or COG: Cloud Optimized GeoTIFF, with overviews'>"
    "<Value>GTIFF</Value><Value>COG</Value></Option>"
    "<Option name='BUDGET' type='string' default='256M' description='Memory "
    "that the operation may hold at once: bytes, with suffix K, M or G, or a "
    "percentage of the physical memory'/>"
    "<Option name='NUM_THREADS' type='string' default='ALL_CPUS' "
    "description='Number of threads that compress, or ALL_CPUS'/>"
    "<Option name='TILED' type='boolean' default='YES' description='Whether "
    "to write tiles; strips otherwise'/>"
    "<Option name='BLOCKXSIZE' type='int' min='16' default='512' "
    "description='Tile width, a multiple of 16; of no effect on strips'/>"
    "<Option name='BLOCKYSIZE' type='int' min='1' default='512' "
    "description='Tile height, a multiple of 16; or rows per strip, by "
    "default 256'/>"
    "<Option name='COMPRESS' type='string-select' default='DEFLATE' "
    "description='Compression method'/>"
    "<Option name='ZLEVEL' type='int' min='1' max='12' default='6' "
    "description='DEFLATE compression level as libdeflate counts, 1 (fast) to "
    "12 (slow); levels 6 to 9 of the GTiff driver are 7 to 10 here, but not "
    "with LERC_DEFLATE, where it is GTiff that compresses'/>"
    "<Option name='PREDICTOR' type='string-select' default='1' "
    "description='Predictor for DEFLATE, LZW and ZSTD; YES: by data type, "
    "AUTO: the one that makes the first tile smallest'>"
    "<Value>1</Value><Value>2</Value><Value>3</Value>"
    "<Value>NO</Value><Value>STANDARD</Value><Value>FLOATING_POINT</Value>"
    "<Value>YES</Value><Value>AUTO</Value></Option>"
    "<Option name='INTERLEAVE' type='string-select' default='PIXEL' "
    "description='Whether a tile holds all bands or one'>"
    "<Value>PIXEL</Value><Value>BAND</Value></Option>"
    "<Option name='BIGTIFF' type='string-select' default='IF_NEEDED' "
    "description='BigTIFF or classic TIFF; IF_NEEDED: BigTIFF if the finished "
    "file would not fit a classic one; IF_SAFER: also if the pixels have more "
    "than 2 GB before compression'>"
    "<Value>YES</Value><Value>NO</Value><Value>IF_NEEDED</Value>"
    "<Value>IF_SAFER</Value></Option>"
    "<Option name='SPARSE_OK' type='boolean' default='NO' description='Leave "
    "out tiles that hold only nodata, or zero if there is no nodata value'/>"
    "<Option name='DISCARD_LSB' type='string' description='How many of the "
    "least significant bits to clear, one number or one for each band'/>"
    "<Option name='NAN_TO_NODATA' type='boolean' default='NO' "
    "description='Replace NaN by the nodata value, if that is finite'/>"
    "<Option name='STATISTICS' type='boolean' default='NO' "
    "description='Write statistics of the bands, computed while the pixels "
    "pass'/>"
    "<Option name='CRS_IDENTIFY' type='boolean' default='NO' "
    "description='Look up the code of a CRS that has none'/>"
    "<Option name='ENDIANNESS' type='string-select' default='LITTLE' "
    "description='Byte order of the file'>"
    "<Value>NATIVE</Value><Value>LITTLE</Value></Option>"
    "<Option name='BLOCKSIZE' type='int' min='16' default='512' "
    "description='Width and height of tiles, a multiple of 16 (LAYOUT=COG)'/>"
    "<Option name='LEVEL' type='int' description='Compression level, as "
    "ZLEVEL, ZSTD_LEVEL or LZMA_PRESET (LAYOUT=COG)'/>"
    "<Option name='QUALITY' type='int' min='1' max='100' description='JPEG or "
    "WEBP quality; 100 is lossless WEBP (LAYOUT=COG)'/>"
    "<Option name='OVERVIEWS' type='string-select' default='AUTO' "
    "description='Whether to make overviews, always out of the pixels "
    "(LAYOUT=COG)'>"
    "<Value>AUTO</Value><Value>IGNORE_EXISTING</Value><Value>NONE</Value>"
    "</Option>"
    "<Option name='OVERVIEW_COUNT' type='int' min='0' description='Number of "
    "overviews; by default until one fits a tile (LAYOUT=COG)'/>"
    "<Option name='RESAMPLING' type='string-select' description='How overviews "
    "are made; by default CUBIC, and NEAREST with a colour table "
    "(LAYOUT=COG)'>" RESAMPLING_VALUES "</Option>"
    "<Option name='OVERVIEW_RESAMPLING' type='string-select' "
    "description='The same; wins over RESAMPLING "
    "(LAYOUT=COG)'>" RESAMPLING_VALUES "</Option>"
    "<Option name='OVERVIEW_COMPRESS' type='string-select' "
    "description='Compression method of overviews, by default that of "
    "COMPRESS (LAYOUT=COG)'/>"
    "<Option name='OVERVIEW_QUALITY' type='int' min='1' max='100' "
    "description='QUALITY of overviews (LAYOUT=COG)'/>"
    "<Option name='OVERVIEW_PREDICTOR' type='string-select' "
    "description='PREDICTOR of overviews, by default that of the raster "
    "(LAYOUT=COG)'>"
    "<Value>YES</Value><Value>NO</Value><Value>STANDARD</Value>"
    "<Value>FLOATING_POINT</Value><Value>1</Value><Value>2</Value>"
    "<Value>3</Value></Option>"
    "<Option name='TILING_SCHEME' type='string-select' default='CUSTOM' "
    "description='Only CUSTOM, that of the source (LAYOUT=COG)'>"
    "<Value>CUSTOM</Value></Option>"
    "</CreationOptionList>";

static bool names(const CPLXMLNode *node, const char *name)
{
    return node->eType == CXT_Element && EQUAL(node->pszValue, "Option") &&
           EQUAL(CPLGetXMLValue(node, "name", ""), name);
}

static CPLXMLNode *find_option(const CPLXMLNode *list, const char *name)
{
    CPLXMLNode *node = list != NULL ? list->psChild : NULL;
    while (node != NULL && !names(node, name))
        node = node->psNext;
    return node;
}

/** A driver's creation option list, to be freed with CPLDestroyXMLNode(); NULL
 * if there is none. */
static CPLXMLNode *list_of(const char *name)
{
    const GDALDriverH driver = GDALGetDriverByName(name);
    const char *text =
        driver != NULL
            ? GDALGetMetadataItem(driver, GDAL_DMD_CREATIONOPTIONLIST, NULL)
            : NULL;
    return text != NULL ? CPLParseXMLString(text) : NULL;
}

char **option_list_compressions(void)
{
    char **list = CSLAddString(NULL, "NONE");
    list = CSLAddString(list, "DEFLATE");
    list = CSLAddString(list, "LZW");
    list = CSLAddString(list, "PACKBITS");
    if (codec_zstd_available())
        list = CSLAddString(list, "ZSTD");
    CPLXMLNode *gtiff = list_of("GTiff");
    const CPLXMLNode *option = find_option(gtiff, "COMPRESS");
    for (const CPLXMLNode *node = option != NULL ? option->psChild : NULL;
         node != NULL; node = node->psNext) {
        const char *value = CPLGetXMLValue(node, "", "");
        if (EQUAL(node->pszValue, "Value") && CSLFindString(list, value) < 0)
            list = CSLAddString(list, value);
    }
    CPLDestroyXMLNode(gtiff);
    return list;
}

/** Moves an option from @p gtiff to @p own, which does not have it. */
static void move_option(CPLXMLNode *gtiff, CPLXMLNode *own, const char *name)
{
    CPLXMLNode *option = find_option(gtiff, name);
    if (option == NULL || find_option(own, name) != NULL ||
        !CPLRemoveXMLChild(gtiff, option))
        return;
    if (CPLGetXMLNode(option, "description") == NULL)
        CPLAddXMLAttributeAndValue(option, "description", "As GTiff's");
    CPLAddXMLChild(own, option);
}

/** All that is offered, to be freed with CPLDestroyXMLNode(). */
static CPLXMLNode *offered_list(void)
{
    CPLXMLNode *own = CPLParseXMLString(own_options);
    CPLXMLNode *gtiff = list_of("GTiff");
    char **compressions = option_list_compressions();
    for (int i = 0; compressions[i] != NULL; i++) {
        CPLCreateXMLElementAndValue(find_option(own, "COMPRESS"), "Value",
                                    compressions[i]);
        CPLCreateXMLElementAndValue(find_option(own, "OVERVIEW_COMPRESS"),
                                    "Value", compressions[i]);
    }
    if (gtiff != NULL) {
        for (int i = 0; i < FOR_CODEC; i++)
            move_option(gtiff, own, for_codec[i].name);
        for (int i = 0; for_tags[i] != NULL; i++)
            move_option(gtiff, own, for_tags[i]);
    }
    CSLDestroy(compressions);
    CPLDestroyXMLNode(gtiff);
    return own;
}

char *option_list_xml(void)
{
    CPLXMLNode *offered = offered_list();
    char *xml = CPLSerializeXMLTree(offered);
    CPLDestroyXMLNode(offered);
    return xml;
}

static char **copy_option(char **to, CSLConstList from, const char *name)
{
    const char *value = CSLFetchNameValue(from, name);
    return value != NULL ? CSLSetNameValue(to, name, value) : to;
}

char **option_list_for_tags(CSLConstList list)
{
    char **found = NULL;
    for (int i = 0; for_tags[i] != NULL; i++)
        found = copy_option(found, list, for_tags[i]);
    return found;
}

char **option_list_for_codec(CSLConstList list)
{
    char **found = NULL;
    for (int i = 0; i < FOR_CODEC; i++)
        found = copy_option(found, list, for_codec[i].name);
    return found;
}

static bool concerns(int option, const char *compress)
{
    return CSLFindString((CSLConstList)for_codec[option].compress, compress) >=
           0;
}

void option_list_warn_of_idle(CSLConstList list, const char *compress)
{
    for (int i = 0; i < FOR_CODEC; i++)
        if (CSLFetchNameValue(list, for_codec[i].name) != NULL &&
            !concerns(i, compress))
            CPLError(CE_Warning, CPLE_AppDefined,
                     "ROWBAND: %s has no effect with COMPRESS=%s",
                     for_codec[i].name, compress);
}

static bool refuse(const char *name, const char *instead, Status *status)
{
    return status_fail(status, STATUS_UNSUPPORTED,
                       "creation option %s is not supported%s", name, instead);
}

bool option_list_refuse(CSLConstList list, Status *status)
{
    for (int i = 0; i < REFUSED; i++) {
        const char *value = CSLFetchNameValue(list, refused[i].name);
        if (value != NULL && CPLTestBool(value))
            return refuse(refused[i].name, refused[i].instead, status);
    }
    CPLXMLNode *offered = offered_list();
    CPLXMLNode *gtiff = list_of("GTiff");
    CPLXMLNode *cog = list_of("COG");
    bool ok = true;
    /* What later GDALs add to their drivers is not passed over in silence. */
    for (int i = 0; ok && list != NULL && list[i] != NULL; i++) {
        char *name = NULL;
        CPLParseNameValue(list[i], &name);
        bool known = name == NULL || find_option(offered, name) != NULL ||
                     (find_option(gtiff, name) == NULL &&
                      find_option(cog, name) == NULL);
        for (int j = 0; !known && j < REFUSED; j++)
            known = EQUAL(name, refused[j].name);
        ok = known || refuse(name, "", status);
        CPLFree(name);
    }
    CPLDestroyXMLNode(cog);
    CPLDestroyXMLNode(gtiff);
    CPLDestroyXMLNode(offered);
    return ok;
}
