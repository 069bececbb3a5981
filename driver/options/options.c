/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cpl_conv.h"
#include "cpl_multiproc.h"
#include "cpl_string.h"
#include "cpl_vsi.h"
#include "gtiff_codec.h"
#include "option_list.h"
#include "option_value.h"
#include "read_ahead.h"
#include "zstd_codec.h"

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
        return option_bad_value("BUDGET", value,
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
    return option_int(list, "NUM_THREADS", 1, 1024, 1, threads, status);
}

static bool parse_read_threads(CSLConstList list, int *threads, Status *status)
{
    *threads = 0;
    return EQUAL(CSLFetchNameValueDef(list, "READ_THREADS", "AUTO"), "AUTO") ||
           option_int(list, "READ_THREADS", 1, READERS_MAX, 1, threads, status);
}

/** @return whether what is said of blocks is said of strips, as rasterio does
 * in a source's profile: their height alone, or as wide as the raster what no
 * tile can be. GTiff takes it so, too. */
static bool are_strips(CSLConstList list, int raster_width)
{
    const char *width = CSLFetchNameValue(list, "BLOCKXSIZE");
    const char *height = CSLFetchNameValue(list, "BLOCKYSIZE");
    if (width == NULL || height == NULL)
        return height != NULL;
    return atoi(width) == raster_width &&
           (raster_width % 16 != 0 || atoi(height) % 16 != 0);
}

static bool parse_blocks(CSLConstList list, int raster_width, Options *options,
                         Status *status)
{
    const bool tiled = !are_strips(list, raster_width);
    if (!option_bool(list, "TILED", tiled, &options->tiled, status) ||
        !option_int(list, "BLOCKXSIZE", 1, INT_MAX, 512, &options->block_width,
                    status) ||
        !option_int(list, "BLOCKYSIZE", 1, INT_MAX, options->tiled ? 512 : 256,
                    &options->block_height, status))
        return false;
    if (!options->tiled)
        return true;
    /* TIFF 6.0 section 15: TileWidth and TileLength are multiples of 16. */
    if (options->block_width % 16 != 0)
        return option_bad_value("BLOCKXSIZE",
                                CPLSPrintf("%d", options->block_width),
                                "a multiple of 16", status);
    if (options->block_height % 16 != 0)
        return option_bad_value("BLOCKYSIZE",
                                CPLSPrintf("%d", options->block_height),
                                "a multiple of 16", status);
    return true;
}

/** The codec that does it, or GTiff for all that we have none for. */
static const Codec *codec_by_name(const char *compress)
{
    static const Codec *const own[] = {&codec_none, &codec_deflate, &codec_lzw,
                                       &codec_packbits, &codec_zstd};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (EQUAL(own[i]->name, compress))
            return own[i];
    return &codec_gtiff;
}

static bool parse_codec(CSLConstList list, Options *options, Status *status)
{
    char **names = option_list_compressions();
    const int deflate = CSLFindString(names, codec_deflate.name);
    int chosen;
    const bool ok = option_choice(list, "COMPRESS", (const char *const *)names,
                                  deflate, &chosen, status);
    if (ok)
        options->compress = CPLStrdup(names[chosen]);
    CSLDestroy(names);
    return ok;
}

static bool parse_predictor(CSLConstList list, Options *options, Status *status)
{
    static const char *const names[] = {
        "AUTO", "YES", "1", "2", "3", "NO", "STANDARD", "FLOATING_POINT", NULL};
    static const int values[] = {
        PREDICTOR_AUTO, PREDICTOR_BY_TYPE, 1, 2, 3, 1, 2, 3};
    int chosen;
    if (!option_choice(list, "PREDICTOR", names, 2, &chosen, status))
        return false;
    options->predictor = values[chosen];
    return true;
}

static bool parse_compression(CSLConstList list, Options *options,
                              Status *status)
{
    int zlevel, zstd_level;
    if (!parse_codec(list, options, status) ||
        !parse_predictor(list, options, status) ||
        !option_int(list, "ZLEVEL", 1, 12, 6, &zlevel, status) ||
        !option_int(list, "ZSTD_LEVEL", 1, 22, 9, &zstd_level, status))
        return false;
    options->codec = codec_by_name(options->compress);
    options->level = options->codec == &codec_zstd ? zstd_level : zlevel;
    return true;
}

static bool parse_layout(CSLConstList list, Options *options, Status *status)
{
    static const char *const interleaves[] = {"PIXEL", "BAND", NULL};
    static const char *const bigtiffs[] = {"NO", "YES", "IF_NEEDED", "IF_SAFER",
                                           NULL};
    int interleave, bigtiff;
    if (!option_choice(list, "INTERLEAVE", interleaves, 0, &interleave,
                       status) ||
        !option_choice(list, "BIGTIFF", bigtiffs, BIGTIFF_IF_NEEDED, &bigtiff,
                       status))
        return false;
    /* GDALDriver::CreateCopy() adds the source's INTERLEAVE where the list
     * has no COMPRESS, taking that for uncompressed, which here it is not. */
    options->planar =
        interleave == 1 &&
        CSLFetchNameValue(list, "@INTERLEAVE_ADDED_AUTOMATICALLY") == NULL;
    options->bigtiff = (BigTiff)bigtiff;
    return true;
}

static bool parse_samples(CSLConstList list, Options *options, Status *status)
{
    const char *discard = CSLFetchNameValue(list, "DISCARD_LSB");
    options->discard_lsb = discard != NULL ? CPLStrdup(discard) : NULL;
    return option_bool(list, "SPARSE_OK", false, &options->sparse_ok, status) &&
           option_bool(list, "NAN_TO_NODATA", false, &options->nan_to_nodata,
                       status) &&
           option_bool(list, "STATISTICS", false, &options->statistics,
                       status) &&
           option_bool(list, "CRS_IDENTIFY", false, &options->crs_identify,
                       status) &&
           option_bool(list, "FSYNC", false, &options->fsync, status);
}

static bool check_endianness(CSLConstList list, Status *status)
{
    const char *endianness = CSLFetchNameValueDef(list, "ENDIANNESS", "NATIVE");
    return EQUAL(endianness, "NATIVE") || EQUAL(endianness, "LITTLE") ||
           status_fail(status, STATUS_UNSUPPORTED,
                       "ENDIANNESS=%s is not supported: only little-endian "
                       "files are written",
                       endianness);
}

bool options_parse(Options *options, CSLConstList list, int raster_width,
                   Status *status)
{
    memset(options, 0, sizeof *options);
    options->for_tags = option_list_for_tags(list);
    options->for_codec = option_list_for_codec(list);
    return check_endianness(list, status) &&
           parse_budget(list, &options->budget_nbytes, status) &&
           parse_threads(list, &options->threads, status) &&
           parse_read_threads(list, &options->read_threads, status) &&
           parse_blocks(list, raster_width, options, status) &&
           parse_compression(list, options, status) &&
           parse_layout(list, options, status) &&
           parse_samples(list, options, status);
}

void options_free(Options *options)
{
    CSLDestroy(options->for_tags);
    CSLDestroy(options->for_codec);
    CPLFree(options->compress);
    CPLFree(options->discard_lsb);
    memset(options, 0, sizeof *options);
}
