/* SPDX-License-Identifier: MIT */
/* What options mean for a source, of which no more than its shape is told. */
#include <string.h>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>

#include "copying.h"
#include "gtest_c.h"
#include "option_list.h"
#include "options.h"
#include "predictor.h"
#include "versions.h"

static const SourceShape grey = {
    .width = 300, .height = 200, .bands = 1, .type = GDT_Byte};

/** Parses options with blanks between, which must go well, and resolves them.
 * @return what options_resolve() says; @p resolved is to be freed */
static bool resolve(const char *options, const SourceShape *source,
                    ResolvedOptions *resolved, Status *status)
{
    char **list = CSLTokenizeString2(options, " ", 0);
    ParsedOptions said;
    test_context("%s", options);
    *status = (Status){.code = STATUS_OK};
    CPLPushErrorHandler(CPLQuietErrorHandler);
    expect_true(options_parse(&said, list, status));
    const bool ok = options_resolve(resolved, &said, source, status);
    CPLPopErrorHandler();
    parsed_options_free(&said);
    CSLDestroy(list);
    return ok;
}

TEST_CASE(options_resolve, blocks_as_wide_as_the_raster_may_be_strips)
{
    static const struct {
        const char *options;
        int width;
        bool tiled, ok;
    } cases[] = {
        {"BLOCKXSIZE=300 BLOCKYSIZE=7", 300, false, true},
        {"BLOCKXSIZE=300 BLOCKYSIZE=16", 300, false, true},
        {"BLOCKXSIZE=304 BLOCKYSIZE=7", 304, false, true},
        {"BLOCKXSIZE=304 BLOCKYSIZE=16", 304, true, true},
        {"BLOCKXSIZE=304 BLOCKYSIZE=16", 300, true, true},
        {"BLOCKXSIZE=300 BLOCKYSIZE=7", 301, true, false},
        {"BLOCKXSIZE=16 BLOCKYSIZE=7", 300, true, false},
        {"BLOCKYSIZE=7", 300, false, true},
        {"BLOCKXSIZE=7 TILED=NO", 300, false, true},
    };
    copying_start();
    for (int i = 0; i < COUNT_OF(cases); i++) {
        SourceShape source = grey;
        ResolvedOptions resolved;
        Status status;
        source.width = cases[i].width;
        expect_int_eq(resolve(cases[i].options, &source, &resolved, &status),
                      cases[i].ok);
        expect_int_eq(resolved.raster.tiled, cases[i].tiled);
        expect_int_eq(strstr(status.message, "multiple of 16") != NULL,
                      !cases[i].ok);
        resolved_options_free(&resolved);
    }
}

TEST_CASE(options_resolve, resampling_goes_by_what_the_pixels_are)
{
    SourceShape palette = grey, complex = grey;
    ResolvedOptions resolved;
    Status status;
    copying_start();
    palette.has_color_table = true;
    complex.type = GDT_CFloat32;
    expect_true(resolve("LAYOUT=COG", &grey, &resolved, &status));
    expect_str_eq(resolved.cog.resampling, "CUBIC");
    resolved_options_free(&resolved);
    expect_true(resolve("LAYOUT=COG", &palette, &resolved, &status));
    expect_str_eq(resolved.cog.resampling, "NEAREST");
    resolved_options_free(&resolved);
    /* Where it is not GDAL's default for them. */
    const bool nearest = gdal_cogs_take_nearest_for_complex();
    expect_int_eq(resolve("LAYOUT=COG", &complex, &resolved, &status), nearest);
    if (nearest)
        expect_str_eq(resolved.cog.resampling, "NEAREST");
    else
        expect_true(strstr(status.message, "RESAMPLING=CUBIC") != NULL);
    resolved_options_free(&resolved);
    expect_true(
        resolve("LAYOUT=COG RESAMPLING=NEAR", &complex, &resolved, &status));
    resolved_options_free(&resolved);
    expect_true(
        resolve("LAYOUT=COG OVERVIEWS=NONE", &complex, &resolved, &status));
    resolved_options_free(&resolved);
}

TEST_CASE(options_resolve, predictor_goes_by_the_type)
{
    static const struct {
        GDALDataType type;
        int predictor;
    } cases[] = {{GDT_Byte, PREDICTOR_HORIZONTAL},
                 {GDT_Int32, PREDICTOR_HORIZONTAL},
                 {GDT_Float32, PREDICTOR_FLOATING_POINT},
                 {GDT_Float64, PREDICTOR_FLOATING_POINT},
                 {GDT_CFloat32, PREDICTOR_HORIZONTAL}};
    copying_start();
    for (int i = 0; i < COUNT_OF(cases); i++) {
        SourceShape source = grey;
        ResolvedOptions resolved;
        Status status;
        source.type = cases[i].type;
        expect_true(resolve("PREDICTOR=YES", &source, &resolved, &status));
        expect_int_eq(resolved.raster.predictor, cases[i].predictor);
        resolved_options_free(&resolved);
    }
}

/** The PHOTOMETRIC that GTiff is told, "" for none. */
static const char *photometric(const Options *options)
{
    return CSLFetchNameValueDef(options->for_tags, "PHOTOMETRIC", "");
}

TEST_CASE(options_resolve, jpeg_of_three_bands_is_ycbcr_with_cog)
{
    static const struct {
        const char *options;
        int bands;
        const char *raster, *overview;
    } cases[] = {
        {"COMPRESS=JPEG", 3, "", ""},
        {"LAYOUT=COG COMPRESS=JPEG", 3, "YCBCR", ""},
        {"LAYOUT=COG COMPRESS=JPEG", 1, "", ""},
        {"LAYOUT=COG COMPRESS=JPEG PHOTOMETRIC=RGB", 3, "RGB", ""},
        {"LAYOUT=COG COMPRESS=JPEG OVERVIEW_COMPRESS=LZW", 3, "YCBCR", ""},
        {"LAYOUT=COG OVERVIEW_COMPRESS=JPEG", 3, "", "YCBCR"},
    };
    char **compressions;
    copying_start();
    compressions = option_list_compressions();
    const bool has_jpeg = CSLFindString(compressions, "JPEG") >= 0;
    CSLDestroy(compressions);
    if (!has_jpeg)
        skip_test("no JPEG in this GDAL");
    for (int i = 0; i < COUNT_OF(cases); i++) {
        SourceShape source = grey;
        ResolvedOptions resolved;
        Status status;
        source.bands = cases[i].bands;
        expect_true(resolve(cases[i].options, &source, &resolved, &status));
        expect_str_eq(photometric(&resolved.raster), cases[i].raster);
        expect_str_eq(photometric(&resolved.overview), cases[i].overview);
        resolved_options_free(&resolved);
    }
}

/** What is said of one kind of image only must not reach the other. */
TEST_CASE(options_resolve, overviews_are_encoded_as_the_raster_unless_said)
{
    ResolvedOptions resolved;
    Status status;
    copying_start();
    expect_true(resolve("LAYOUT=COG COMPRESS=LZW PREDICTOR=2", &grey, &resolved,
                        &status));
    expect_true(!resolved.cog.overviews_differ);
    resolved_options_free(&resolved);
    expect_true(resolve("LAYOUT=COG COMPRESS=LZW PREDICTOR=2 LEVEL=9 "
                        "OVERVIEW_COMPRESS=DEFLATE OVERVIEW_PREDICTOR=NO",
                        &grey, &resolved, &status));
    expect_true(resolved.cog.overviews_differ);
    expect_str_eq(resolved.raster.compress, "LZW");
    expect_int_eq(resolved.raster.predictor, PREDICTOR_HORIZONTAL);
    expect_str_eq(resolved.overview.compress, "DEFLATE");
    expect_int_eq(resolved.overview.predictor, PREDICTOR_NONE);
    expect_int_eq(resolved.overview.level, 9);
    resolved_options_free(&resolved);
    expect_true(resolve("LAYOUT=COG OVERVIEWS=NONE OVERVIEW_COMPRESS=LZW",
                        &grey, &resolved, &status));
    expect_true(!resolved.cog.overviews_differ);
    resolved_options_free(&resolved);
}
