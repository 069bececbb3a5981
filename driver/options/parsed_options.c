/* SPDX-License-Identifier: MIT */
#include "parsed_options.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "cpl_conv.h"
#include "cpl_multiproc.h"
#include "cpl_string.h"
#include "cpl_vsi.h"
#include "option_refuse.h"
#include "option_value.h"

enum { STRIP_ROWS = 256 };

/** The list less what GDAL added to it. GDALDriver::CreateCopy() adds the
 * source's INTERLEAVE where the list has no COMPRESS, taking that for
 * uncompressed, which here it is not. */
static char **said_by_user(CSLConstList list)
{
    char **said = CSLDuplicate(list);
    return CSLFetchNameValue(list, "@INTERLEAVE_ADDED_AUTOMATICALLY") != NULL
               ? CSLSetNameValue(said, "INTERLEAVE", NULL)
               : said;
}

static bool parse_budget(CSLConstList list, uint64_t *nbytes, Status *status)
{
    const char *value = CSLFetchNameValueDef(
        list, "BUDGET", option_table_find("BUDGET")->by_default);
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

/** A number at @p text, which ends it.
 * @return false if it is none, or not from 1 to @p most */
static bool parse_number(const char *text, char end, int most, int *number)
{
    char *after;
    const long value = strtol(text, &after, 10);
    if (!isdigit((unsigned char)*text) || *after != end || value < 1 ||
        value > most)
        return false;
    *number = (int)value;
    return true;
}

static bool parse_part(CSLConstList list, Part *part, Status *status)
{
    const char *value = CSLFetchNameValue(list, "PART");
    const char *slash = value != NULL ? strchr(value, '/') : NULL;
    if (value == NULL)
        return true;
    return (slash != NULL &&
            parse_number(slash + 1, '\0', PARTS_MAX, &part->count) &&
            parse_number(value, '/', part->count, &part->number)) ||
           option_bad_value("PART", value, "I/N, the I-th of N parts, as 1/4",
                            status);
}

static bool parse_resources(CSLConstList list, ParsedOptions *options,
                            Status *status)
{
    options->threads = CPLGetNumCPUs();
    return parse_part(list, &options->part, status) &&
           parse_budget(list, &options->budget_nbytes, status) &&
           option_int(list, "NUM_THREADS", &options->threads, status) &&
           option_int(list, "READ_THREADS", &options->read_threads, status);
}

bool parsed_options_check_tiles(const ParsedOptions *options, Status *status)
{
    return option_check_multiple("BLOCKXSIZE", options->block_width, status) &&
           option_check_multiple("BLOCKYSIZE", options->block_height, status);
}

/** What is said of blocks may be said of strips, as rasterio does in a source's
 * profile: their height alone, or as wide as the raster what no tile can be.
 * GTiff takes it so, too. */
static BlockShape shape_of_blocks(CSLConstList list, int width, int height)
{
    if (CSLFetchNameValue(list, "BLOCKYSIZE") == NULL)
        return BLOCKS_TILES;
    if (CSLFetchNameValue(list, "BLOCKXSIZE") == NULL)
        return BLOCKS_STRIPS;
    return option_is_multiple("BLOCKXSIZE", width) &&
                   option_is_multiple("BLOCKYSIZE", height)
               ? BLOCKS_TILES
               : BLOCKS_BY_WIDTH;
}

static bool parse_blocks(CSLConstList list, ParsedOptions *options,
                         Status *status)
{
    bool tiled;
    if (!option_bool(list, "TILED", &tiled, status) ||
        !option_int(list, "BLOCKXSIZE", &options->block_width, status) ||
        !option_int(list, "BLOCKYSIZE", &options->block_height, status))
        return false;
    options->blocks = tiled ? BLOCKS_TILES : BLOCKS_STRIPS;
    if (CSLFetchNameValue(list, "TILED") == NULL)
        options->blocks =
            shape_of_blocks(list, options->block_width, options->block_height);
    if (options->blocks == BLOCKS_STRIPS &&
        CSLFetchNameValue(list, "BLOCKYSIZE") == NULL)
        options->block_height = STRIP_ROWS;
    return options->blocks != BLOCKS_TILES ||
           parsed_options_check_tiles(options, status);
}

static bool parse_file(CSLConstList list, ParsedOptions *options,
                       Status *status)
{
    const OptionChoice *interleave, *bigtiff, *lossless, *statistics;
    bool copy_overviews;
    const char *discard = CSLFetchNameValue(list, "DISCARD_LSB");
    options->discard_lsb = discard != NULL ? CPLStrdup(discard) : NULL;
    if (!option_choice(list, "INTERLEAVE", &interleave, status) ||
        !option_choice(list, "BIGTIFF", &bigtiff, status) ||
        !option_choice(list, "LOSSLESS_COPY", &lossless, status) ||
        !option_choice(list, "STATISTICS", &statistics, status) ||
        !option_bool(list, "COPY_SRC_OVERVIEWS", &copy_overviews, status))
        return false;
    options->overviews = copy_overviews ? OVERVIEWS_EXISTING : OVERVIEWS_NONE;
    options->interleave = (Interleave)interleave->meaning;
    options->bigtiff = (BigTiff)bigtiff->meaning;
    options->lossless_copy = lossless->meaning;
    options->statistics = statistics->meaning == STATISTICS_YES;
    options->drops_statistics = statistics->meaning == STATISTICS_NO;
    return option_bool(list, "SPARSE_OK", &options->sparse_ok, status) &&
           option_bool(list, "NAN_TO_NODATA", &options->nan_to_nodata,
                       status) &&
           option_bool(list, "NODATA_TO_MASK", &options->nodata_to_mask,
                       status) &&
           option_bool(list, "CRS_IDENTIFY", &options->crs_identify, status) &&
           option_bool(list, "FSYNC", &options->fsync, status) &&
           option_bool(list, "VERIFY", &options->verify, status) &&
           option_bool(list, "PLAN", &options->plan, status);
}

/** RESAMPLING is for what has no option of its own: beside OVERVIEW_RESAMPLING
 * it may be a method that only reprojects. */
static bool parse_method(CSLConstList list, const OptionChoice **method,
                         Status *status)
{
    const OptionChoice *shared;
    const char *value = CSLFetchNameValueDef(list, "RESAMPLING", "");
    const bool reprojects =
        option_find_choice(option_table_find("WARP_RESAMPLING"), value) != NULL;
    if (!option_choice(list, "OVERVIEW_RESAMPLING", method, status))
        return false;
    if (*method != NULL && reprojects)
        return true;
    const bool ok = option_choice(list, "RESAMPLING", &shared, status);
    if (*method == NULL)
        *method = shared;
    return ok;
}

static bool parse_overviews(CSLConstList list, ParsedOptions *options,
                            Status *status)
{
    const OptionChoice *use, *method;
    if (!option_choice(list, "OVERVIEWS", &use, status) ||
        !option_int(list, "OVERVIEW_COUNT", &options->overview_count, status) ||
        !parse_method(list, &method, status))
        return false;
    if (options->overviews != OVERVIEWS_EXISTING)
        options->overviews = use->meaning;
    options->resampling = method != NULL ? method->name : NULL;
    return true;
}

/** WEBP is of colours. The COG driver refuses COMPRESS, too. Beside another
 * codec it has overviews interleaved by pixel, but a pass over a group of bands
 * makes all levels of them. */
static bool check_webp(const ParsedOptions *options, Status *status)
{
    static const char webp[] = "WEBP";
    const char *overviews = options->overview.compress;
    const char *name = NULL;
    if (overviews != NULL && EQUAL(overviews, webp))
        name = "OVERVIEW_COMPRESS";
    if (EQUAL(options->raster.compress, webp))
        name = "COMPRESS";
    return name == NULL || options->interleave == INTERLEAVE_PIXEL ||
           status_fail(status, STATUS_UNSUPPORTED,
                       "%s=%s is supported with INTERLEAVE=PIXEL only", name,
                       webp);
}

/** What only LAYOUT=COG has; other layouts have refused it. */
static bool parse_cog(CSLConstList list, ParsedOptions *options, Status *status)
{
    int size;
    if (!option_int(list, "BLOCKSIZE", &size, status) ||
        !option_check_multiple("BLOCKSIZE", size, status) ||
        !warp_options_parse(&options->warp, list, status) ||
        !parse_overviews(list, options, status) ||
        !encoding_options_parse_overview(
            &options->overview, &options->raster, list,
            options->overviews != OVERVIEWS_NONE, status))
        return false;
    if (options->warp.tiling_scheme != NULL &&
        CSLFetchNameValue(list, "BLOCKSIZE") == NULL)
        size = 0;
    options->blocks = BLOCKS_TILES;
    options->block_width = options->block_height = size;
    options->overviews_differ = options->overview.compress != NULL;
    return check_webp(options, status);
}

static bool parse(CSLConstList list, ParsedOptions *options, Status *status)
{
    const OptionChoice *layout;
    if (!option_refuse(list, status) ||
        !option_choice(list, "LAYOUT", &layout, status) ||
        !option_refuse_with(list, (unsigned)layout->meaning, status))
        return false;
    options->cog = layout->meaning == WITH_COG;
    options->overview_count = -1;
    options->for_tags = option_values_for(USER_TAGS, list);
    if (!parse_resources(list, options, status) ||
        !parse_blocks(list, options, status) ||
        !encoding_options_parse(&options->raster, list, status) ||
        !parse_file(list, options, status) ||
        (options->cog && !parse_cog(list, options, status)))
        return false;
    option_warn_of_idle(list, options->raster.compress);
    return true;
}

bool options_parse(ParsedOptions *options, CSLConstList list, Status *status)
{
    memset(options, 0, sizeof *options);
    char **said = said_by_user(list);
    const bool ok = parse(said, options, status);
    CSLDestroy(said);
    return ok;
}

void parsed_options_free(ParsedOptions *options)
{
    encoding_options_free(&options->raster);
    encoding_options_free(&options->overview);
    warp_options_free(&options->warp);
    CPLFree(options->discard_lsb);
    CSLDestroy(options->for_tags);
    memset(options, 0, sizeof *options);
}
