/* SPDX-License-Identifier: MIT */
#include "encoding_options.h"

#include <string.h>

#include "cpl_conv.h"
#include "cpl_error.h"
#include "cpl_string.h"
#include "gtiff_codec.h"
#include "option_value.h"
#include "zstd_codec.h"

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

/** Says in GTiff's words what @p word of the COG driver's means. */
static char **set_cog_word(char **to, const char *word, const char *value,
                           const char *compress)
{
    if (value == NULL)
        return to;
    const OptionEntry *entry = option_table_of_cog_word(word, compress);
    if (entry == NULL) {
        CPLError(CE_Warning, CPLE_AppDefined,
                 "ROWBAND: %s has no effect with COMPRESS=%s", word, compress);
        return to;
    }
    if (EQUAL(entry->name, "WEBP_LEVEL") && EQUAL(value, "100"))
        return CSLSetNameValue(to, "WEBP_LOSSLESS", "YES");
    return CSLSetNameValue(to, entry->name, value);
}

/** LEVEL is held against the range of the option that it stands for, under the
 * name that the user knows. */
static bool check_level(CSLConstList list, const char *compress, Status *status)
{
    const OptionEntry *entry = option_table_of_cog_word("LEVEL", compress);
    return entry == NULL || option_in_range_of(list, "LEVEL", entry, status);
}

/** LEVEL_AUTO is for those tiles only that we compress ourselves, and nothing
 * that GTiff knows. */
static bool settle_auto_level(EncodingOptions *options, CSLConstList list,
                              Status *status)
{
    const char *given =
        CSLFetchNameValue(list, "LEVEL") != NULL ? "LEVEL" : "ZLEVEL";
    if (EQUAL(options->compress, "LERC_DEFLATE"))
        return status_fail(status, STATUS_UNSUPPORTED,
                           "creation option %s=AUTO is not supported with "
                           "COMPRESS=LERC_DEFLATE, which GTiff compresses; "
                           "give a number",
                           given);
    options->for_codec = CSLSetNameValue(options->for_codec, "ZLEVEL", NULL);
    return true;
}

/** @return whether one of the options concerns that codec */
static bool concern(CSLConstList words, const char *compress)
{
    bool any = false;
    for (const OptionEntry *entry = option_table; entry->name != NULL; entry++)
        any = any ||
              (entry->compress[0] != NULL && option_concerns(entry, compress) &&
               CSLFetchNameValue(words, entry->name) != NULL);
    return any;
}

/** Fills in the rest of @p options, whose compress and predictor are set. */
static bool parse_codec(EncodingOptions *options, CSLConstList list,
                        const char *quality, Status *status)
{
    const char *compress = options->compress;
    int zlevel, zstd_level;
    if (!check_level(list, compress, status))
        return false;
    char **words = option_values_for(USER_CODEC, list);
    words = set_cog_word(words, "LEVEL", CSLFetchNameValue(list, "LEVEL"),
                         compress);
    words = set_cog_word(words, "QUALITY", quality, compress);
    options->for_codec = words;
    options->effort_named = concern(words, compress);
    if (!option_int(words, "ZLEVEL", &zlevel, status) ||
        !option_int(words, "ZSTD_LEVEL", &zstd_level, status))
        return false;
    options->codec = codec_by_name(compress);
    options->level = options->codec == &codec_zstd ? zstd_level : zlevel;
    return zlevel != LEVEL_AUTO || settle_auto_level(options, list, status);
}

/** MAX_Z_ERROR of overviews, if it is said. */
static bool set_overview_error(EncodingOptions *overview, const char *value,
                               Status *status)
{
    static const char name[] = "MAX_Z_ERROR_OVERVIEW";
    char *end;
    if (value == NULL)
        return true;
    if (!STARTS_WITH_CI(overview->compress, "LERC")) {
        CPLError(CE_Warning, CPLE_AppDefined,
                 "ROWBAND: %s has no effect with COMPRESS=%s", name,
                 overview->compress);
        return true;
    }
    if (!(CPLStrtod(value, &end) >= 0) || end == value || *end != '\0')
        return option_bad_value(name, value, "a number from 0 on", status);
    overview->for_codec =
        CSLSetNameValue(overview->for_codec, "MAX_Z_ERROR", value);
    return true;
}

bool encoding_options_parse(EncodingOptions *raster, CSLConstList list,
                            Status *status)
{
    const OptionChoice *predictor;
    int quality;
    memset(raster, 0, sizeof *raster);
    if (!option_compression(list, "COMPRESS", &raster->compress, status) ||
        !option_choice(list, "PREDICTOR", &predictor, status) ||
        !option_int(list, "QUALITY", &quality, status))
        return false;
    raster->predictor = predictor->meaning;
    return parse_codec(raster, list, CSLFetchNameValue(list, "QUALITY"),
                       status);
}

bool encoding_options_parse_overview(EncodingOptions *overview,
                                     const EncodingOptions *raster,
                                     CSLConstList list, bool wanted,
                                     Status *status)
{
    const char *quality = CSLFetchNameValue(list, "OVERVIEW_QUALITY");
    const char *error = CSLFetchNameValue(list, "MAX_Z_ERROR_OVERVIEW");
    const OptionChoice *predictor;
    char *compress = NULL;
    int number;
    memset(overview, 0, sizeof *overview);
    if (!option_compression(list, "OVERVIEW_COMPRESS", &compress, status) ||
        !option_choice(list, "OVERVIEW_PREDICTOR", &predictor, status) ||
        !option_int(list, "OVERVIEW_QUALITY", &number, status)) {
        CPLFree(compress);
        return false;
    }
    if (!wanted || (compress == NULL && predictor == NULL && quality == NULL &&
                    error == NULL)) {
        CPLFree(compress);
        return true;
    }
    overview->compress =
        compress != NULL ? compress : CPLStrdup(raster->compress);
    overview->predictor =
        predictor != NULL ? predictor->meaning : raster->predictor;
    if (quality == NULL)
        quality = CSLFetchNameValue(list, "QUALITY");
    return parse_codec(overview, list, quality, status) &&
           set_overview_error(overview, error, status);
}

void encoding_options_free(EncodingOptions *options)
{
    CPLFree(options->compress);
    CSLDestroy(options->for_codec);
    memset(options, 0, sizeof *options);
}
