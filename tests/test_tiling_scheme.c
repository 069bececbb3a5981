/* SPDX-License-Identifier: MIT */
/* Where a raster lies in a scheme of tiles, and how large its levels are. */
#include "tiling_scheme.h"

#include <math.h>

#include <cpl_error.h>
#include <cpl_string.h>

#include "copying.h"
#include "gtest_c.h"
#include "option_table.h"
#include "versions.h"

static const double half_world = 20037508.342789244;

static void expect_near(double a, double b)
{
    if (!(fabs(a - b) <= 1e-9 * (1 + fabs(b))))
        test_fail("test_tiling_scheme.c", 0,
                  CPLSPrintf("%.17g != %.17g", a, b));
}

static bool read_scheme(TilingScheme *scheme, const char *definition,
                        Status *status)
{
    *scheme = (TilingScheme){.crs = NULL};
    *status = (Status){.code = STATUS_OK};
    test_context("%.60s", definition);
    CPLPushErrorHandler(CPLQuietErrorHandler);
    const bool ok = tiling_scheme_read(scheme, definition, status);
    CPLPopErrorHandler();
    return ok;
}

TEST_CASE(tiling_scheme, has_what_gdal_has_in_its_code)
{
    TilingScheme scheme;
    Status status;
    copying_start();
    require(read_scheme(&scheme, "googlemapscompatible", &status));
    expect_str_eq(scheme.crs, "EPSG:3857");
    expect_int_eq(scheme.tile_size, 256);
    expect_int_eq(scheme.level_count, gdal_levels_of_google_maps());
    expect_near(scheme.left, -half_world);
    expect_near(scheme.top, half_world);
    expect_near(scheme.levels[0].res, 156543.03392804097);
    expect_int_eq(scheme.levels[3].across, 8);
    expect_int_eq(scheme.levels[3].down, 8);
    tiling_scheme_free(&scheme);
    require(read_scheme(&scheme, "InspireCRS84Quad", &status));
    expect_str_eq(scheme.crs, "OGC:CRS84");
    expect_int_eq(scheme.level_count, gdal_levels_of_inspire());
    expect_near(scheme.levels[0].res, 180.0 / 256);
    expect_int_eq(scheme.levels[3].across, 16);
    expect_int_eq(scheme.levels[3].down, 8);
    tiling_scheme_free(&scheme);
}

/** Whose first axis is drawn upwards. */
TEST_CASE(tiling_scheme, has_what_gdal_has_in_its_data)
{
    TilingScheme scheme;
    Status status;
    copying_start();
    require(read_scheme(&scheme, "NZTM2000", &status));
    expect_str_eq(scheme.crs, "EPSG:2193");
    expect_near(scheme.left, -1000000);
    expect_near(scheme.top, 10000000);
    expect_near(scheme.levels[0].res, 8960);
    expect_int_eq(scheme.levels[0].across, 2);
    expect_int_eq(scheme.levels[0].down, 4);
    expect_true(scheme.has_box);
    expect_near(scheme.min_x, 274000);
    expect_near(scheme.max_y, 7173000);
    tiling_scheme_free(&scheme);
}

/** Version 2 of the standard has other names for the same. */
TEST_CASE(tiling_scheme, is_read_by_both_versions_of_the_standard)
{
    static const char *const definitions[] = {
        "{\"type\": \"TileMatrixSetType\", \"supportedCRS\": \"EPSG:32611\", "
        "\"tileMatrix\": [{\"scaleDenominator\": 1e6, \"topLeftCorner\": [1, "
        "2], \"tileWidth\": 64, \"tileHeight\": 64, \"matrixWidth\": 3, "
        "\"matrixHeight\": 4}]}",
        "{\"crs\": \"EPSG:32611\", \"tileMatrices\": [{\"scaleDenominator\": "
        "1e6, \"pointOfOrigin\": [1, 2], \"tileWidth\": 64, \"tileHeight\": "
        "64, \"matrixWidth\": 3, \"matrixHeight\": 4}]}",
        "{\"crs\": {\"uri\": \"http://www.opengis.net/def/crs/EPSG/0/32611\"}, "
        "\"tileMatrices\": [{\"scaleDenominator\": 1e6, \"pointOfOrigin\": [1, "
        "2], \"tileWidth\": 64, \"tileHeight\": 64, \"matrixWidth\": 3, "
        "\"matrixHeight\": 4}]}",
        "{\"crs\": {\"wkt\": \"EPSG:32611\"}, \"tileMatrices\": "
        "[{\"scaleDenominator\": 1e6, \"pointOfOrigin\": [1, 2], "
        "\"tileWidth\": 64, \"tileHeight\": 64, \"matrixWidth\": 3, "
        "\"matrixHeight\": 4}]}"};
    copying_start();
    for (int i = 0; i < COUNT_OF(definitions); i++) {
        TilingScheme scheme;
        Status status;
        require(read_scheme(&scheme, definitions[i], &status));
        expect_str_eq(scheme.crs, "EPSG:32611");
        expect_near(scheme.left, 1);
        expect_near(scheme.top, 2);
        expect_int_eq(scheme.tile_size, 64);
        expect_int_eq(scheme.level_count, 1);
        expect_near(scheme.levels[0].res, 280);
        expect_int_eq(scheme.levels[0].across, 3);
        expect_int_eq(scheme.levels[0].down, 4);
        expect_true(!scheme.has_box);
        tiling_scheme_free(&scheme);
    }
}

TEST_CASE(tiling_scheme, that_is_none_is_refused_with_a_reason)
{
    static const char *const definitions[] = {
        "nothing",
        "",
        "{}",
        "/vsimem/none.json",
        "\"TileMatrixSetType\"",
        "{\"type\": \"TileMatrixSetType\"}",
        "{\"type\": \"TileMatrixSetType\", \"tileMatrix\": [1, [], null]}",
        "{\"crs\": 7, \"tileMatrices\": {\"a\": 1}}",
        "{\"crs\": 7, \"tileMatrices\": [{}]}",
        "{\"crs\": {\"uri\": 7}, \"tileMatrices\": [{}]}",
        "{\"crs\": {\"wkt\": []}, \"tileMatrices\": [{}]}"};
    copying_start();
    for (int i = 0; i < COUNT_OF(definitions); i++) {
        TilingScheme scheme;
        Status status;
        expect_true(!read_scheme(&scheme, definitions[i], &status));
        expect_true(strstr(status.message, "TILING_SCHEME") != NULL);
        tiling_scheme_free(&scheme);
    }
}

/* --- geometry, of a scheme made up -----------------------------------------
 */

static TilingLevel levels[] = {
    {100, 4, 4}, {50, 8, 8}, {20, 20, 20}, {10, 40, 40}};
static const TilingScheme made_up = {.tile_size = 100,
                                     .left = 1000,
                                     .top = 9000,
                                     .level_count = COUNT_OF(levels),
                                     .levels = levels};

TEST_CASE(tiling_scheme, zoom_is_that_of_the_nearest_resolution)
{
    static const struct {
        double res;
        int strategy, zoom;
    } cases[] = {
        {100, ZOOM_NEAREST, 0},     {100, ZOOM_LOWER, 0},
        {300, ZOOM_NEAREST, 0},     {300, ZOOM_LOWER, 0},
        {90, ZOOM_NEAREST, 0},      {90, ZOOM_UPPER, 1},
        {60, ZOOM_NEAREST, 1},      {60, ZOOM_LOWER, 0},
        {50, ZOOM_LOWER, 1},        {50 + 1e-9, ZOOM_UPPER, 1},
        {50 - 1e-9, ZOOM_UPPER, 1}, {40, ZOOM_NEAREST, 1},
        {30, ZOOM_NEAREST, 2},      {30, ZOOM_LOWER, 1},
        {10, ZOOM_UPPER, 3},
    };
    for (int i = 0; i < COUNT_OF(cases); i++) {
        Status status = {.code = STATUS_OK};
        int zoom = -1;
        test_context("%g %d", cases[i].res, cases[i].strategy);
        expect_true(tiling_scheme_choose_zoom(
            &made_up, cases[i].res, 100, cases[i].strategy, &zoom, &status));
        expect_int_eq(zoom, cases[i].zoom);
        /* Twice as many pixels in a tile are half as large. */
        expect_true(tiling_scheme_choose_zoom(&made_up, cases[i].res / 2, 200,
                                              cases[i].strategy, &zoom,
                                              &status));
        expect_int_eq(zoom, cases[i].zoom);
    }
    Status status = {.code = STATUS_OK};
    int zoom;
    expect_true(!tiling_scheme_choose_zoom(&made_up, 9, 100, ZOOM_NEAREST,
                                           &zoom, &status));
    expect_int_eq(status.code, STATUS_INVALID);
}

/** Expects a raster of one pixel at @p x, @p y, counted down from the top, to
 * be brought to @p wanted. */
static void expect_extended(TilingPlace place, double x, double y,
                            Extent wanted)
{
    Extent extent = {x, 9000 - y - 1, x + 1, 9000 - y};
    Status status = {.code = STATUS_OK};
    bool clamped;
    test_context("zoom %d, %d aligned, %g %g", place.zoom, place.aligned_levels,
                 x, y);
    expect_true(
        tiling_scheme_extend(&made_up, &place, &extent, &clamped, &status));
    expect_str_eq(status.message, "");
    expect_true(!clamped);
    expect_near(extent.min_x, wanted.min_x);
    expect_near(extent.min_y, wanted.min_y);
    expect_near(extent.max_x, wanted.max_x);
    expect_near(extent.max_y, wanted.max_y);
}

/** From zoom 1 to 2 it is 5 tiles to 2, so that tiles of both begin at each
 * fifth; from 2 to 3 two to one. */
TEST_CASE(tiling_scheme, rasters_become_whole_tiles)
{
    TilingPlace place = {.zoom = 3, .tile_size = 100, .tolerance = 1e-10};
    expect_extended(place, 9050, 8900 - 900, (Extent){9000, 0, 10000, 1000});
    place.aligned_levels = 1;
    expect_extended(place, 9050, 8000, (Extent){9000, 0, 10000, 1000});
    place.aligned_levels = 2;
    expect_extended(place, 8050, 8000, (Extent){7000, -1000, 9000, 1000});
    place.aligned_levels = 3;
    expect_extended(place, 8050, 8000, (Extent){1000, -1000, 11000, 9000});
    place.zoom = 2;
    place.aligned_levels = 2;
    expect_extended(place, 8050, 8000, (Extent){1000, -1000, 11000, 9000});
}

TEST_CASE(tiling_scheme, tolerance_leaves_out_tiles_that_are_hardly_touched)
{
    static const struct {
        double tolerance, beyond;
        bool in_pixels;
        int tiles;
    } cases[] = {
        {1e-10, 0, false, 1},  {1e-10, 1e-8, false, 1}, {1e-10, 1e-3, false, 2},
        {0.499, 4.9, true, 1}, {0.499, 5, true, 2},     {0.499, -4, true, 1},
    };
    for (int i = 0; i < COUNT_OF(cases); i++) {
        TilingPlace place = {.zoom = 3,
                             .tile_size = 100,
                             .tolerance = cases[i].tolerance,
                             .in_pixels = cases[i].in_pixels};
        Extent extent = {2000, 7000, 3000 + cases[i].beyond, 8000};
        Status status = {.code = STATUS_OK};
        bool clamped;
        test_context("%d", i);
        expect_true(
            tiling_scheme_extend(&made_up, &place, &extent, &clamped, &status));
        expect_near(extent.max_x, 2000 + 1000 * cases[i].tiles);
    }
}

TEST_CASE(tiling_scheme, what_lies_outside_is_cut_off_or_refused)
{
    static const struct {
        Extent extent;
        bool ok;
    } cases[] = {
        {{0, 0, 3000, 8000}, true},         {{2000, 0, 1e6, 8000}, true},
        {{-9000, 0, 900, 8000}, false},     {{2000, 9100, 3000, 9900}, false},
        {{1e300, 0, 1e301, 8000}, false},   {{2000, NAN, 3000, NAN}, false},
        {{-INFINITY, 0, 3000, 8000}, false}};
    for (int i = 0; i < COUNT_OF(cases); i++) {
        TilingPlace place = {.zoom = 3, .tile_size = 100, .tolerance = 1e-10};
        Extent extent = cases[i].extent;
        Status status = {.code = STATUS_OK};
        bool clamped = false;
        test_context("%d", i);
        expect_int_eq(
            tiling_scheme_extend(&made_up, &place, &extent, &clamped, &status),
            cases[i].ok);
        expect_int_eq(status.code == STATUS_OK, cases[i].ok);
        if (cases[i].ok) {
            expect_true(clamped);
            expect_true(extent.min_x >= 1000 && extent.max_x <= 41000);
        }
    }
    TilingScheme boxed = made_up;
    boxed.has_box = true;
    boxed.min_x = boxed.min_y = 2000;
    boxed.max_x = boxed.max_y = 3000;
    TilingPlace place = {.zoom = 3, .tile_size = 100, .tolerance = 1e-10};
    Extent extent = {3500, 2100, 3900, 2200};
    Status status = {.code = STATUS_OK};
    bool clamped;
    expect_true(
        !tiling_scheme_extend(&boxed, &place, &extent, &clamped, &status));
}

TEST_CASE(tiling_scheme, levels_that_cannot_be_aligned_are_refused)
{
    static TilingLevel odd[] = {{100, 4, 4}, {70, 6, 6}, {35, 12, 12}};
    const TilingScheme scheme = {.tile_size = 100,
                                 .left = 0,
                                 .top = 0,
                                 .level_count = COUNT_OF(odd),
                                 .levels = odd};
    TilingPlace place = {.zoom = 2, .tile_size = 100, .aligned_levels = 2};
    Extent extent = {0, -10, 10, 0};
    Status status = {.code = STATUS_OK};
    bool clamped;
    expect_true(
        tiling_scheme_extend(&scheme, &place, &extent, &clamped, &status));
    place = (TilingPlace){.zoom = 1, .tile_size = 100, .aligned_levels = 2};
    expect_true(
        tiling_scheme_extend(&scheme, &place, &extent, &clamped, &status));
    expect_int_eq(place.aligned_levels, 1); /* not above the first level */
    place = (TilingPlace){.zoom = 2, .tile_size = 100, .aligned_levels = 99};
    expect_true(
        tiling_scheme_extend(&scheme, &place, &extent, &clamped, &status));
    expect_int_eq(place.aligned_levels, 2);
    static TilingLevel odder[] = {
        {100, 9, 9}, {70, 9, 9}, {60, 9, 9}, {41, 9, 9}};
    TilingScheme other = scheme;
    other.level_count = COUNT_OF(odder);
    other.levels = odder;
    place = (TilingPlace){.zoom = 3, .tile_size = 100, .aligned_levels = 3};
    expect_true(
        !tiling_scheme_extend(&other, &place, &extent, &clamped, &status));
    expect_int_eq(status.code, STATUS_UNSUPPORTED);
    expect_true(strstr(status.message, "ALIGNED_LEVELS") != NULL);
}

/** Rounded, where the scheme's ratio is none of two. */
TEST_CASE(tiling_scheme, levels_shrink_as_the_scheme_does)
{
    static const int64_t sizes[] = {1001, 501, 200, 100, 50, 25, 13, 7, 4, 2};
    int64_t size = sizes[0];
    for (int level = 1; level < COUNT_OF(sizes); level++) {
        size = tiling_scheme_size_above(&made_up, 3, level, size);
        expect_int_eq(size, sizes[level]);
    }
    expect_int_eq(tiling_scheme_size_above(&made_up, 3, 1, 1), 1);
    expect_int_eq(tiling_scheme_size_above(&made_up, 2, 1, 1), 1);
}
