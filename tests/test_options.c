/* SPDX-License-Identifier: MIT */
/* The table of options, and what is made of them before there is a source. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_minixml.h>
#include <cpl_string.h>

#include "copying.h"
#include "gtest_c.h"
#include "harness.h"
#include "option_list.h"
#include "option_table.h"
#include "parsed_options.h"

/** Parses options with blanks between.
 * @return what options_parse() says; @p said is to be freed */
static bool parse(const char *options, ParsedOptions *said, Status *status)
{
    char **list = CSLTokenizeString2(options, " ", 0);
    *status = (Status){.code = STATUS_OK};
    CPLPushErrorHandler(CPLQuietErrorHandler);
    const bool ok = options_parse(said, list, status);
    CPLPopErrorHandler();
    CSLDestroy(list);
    return ok;
}

/** Expects a refusal that holds @p words. */
static void expect_parse_refuses(const char *options, const char *words)
{
    ParsedOptions said;
    Status status;
    test_context("%s", options);
    expect_true(!parse(options, &said, &status));
    expect_int_ne(status.code, STATUS_OK);
    if (strstr(status.message, words) == NULL)
        expect_str_eq(status.message, words);
    parsed_options_free(&said);
}

TEST_CASE(options, each_has_a_name_of_its_own_and_a_text)
{
    for (const OptionEntry *entry = option_table; entry->name != NULL;
         entry++) {
        test_context("%s", entry->name);
        expect_true(entry->text != NULL && entry->text[0] != '\0');
        expect_true(option_table_find(entry->name) == entry);
        char *lower = CPLStrdup(entry->name);
        for (char *c = lower; *c != '\0'; c++)
            *c = (char)(*c >= 'A' && *c <= 'Z' ? *c + ('a' - 'A') : *c);
        expect_true(option_table_find(lower) == entry);
        CPLFree(lower);
    }
    expect_true(option_table_find("NO_SUCH_OPTION") == NULL);
}

TEST_CASE(options, what_is_offered_goes_with_a_layout_and_the_rest_is_refused)
{
    for (const OptionEntry *entry = option_table; entry->name != NULL;
         entry++) {
        test_context("%s", entry->name);
        expect_true((entry->user == USER_NONE) == (entry->layouts == 0));
        if (entry->user == USER_NONE)
            expect_true(entry->instead != NULL);
        else
            expect_true((entry->refused == REFUSED_NONE) ==
                        (entry->refused_with == 0));
        expect_true((entry->refused == REFUSED_ONE) ==
                    (entry->refused_value != NULL));
        expect_true((entry->user == USER_CODEC) ==
                    (entry->compress[0] != NULL));
    }
}

TEST_CASE(options, defaults_are_values_that_can_be)
{
    char **compressions = option_list_compressions();
    for (const OptionEntry *entry = option_table; entry->name != NULL;
         entry++) {
        const char *value = entry->by_default;
        test_context("%s", entry->name);
        if (entry->type != OPTION_AS_COG)
            expect_true((entry->type == OPTION_CHOICE ||
                         entry->type == OPTION_INT_OR_CHOICE) ==
                        (entry->choices != NULL));
        expect_int_le(entry->least, entry->greatest);
        if (value == NULL)
            continue;
        if (entry->type == OPTION_CHOICE ||
            (entry->type == OPTION_AS_COG && entry->choices != NULL))
            expect_true(option_find_choice(entry, value) != NULL);
        if (entry->type == OPTION_COMPRESSION)
            expect_int_le(0, CSLFindString(compressions, value));
        if (entry->type == OPTION_BOOL)
            expect_true(EQUAL(value, "YES") || EQUAL(value, "NO"));
        if (entry->greatest == 0 || entry->type == OPTION_INT_OR_WORD)
            continue;
        expect_int_le(entry->least, strtol(value, NULL, 10));
        expect_int_le(strtol(value, NULL, 10), entry->greatest);
        if (entry->multiple != 0)
            expect_int_eq(strtol(value, NULL, 10) % entry->multiple, 0);
    }
    CSLDestroy(compressions);
}

TEST_CASE(options, choices_are_named_once_and_other_names_lead_to_one)
{
    for (const OptionEntry *entry = option_table; entry->name != NULL;
         entry++) {
        const OptionChoice *choice = entry->choices;
        for (; choice != NULL && choice->name != NULL; choice++) {
            test_context("%s=%s", entry->name, choice->name);
            const OptionChoice *found = option_find_choice(entry, choice->name);
            require(found != NULL);
            expect_str_eq(found->name, choice->same_as != NULL ? choice->same_as
                                                               : choice->name);
            if (choice->same_as == NULL)
                expect_true(found == choice);
        }
    }
}

/** Expects that none of a driver's options would be passed over in silence. */
static void check_options_of(const char *driver)
{
    CPLXMLNode *list = CPLParseXMLString(GDALGetMetadataItem(
        GDALGetDriverByName(driver), GDAL_DMD_CREATIONOPTIONLIST, NULL));
    int options = 0;
    require(list != NULL);
    for (const CPLXMLNode *node = list->psChild; node != NULL;
         node = node->psNext) {
        const char *name = CPLGetXMLValue(node, "name", NULL);
        if (name == NULL)
            continue;
        options++;
        if (option_table_find(name) == NULL)
            expect_parse_refuses(CPLSPrintf("%s=YES", name), name);
    }
    expect_int_lt(20, options);
    CPLDestroyXMLNode(list);
}

TEST_CASE(options, all_of_gtiff_and_cog_are_known_or_refused_by_name)
{
    copying_start();
    check_options_of("GTiff");
    check_options_of("COG");
}

TEST_CASE(options, what_a_later_gdal_adds_is_refused_by_name)
{
    copying_start();
    const GDALDriverH cog = GDALGetDriverByName("COG");
    char *before =
        CPLStrdup(GDALGetMetadataItem(cog, GDAL_DMD_CREATIONOPTIONLIST, NULL));
    expect_true(option_table_find("OF_A_LATER_GDAL") == NULL);
    GDALSetMetadataItem(cog, GDAL_DMD_CREATIONOPTIONLIST,
                        "<CreationOptionList><Option name='OF_A_LATER_GDAL' "
                        "type='string'/></CreationOptionList>",
                        NULL);
    expect_parse_refuses("OF_A_LATER_GDAL=1", "OF_A_LATER_GDAL");
    expect_parse_refuses("of_a_later_gdal=1", "of_a_later_gdal");
    GDALSetMetadataItem(cog, GDAL_DMD_CREATIONOPTIONLIST, before, NULL);
    CPLFree(before);
}

/** A value that the option may well have, apart from being refused. */
static const char *sensible_value(const OptionEntry *entry)
{
    if (entry->by_default != NULL)
        return entry->by_default;
    if (entry->type == OPTION_COMPRESSION)
        return "LZW";
    if (strcmp(entry->name, "PART") == 0)
        return "1/2";
    return entry->choices != NULL ? entry->choices[0].name : "1";
}

TEST_CASE(options, what_is_refused_is_named_with_the_way_around)
{
    static const char *const layouts[] = {"", "LAYOUT=GTIFF ", "LAYOUT=COG "};
    copying_start();
    for (const OptionEntry *entry = option_table; entry->name != NULL; entry++)
        for (int i = 0; i < COUNT_OF(layouts); i++) {
            const unsigned layout = i == 2 ? WITH_COG : WITH_GTIFF;
            char *option = CPLStrdup(CPLSPrintf(
                "%s%s=%s", layouts[i], entry->name, sensible_value(entry)));
            if ((entry->layouts & layout) == 0) {
                expect_parse_refuses(option, entry->name);
                expect_parse_refuses(option, entry->layouts == WITH_COG
                                                 ? "LAYOUT=COG"
                                                 : entry->instead);
            }
            CPLFree(option);
        }
}

TEST_CASE(options, refused_values_are_named)
{
    static const char *const refused[][2] = {
        {"LAYOUT=COG TILED=NO", "TILED=NO is not supported with LAYOUT=COG"},
        {"LAYOUT=COG TILED=OFF", "TILED=OFF is not supported with LAYOUT=COG"},
        {"LAYOUT=COG COMPRESS=LZW INTERLEAVE=BAND", "INTERLEAVE=BAND"},
        {"ENDIANNESS=BIG", "ENDIANNESS=BIG is not supported: only little"},
        {"LAYOUT=COG ENDIANNESS=BIG", "ENDIANNESS=BIG is not supported: only"},
    };
    copying_start();
    for (int i = 0; i < COUNT_OF(refused); i++)
        expect_parse_refuses(refused[i][0], refused[i][1]);
}

TEST_CASE(options, all_else_is_taken_without_a_source)
{
    copying_start();
    for (const OptionEntry *entry = option_table; entry->name != NULL;
         entry++) {
        const bool cog = entry->layouts == WITH_COG;
        ParsedOptions said;
        Status status;
        if (entry->user == USER_NONE)
            continue;
        char *option =
            CPLStrdup(CPLSPrintf("%s%s=%s", cog ? "LAYOUT=COG " : "",
                                 entry->name, sensible_value(entry)));
        test_context("%s", option);
        expect_true(parse(option, &said, &status));
        expect_str_eq(status.message, "");
        expect_int_eq(said.cog, cog);
        parsed_options_free(&said);
        CPLFree(option);
    }
}

/** Expects an option not to take a number. */
static void expect_number_refused(const OptionEntry *entry, int number)
{
    char *option = CPLStrdup(
        CPLSPrintf("%s%s=%d", entry->layouts == WITH_COG ? "LAYOUT=COG " : "",
                   entry->name, number));
    expect_parse_refuses(option, CPLSPrintf("%s=%d", entry->name, number));
    CPLFree(option);
}

TEST_CASE(options, numbers_are_held_against_the_table)
{
    int checked = 0;
    copying_start();
    for (const OptionEntry *entry = option_table; entry->name != NULL;
         entry++) {
        /* The range of GTiff's presets is only there for LEVEL. */
        if (entry->greatest == 0 || EQUAL(entry->name, "LZMA_PRESET"))
            continue;
        expect_number_refused(entry, entry->least - 1);
        if (entry->greatest < INT_MAX)
            expect_number_refused(entry, entry->greatest + 1);
        /* BLOCKYSIZE alone is that of strips. */
        if (entry->multiple != 0 && !EQUAL(entry->name, "BLOCKYSIZE"))
            expect_number_refused(entry, 2 * entry->multiple + 1);
        checked++;
    }
    expect_int_lt(8, checked);
}

/** As rasterio hands over the profile of a source in strips. */
TEST_CASE(options, strips_of_a_narrow_raster_are_taken_without_a_word)
{
    static const char target[] = "/vsimem/narrow.tif";
    expect_copied("ROWBAND", "SPY:id=narrow,width=10,height=40", target,
                  "BLOCKXSIZE=10 BLOCKYSIZE=7");
    remove_raster(target);
}

TEST_CASE(options, level_has_the_range_of_what_it_stands_for)
{
    static const char *const levels[][2] = {{"DEFLATE", "ZLEVEL"},
                                            {"LERC_DEFLATE", "ZLEVEL"},
                                            {"ZSTD", "ZSTD_LEVEL"},
                                            {"LZMA", "LZMA_PRESET"}};
    static const char form[] = "LAYOUT=COG COMPRESS=%s LEVEL=%d";
    copying_start();
    char **compressions = option_list_compressions();
    for (int i = 0; i < COUNT_OF(levels); i++) {
        const char *compress = levels[i][0];
        const OptionEntry *entry = option_table_find(levels[i][1]);
        ParsedOptions said;
        Status status;
        expect_true(option_table_of_cog_word("LEVEL", compress) == entry);
        if (CSLFindString(compressions, compress) < 0)
            continue;
        expect_parse_refuses(CPLSPrintf(form, compress, entry->greatest + 1),
                             "LEVEL=");
        expect_parse_refuses(CPLSPrintf(form, compress, entry->least - 1),
                             "LEVEL=");
        expect_true(
            parse(CPLSPrintf(form, compress, entry->greatest), &said, &status));
        const char *level =
            CSLFetchNameValue(said.raster.for_codec, entry->name);
        expect_true(level != NULL && atoi(level) == entry->greatest);
        parsed_options_free(&said);
    }
    CSLDestroy(compressions);
    expect_true(option_table_of_cog_word("LEVEL", "LZW") == NULL);
}

static int level_of(const char *options)
{
    ParsedOptions said;
    Status status;
    test_context("%s", options);
    const bool ok = parse(options, &said, &status);
    const int level = said.raster.level;
    expect_true(ok);
    /* Nothing that GTiff would not know. */
    expect_true(level != LEVEL_AUTO ||
                CSLFetchNameValue(said.raster.for_codec, "ZLEVEL") == NULL);
    parsed_options_free(&said);
    return level;
}

TEST_CASE(options, level_auto_is_for_tiles_that_are_compressed_here)
{
    copying_start();
    expect_int_eq(level_of("ZLEVEL=AUTO"), LEVEL_AUTO);
    expect_int_eq(level_of("ZLEVEL=auto"), LEVEL_AUTO);
    expect_int_eq(level_of("LAYOUT=COG ZLEVEL=AUTO"), LEVEL_AUTO);
    expect_int_eq(level_of("LAYOUT=COG LEVEL=AUTO"), LEVEL_AUTO);
    expect_int_eq(level_of(""), 6);
    expect_int_eq(level_of("COMPRESS=JPEG ZLEVEL=AUTO"), LEVEL_AUTO);
    expect_parse_refuses("COMPRESS=LERC_DEFLATE ZLEVEL=AUTO", "ZLEVEL=AUTO");
    expect_parse_refuses("LAYOUT=COG COMPRESS=LERC_DEFLATE LEVEL=AUTO",
                         " LEVEL=AUTO");
    expect_parse_refuses("COMPRESS=ZSTD ZSTD_LEVEL=AUTO", "ZSTD_LEVEL=AUTO");
    expect_parse_refuses("LAYOUT=COG COMPRESS=ZSTD LEVEL=AUTO", "LEVEL=AUTO");
    expect_parse_refuses("LAYOUT=COG COMPRESS=LZMA LEVEL=AUTO", "LEVEL=AUTO");
    expect_parse_refuses("ZLEVEL=AUTOMATIC", "from 1 to 12 or AUTO");
}

TEST_CASE(options, level_auto_is_that_of_overviews_too)
{
    ParsedOptions said;
    Status status;
    copying_start();
    expect_true(parse("LAYOUT=COG COMPRESS=JPEG LEVEL=AUTO "
                      "OVERVIEW_COMPRESS=DEFLATE",
                      &said, &status));
    expect_true(said.overviews_differ);
    expect_int_eq(said.overview.level, LEVEL_AUTO);
    parsed_options_free(&said);
}

TEST_CASE(options, of_two_resamplings_that_of_overviews_counts)
{
    ParsedOptions said;
    Status status;
    copying_start();
    expect_true(parse("LAYOUT=COG RESAMPLING=MODE", &said, &status));
    expect_str_eq(said.resampling, "MODE");
    parsed_options_free(&said);
    expect_true(parse("LAYOUT=COG RESAMPLING=MODE OVERVIEW_RESAMPLING=near",
                      &said, &status));
    expect_str_eq(said.resampling, "NEAREST");
    parsed_options_free(&said);
}

TEST_CASE(options, interleave_that_gdal_added_is_not_said)
{
    static const char *const layouts[] = {"", "LAYOUT=COG "};
    copying_start();
    for (int i = 0; i < COUNT_OF(layouts); i++) {
        ParsedOptions said;
        Status status;
        const char *options =
            CPLSPrintf("%sINTERLEAVE=BAND @INTERLEAVE_ADDED_AUTOMATICALLY=YES",
                       layouts[i]);
        test_context("%s", options);
        expect_true(parse(options, &said, &status));
        expect_true(!said.planar);
        parsed_options_free(&said);
    }
}

TEST_CASE(options, tiles_that_cannot_be_whatever_the_raster_is)
{
    copying_start();
    expect_parse_refuses("TILED=YES BLOCKXSIZE=300 BLOCKYSIZE=7", "BLOCKXSIZE");
    expect_parse_refuses("TILED=YES BLOCKYSIZE=7", "BLOCKYSIZE");
    expect_parse_refuses("BLOCKXSIZE=300", "BLOCKXSIZE");
}
