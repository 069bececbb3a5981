/* SPDX-License-Identifier: MIT */
#include "option_list.h"

#include <string.h>

#include "cpl_conv.h"
#include "cpl_error.h"
#include "cpl_minixml.h"
#include "cpl_string.h"
#include "gdal.h"
#include "zstd_codec.h"

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

/* Ours, with what they mean here: help in a terminal, and in QGIS. */
static const char own_options[] =
    "<CreationOptionList>"
    "<Option name='LAYOUT' type='string-select' default='GTIFF' "
    "description='GTIFF: a GeoTIFF. COG: a Cloud Optimized GeoTIFF, with "
    "overviews'>"
    "<Value>GTIFF</Value><Value>COG</Value></Option>"
    "<Option name='BUDGET' type='string' default='256M' description='Memory "
    "that the operation may use: bytes, or with K, M or G after the number, "
    "or a percentage of the memory of the machine, as 10%'/>"
    "<Option name='NUM_THREADS' type='string' default='ALL_CPUS' "
    "description='Number of threads that compress, or ALL_CPUS'/>"
    "<Option name='READ_THREADS' type='string' default='AUTO' "
    "description='Number of threads that read and decode the source. AUTO: "
    "one, and more while compression waits for them, up to NUM_THREADS'/>"
    "<Option name='TILED' type='boolean' default='YES' description='YES: "
    "tiles. NO: strips as wide as the raster, which is the default where "
    "BLOCKYSIZE is given alone'/>"
    "<Option name='BLOCKXSIZE' type='int' min='16' default='512' "
    "description='Tile width in pixels, a multiple of 16; of no effect on "
    "strips'/>"
    "<Option name='BLOCKYSIZE' type='int' min='1' default='512' "
    "description='Tile height in pixels, a multiple of 16; or rows of a "
    "strip, any number, by default 256'/>"
    "<Option name='COMPRESS' type='string-select' default='DEFLATE' "
    "description='Compression method. NONE, DEFLATE, LZW, PACKBITS, ZSTD and "
    "LZMA keep every pixel as it is, LERC too unless MAX_Z_ERROR is given; "
    "JPEG changes pixels, WEBP and JXL unless told not to; the CCITT ones "
    "are for one bit per pixel'/>"
    "<Option name='ZLEVEL' type='int' min='1' max='12' default='6' "
    "description='Level of DEFLATE, 1 (fast) to 12 (slow, smallest). Levels "
    "6 to 9 of the GTiff driver are 7 to 10 here, but not with LERC_DEFLATE, "
    "where it is GTiff that compresses'/>"
    "<Option name='PREDICTOR' type='string-select' default='1' "
    "description='Compress differences of neighbouring pixels, which makes "
    "most rasters smaller; with DEFLATE, LZW and ZSTD. YES: the usual one, "
    "that is 2 for integers and 3 for floats. AUTO: the one that makes the "
    "first tile smallest. 1, NO: none. 2, STANDARD: any data type but "
    "complex. 3, FLOATING_POINT: floats only'>"
    "<Value>1</Value><Value>2</Value><Value>3</Value><Value>NO</Value>"
    "<Value>STANDARD</Value><Value>FLOATING_POINT</Value>"
    "<Value>YES</Value><Value>AUTO</Value></Option>"
    "<Option name='INTERLEAVE' type='string-select' default='PIXEL' "
    "description='PIXEL: each tile holds all bands. BAND: each band has its "
    "own tiles'>"
    "<Value>PIXEL</Value><Value>BAND</Value></Option>"
    "<Option name='BIGTIFF' type='string-select' default='IF_NEEDED' "
    "description='BigTIFF, which files of more than 4 GB need, or classic "
    "TIFF. IF_NEEDED: as the size of the finished file demands. IF_SAFER: "
    "BigTIFF also if the pixels have more than 2 GB before compression'>"
    "<Value>YES</Value><Value>NO</Value><Value>IF_NEEDED</Value>"
    "<Value>IF_SAFER</Value></Option>"
    "<Option name='SPARSE_OK' type='boolean' default='NO' description='Leave "
    "out tiles that hold only nodata, or zero if there is no nodata value. "
    "GDAL reads such files; not every program does'/>"
    "<Option name='DISCARD_LSB' type='string' description='Number of least "
    "significant bits to round off, for smaller files of less precision: one "
    "number, or one for each band with commas between'/>"
    "<Option name='NAN_TO_NODATA' type='boolean' default='NO' "
    "description='Replace NaN by the nodata value, if there is one and it is "
    "finite'/>"
    "<Option name='STATISTICS' type='boolean' default='NO' "
    "description='Store minimum, maximum, mean and standard deviation of "
    "each band, computed while the pixels pass'/>"
    "<Option name='CRS_IDENTIFY' type='boolean' default='NO' description='If "
    "the coordinate reference system has no code, such as EPSG:32611, look "
    "up which one it is'/>"
    "<Option name='FSYNC' type='boolean' default='NO' description='Wait until "
    "the file is on the disk, where not even a crash of the machine loses it, "
    "before saying that it is done'/>"
    "<Option name='ENDIANNESS' type='string-select' default='LITTLE' "
    "description='Byte order of the file: always little-endian'>"
    "<Value>NATIVE</Value><Value>LITTLE</Value></Option>"
    "<Option name='BLOCKSIZE' type='int' min='16' default='512' "
    "description='LAYOUT=COG: width and height of tiles in pixels, a "
    "multiple of 16'/>"
    "<Option name='LEVEL' type='int' description='LAYOUT=COG: compression "
    "level, in place of ZLEVEL, ZSTD_LEVEL or LZMA_PRESET'/>"
    "<Option name='QUALITY' type='int' min='1' max='100' "
    "description='LAYOUT=COG: quality of JPEG or WEBP, 100 is best; WEBP of "
    "100 is without loss'/>"
    "<Option name='OVERVIEWS' type='string-select' default='AUTO' "
    "description='LAYOUT=COG: AUTO and IGNORE_EXISTING make overviews out of "
    "the pixels, whatever the source has. NONE: no overviews'>"
    "<Value>AUTO</Value><Value>IGNORE_EXISTING</Value>"
    "<Value>NONE</Value></Option>"
    "<Option name='OVERVIEW_COUNT' type='int' min='0' "
    "description='LAYOUT=COG: number of overviews, each half as wide and as "
    "high as the one before; by default until one fits a tile'/>"
    "<Option name='RESAMPLING' type='string-select' description='LAYOUT=COG: "
    "how overviews are computed; by default CUBIC, or NEAREST if there is a "
    "colour table'>" RESAMPLING_VALUES "</Option>"
    "<Option name='OVERVIEW_RESAMPLING' type='string-select' "
    "description='LAYOUT=COG: as RESAMPLING; of the two, this one "
    "counts'>" RESAMPLING_VALUES "</Option>"
    "<Option name='OVERVIEW_COMPRESS' type='string-select' "
    "description='LAYOUT=COG: compression method of overviews, by default "
    "that of COMPRESS'/>"
    "<Option name='OVERVIEW_QUALITY' type='int' min='1' max='100' "
    "description='LAYOUT=COG: quality of overviews, by default that of "
    "QUALITY'/>"
    "<Option name='OVERVIEW_PREDICTOR' type='string-select' "
    "description='LAYOUT=COG: predictor of overviews, by default that of "
    "PREDICTOR'>"
    "<Value>YES</Value><Value>NO</Value><Value>STANDARD</Value>"
    "<Value>FLOATING_POINT</Value><Value>1</Value><Value>2</Value>"
    "<Value>3</Value></Option>"
    "<Option name='TILING_SCHEME' type='string-select' default='CUSTOM' "
    "description='LAYOUT=COG: only CUSTOM, the grid of the source'>"
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

/* What GTiff leaves without a description. */
static const struct {
    const char *name, *text;
} described[] = {
    {"PHOTOMETRIC", "How the first bands make a colour"},
    {"PIXELTYPE", "SIGNEDBYTE: bytes are from -128 to 127"},
    {"PROFILE",
     "What of the metadata is in the file; the rest is beside it, in "
     ".aux.xml. GDALGeoTIFF: all. GeoTIFF: what GeoTIFF has tags "
     "for. BASELINE: nothing"},
};
enum { DESCRIBED = sizeof described / sizeof *described };

static const char *description_of(const char *name)
{
    for (int i = 0; i < DESCRIBED; i++)
        if (EQUAL(name, described[i].name))
            return described[i].text;
    return "As in the GTiff driver";
}

/** Moves an option from @p gtiff to @p own, which does not have it. */
static void move_option(CPLXMLNode *gtiff, CPLXMLNode *own, const char *name)
{
    CPLXMLNode *option = find_option(gtiff, name);
    if (option == NULL || find_option(own, name) != NULL ||
        !CPLRemoveXMLChild(gtiff, option))
        return;
    if (CPLGetXMLNode(option, "description") == NULL)
        CPLAddXMLAttributeAndValue(option, "description", description_of(name));
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
