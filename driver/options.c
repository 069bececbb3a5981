/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cpl_conv.h"
#include "cpl_multiproc.h"
#include "cpl_string.h"
#include "cpl_vsi.h"
#include "gdal_codec.h"

/* GTiff's options that change tags and nothing else. */
static const char *const passed_on[] = {"ALPHA",
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
                                        "TFW",
                                        "TIFFTAG_TRANSFERFUNCTION_BLUE",
                                        "TIFFTAG_TRANSFERFUNCTION_GREEN",
                                        "TIFFTAG_TRANSFERFUNCTION_RED",
                                        "TIFFTAG_TRANSFERRANGE_BLACK",
                                        "TIFFTAG_TRANSFERRANGE_WHITE",
                                        "WORLDFILE",
                                        NULL};

/* GTiff's options that would change pixels or layout and that we lack. */
static const char *const refused[] = {
    "APPEND_SUBDATASET", "COPY_SRC_OVERVIEWS",
    "DISCARD_LSB",       "JPEGTABLESMODE",
    "JPEG_QUALITY",      "JXL_ALPHA_DISTANCE",
    "JXL_DISTANCE",      "JXL_EFFORT",
    "JXL_LOSSLESS",      "LZMA_PRESET",
    "MAX_Z_ERROR",       "MAX_Z_ERROR_OVERVIEW",
    "STREAMABLE_OUTPUT", "WEBP_LEVEL",
    "WEBP_LOSSLESS",     NULL};

static const char options_before_compress[] =
    "<CreationOptionList>"
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
    "description='Compression method'>"
    "<Value>NONE</Value><Value>DEFLATE</Value>";

static const char options_zstd_level[] =
    "<Option name='ZSTD_LEVEL' type='int' min='1' max='22' default='9' "
    "description='ZSTD compression level, 1 (fast) to 22 (slow)'/>";

static const char options_after_compress[] =
    "<Option name='ZLEVEL' type='int' min='1' max='12' default='6' "
    "description='DEFLATE compression level as libdeflate counts, 1 (fast) to "
    "12 (slow); levels 6 to 9 of the GTiff driver are 7 to 10 here'/>"
    "<Option name='PREDICTOR' type='string-select' default='1' "
    "description='Predictor for DEFLATE and ZSTD'>"
    "<Value>1</Value>"
    "<Value>2</Value>"
    "<Value>3</Value>"
    "<Value>NO</Value><Value>STANDARD</Value><Value>FLOATING_POINT</Value>"
    "<Value>YES</Value></Option>"
    "<Option name='INTERLEAVE' type='string-select' default='PIXEL' "
    "description='Whether a tile holds all bands or one'>"
    "<Value>PIXEL</Value><Value>BAND</Value></Option>"
    "<Option name='BIGTIFF' type='string-select' default='IF_NEEDED' "
    "description='BigTIFF or classic TIFF; IF_NEEDED: BigTIFF if the finished "
    "file would not fit a classic one'>"
    "<Value>YES</Value><Value>NO</Value><Value>IF_NEEDED</Value></Option>"
    "<Option name='SPARSE_OK' type='boolean' default='NO' description='Leave "
    "out tiles that hold only nodata, or zero if there is no nodata value'/>"
    "<Option name='NAN_TO_NODATA' type='boolean' default='NO' "
    "description='Replace NaN by the nodata value, if that is finite'/>"
    "<Option name='NBITS' type='int' min='1' max='31' description='Bits per "
    "sample, if fewer than the data type has: 1-7 for Byte, 9-15 for UInt16, "
    "17-31 for UInt32, 16 for Float32'/>"
    "<Option name='PHOTOMETRIC' type='string-select' description='Photometric "
    "interpretation; by default what the source suggests'>"
    "<Value>MINISBLACK</Value><Value>MINISWHITE</Value><Value>PALETTE</Value>"
    "<Value>RGB</Value><Value>CMYK</Value><Value>CIELAB</Value>"
    "<Value>ICCLAB</Value><Value>ITULAB</Value></Option>"
    "<Option name='ALPHA' type='string-select' description='Mark the first "
    "extra band as alpha; by default as the source has "
    "it'><Value>NON-PREMULTIPLIED</Value>"
    "<Value>PREMULTIPLIED</Value><Value>NO</Value><Value>YES</Value>"
    "<Value>UNSPECIFIED</Value></Option>"
    "<Option name='PROFILE' type='string-select' default='GDALGeoTIFF' "
    "description='Which tags beyond plain TIFF to write'>"
    "<Value>GDALGeoTIFF</Value><Value>GeoTIFF</Value><Value>BASELINE</Value>"
    "</Option>"
    "<Option name='PIXELTYPE' type='string' description='SIGNEDBYTE: Byte "
    "samples are signed (before GDAL 3.7)'/>"
    "<Option name='TFW' type='boolean' default='NO' description='Write a .tfw "
    "world file'/>"
    "<Option name='WORLDFILE' type='boolean' default='NO' description='Write "
    "a .wld world file'/>"
    "<Option name='RPB' type='boolean' default='NO' description='Write an "
    ".RPB file with RPC'/>"
    "<Option name='RPCTXT' type='boolean' default='NO' description='Write an "
    "_RPC.TXT file with RPC'/>"
    "<Option name='SOURCE_ICC_PROFILE' type='string' description='ICC "
    "profile, base64 encoded'/>"
    "<Option name='SOURCE_PRIMARIES_RED' type='string' description='x,y,1.0 "
    "(xyY) red chromaticity'/>"
    "<Option name='SOURCE_PRIMARIES_GREEN' type='string' description='x,y,1.0 "
    "(xyY) green chromaticity'/>"
    "<Option name='SOURCE_PRIMARIES_BLUE' type='string' description='x,y,1.0 "
    "(xyY) blue chromaticity'/>"
    "<Option name='SOURCE_WHITEPOINT' type='string' description='x,y,1.0 "
    "(xyY) whitepoint'/>"
    "<Option name='TIFFTAG_TRANSFERFUNCTION_RED' type='string' "
    "description='Transfer function for red'/>"
    "<Option name='TIFFTAG_TRANSFERFUNCTION_GREEN' type='string' "
    "description='Transfer function for green'/>"
    "<Option name='TIFFTAG_TRANSFERFUNCTION_BLUE' type='string' "
    "description='Transfer function for blue'/>"
    "<Option name='TIFFTAG_TRANSFERRANGE_BLACK' type='string' "
    "description='Transfer range for black'/>"
    "<Option name='TIFFTAG_TRANSFERRANGE_WHITE' type='string' "
    "description='Transfer range for white'/>"
    "<Option name='GEOTIFF_KEYS_FLAVOR' type='string-select' "
    "default='STANDARD' description='Which flavour of GeoTIFF keys to write'>"
    "<Value>STANDARD</Value><Value>ESRI_PE</Value></Option>"
    "<Option name='GEOTIFF_VERSION' type='string-select' default='AUTO' "
    "description='Which version of GeoTIFF to follow'>"
    "<Value>AUTO</Value><Value>1.0</Value><Value>1.1</Value></Option>"
    "</CreationOptionList>";

char *options_xml(void)
{
    const bool zstd = codec_zstd_available();
    const char *const parts[] = {options_before_compress,
                                 zstd ? "<Value>ZSTD</Value>" : "",
                                 "</Option>",
                                 zstd ? options_zstd_level : "",
                                 options_after_compress,
                                 NULL};
    size_t nbytes = 1;
    for (int i = 0; parts[i] != NULL; i++)
        nbytes += strlen(parts[i]);
    char *xml = CPLCalloc(nbytes, 1);
    for (int i = 0; parts[i] != NULL; i++)
        strcat(xml, parts[i]);
    return xml;
}

static bool bad_value(const char *name, const char *value, const char *wanted,
                      Status *status)
{
    return status_fail(status, STATUS_INVALID, "%s=%s: %s expected", name,
                       value, wanted);
}

/** A whole number, or @p otherwise if the option is not given. */
static bool parse_int(CSLConstList list, const char *name, int least,
                      int greatest, int otherwise, int *number, Status *status)
{
    const char *value = CSLFetchNameValue(list, name);
    *number = otherwise;
    if (value == NULL)
        return true;
    char *end;
    errno = 0;
    const long parsed = strtol(value, &end, 10);
    if (end == value || *end != '\0' || errno != 0 || parsed < least ||
        parsed > greatest)
        return bad_value(
            name, value,
            greatest == INT_MAX
                ? CPLSPrintf("a whole number from %d on", least)
                : CPLSPrintf("a whole number from %d to %d", least, greatest),
            status);
    *number = (int)parsed;
    return true;
}

static bool parse_bool(CSLConstList list, const char *name, bool otherwise,
                       bool *flag, Status *status)
{
    const char *value = CSLFetchNameValue(list, name);
    *flag = otherwise;
    if (value == NULL)
        return true;
    static const char *const yes[] = {"YES", "TRUE", "ON", "1", NULL};
    static const char *const no[] = {"NO", "FALSE", "OFF", "0", NULL};
    *flag = CSLFindString((CSLConstList)yes, value) >= 0;
    return *flag || CSLFindString((CSLConstList)no, value) >= 0 ||
           bad_value(name, value, "YES or NO", status);
}

/** The position of an option's value in @p values, or @p otherwise if it is
 * not given. */
static bool parse_choice(CSLConstList list, const char *name,
                         const char *const *values, int otherwise, int *choice,
                         Status *status)
{
    const char *value = CSLFetchNameValue(list, name);
    *choice = otherwise;
    if (value == NULL)
        return true;
    *choice = CSLFindString((CSLConstList)values, value);
    if (*choice >= 0)
        return true;
    char *all = CPLStrdup(values[0]);
    for (int i = 1; values[i] != NULL; i++) {
        char *longer = CPLStrdup(CPLSPrintf("%s, %s", all, values[i]));
        CPLFree(all);
        all = longer;
    }
    bad_value(name, value, CPLSPrintf("one of %s", all), status);
    CPLFree(all);
    return false;
}

static bool parse_budget(CSLConstList list, uint64_t *nbytes, Status *status)
{
    const char *value = CSLFetchNameValueDef(list, "BUDGET", "256M");
    char *end;
    double number = CPLStrtod(value, &end);
    static const char units[] = "KMG";
    const char *unit =
        *end != '\0' ? strchr(units, toupper((unsigned char)*end)) : NULL;
    if (*end == '%') {
        number *= (double)CPLGetUsablePhysicalRAM() / 100;
        end++;
    } else if (unit != NULL) {
        number *= (double)((uint64_t)1 << (10 * (unit - units + 1)));
        end++;
        if (toupper((unsigned char)*end) == 'B')
            end++;
    }
    if (end == value || *end != '\0' || !(number >= 1) || number > 1e18)
        return bad_value("BUDGET", value,
                         "bytes, with suffix K, M or G, or a percentage",
                         status);
    *nbytes = (uint64_t)number;
    return true;
}

static bool parse_threads(CSLConstList list, int *threads, Status *status)
{
    const char *value = CSLFetchNameValue(list, "NUM_THREADS");
    if (value == NULL || EQUAL(value, "ALL_CPUS")) {
        *threads = CPLGetNumCPUs();
        return true;
    }
    return parse_int(list, "NUM_THREADS", 1, 1024, 1, threads, status);
}

static bool parse_blocks(CSLConstList list, Options *options, Status *status)
{
    if (!parse_bool(list, "TILED", true, &options->tiled, status) ||
        !parse_int(list, "BLOCKXSIZE", 1, INT_MAX, 512, &options->block_width,
                   status) ||
        !parse_int(list, "BLOCKYSIZE", 1, INT_MAX, options->tiled ? 512 : 256,
                   &options->block_height, status))
        return false;
    if (!options->tiled)
        return true;
    /* TIFF 6.0 section 15: TileWidth and TileLength are multiples of 16. */
    if (options->block_width % 16 != 0)
        return bad_value("BLOCKXSIZE", CPLSPrintf("%d", options->block_width),
                         "a multiple of 16", status);
    if (options->block_height % 16 != 0)
        return bad_value("BLOCKYSIZE", CPLSPrintf("%d", options->block_height),
                         "a multiple of 16", status);
    return true;
}

static bool parse_compression(CSLConstList list, Options *options,
                              Status *status)
{
    static const char *const names[] = {"NONE", "DEFLATE", "ZSTD", NULL};
    static const Codec *const codecs[] = {&codec_none, &codec_deflate,
                                          &codec_zstd};
    static const char *const predictors[] = {
        "YES", "1", "2", "3", "NO", "STANDARD", "FLOATING_POINT", NULL};
    static const int predictor_values[] = {PREDICTOR_BY_TYPE, 1, 2, 3, 1, 2, 3};
    int codec, predictor, zlevel, zstd_level;
    if (!parse_choice(list, "COMPRESS", names, 1, &codec, status) ||
        !parse_choice(list, "PREDICTOR", predictors, 1, &predictor, status) ||
        !parse_int(list, "ZLEVEL", 1, 12, 6, &zlevel, status) ||
        !parse_int(list, "ZSTD_LEVEL", 1, 22, 9, &zstd_level, status))
        return false;
    options->codec = codecs[codec];
    if (options->codec == &codec_zstd && !codec_zstd_available())
        return status_fail(status, STATUS_UNSUPPORTED,
                           "COMPRESS=ZSTD: this GDAL was built without zstd");
    options->level = options->codec == &codec_zstd ? zstd_level : zlevel;
    options->predictor = predictor_values[predictor];
    return true;
}

static bool parse_layout(CSLConstList list, Options *options, Status *status)
{
    static const char *const interleaves[] = {"PIXEL", "BAND", NULL};
    static const char *const bigtiffs[] = {"NO", "YES", "IF_NEEDED", NULL};
    int interleave, bigtiff;
    if (!parse_choice(list, "INTERLEAVE", interleaves, 0, &interleave,
                      status) ||
        !parse_choice(list, "BIGTIFF", bigtiffs, BIGTIFF_IF_NEEDED, &bigtiff,
                      status))
        return false;
    /* GDALDriver::CreateCopy() adds the source's INTERLEAVE where the list
     * has no COMPRESS, taking that for uncompressed, which here it is not. */
    options->planar =
        interleave == 1 &&
        CSLFetchNameValue(list, "@INTERLEAVE_ADDED_AUTOMATICALLY") == NULL;
    options->bigtiff = (BigTiff)bigtiff;
    return parse_bool(list, "SPARSE_OK", false, &options->sparse_ok, status) &&
           parse_bool(list, "NAN_TO_NODATA", false, &options->nan_to_nodata,
                      status);
}

static bool refuse_what_is_lacking(CSLConstList list, Status *status)
{
    for (int i = 0; refused[i] != NULL; i++)
        if (CSLFetchNameValue(list, refused[i]) != NULL)
            return status_fail(status, STATUS_UNSUPPORTED,
                               "creation option %s is not supported",
                               refused[i]);
    const char *endianness = CSLFetchNameValue(list, "ENDIANNESS");
    if (endianness != NULL && !EQUAL(endianness, "NATIVE") &&
        !EQUAL(endianness, "LITTLE"))
        return status_fail(status, STATUS_UNSUPPORTED,
                           "ENDIANNESS=%s is not supported: only little-endian "
                           "files are written",
                           endianness);
    return true;
}

bool options_parse(Options *options, CSLConstList list, Status *status)
{
    memset(options, 0, sizeof *options);
    for (int i = 0; passed_on[i] != NULL; i++) {
        const char *value = CSLFetchNameValue(list, passed_on[i]);
        if (value != NULL)
            options->gtiff =
                CSLSetNameValue(options->gtiff, passed_on[i], value);
    }
    return refuse_what_is_lacking(list, status) &&
           parse_budget(list, &options->budget_nbytes, status) &&
           parse_threads(list, &options->threads, status) &&
           parse_blocks(list, options, status) &&
           parse_compression(list, options, status) &&
           parse_layout(list, options, status);
}

void options_free(Options *options)
{
    CSLDestroy(options->gtiff);
    options->gtiff = NULL;
}
