/* SPDX-License-Identifier: MIT */
/* Tiles are stored as the bytes that GDAL's GTiff driver stores, at the level
 * of libdeflate that libtiff maps ZLEVEL to. */
#include <stdio.h>

#include "gtest_c.h"
#include "harness.h"

#define TARGET "/vsimem/payload.tif"
#define EXPECTED "/vsimem/payload_expected.tif"

/** The same level of libdeflate for both drivers. */
typedef struct Level {
    const char *ours, *gtiff;
} Level;

static const Level levels[] = {{"1", "1"}, {"7", "6"}};

static const char *const layouts[] = {
    "TILED=YES BLOCKXSIZE=128 BLOCKYSIZE=112 INTERLEAVE=PIXEL",
    "TILED=YES BLOCKXSIZE=128 BLOCKYSIZE=112 INTERLEAVE=BAND",
    "TILED=NO BLOCKYSIZE=50 INTERLEAVE=PIXEL",
    "TILED=NO BLOCKYSIZE=50 INTERLEAVE=BAND",
};

/** Copies with both drivers and expects the same tiles, or neither to. */
static void check(const char *source, const char *ours, const char *gtiff)
{
    if (one_left_out())
        return;
    test_context("%s %s", source, ours);
    const Copy copies[2] = {
        {.source = source, .target = TARGET, .options = ours},
        {.driver = "GTiff",
         .source = source,
         .target = EXPECTED,
         .options = gtiff}};
    ErrorLog logs[2];
    const bool copied = copy_run(&copies[0], &logs[0]);
    const bool can_be = copy_run(&copies[1], &logs[1]);
    expect_int_eq(copied, can_be);
    if (can_be)
        expect_str_eq(logs[0].failure, "");
    if (copied && can_be)
        expect_same_tiles(TARGET, EXPECTED);
    remove_raster(TARGET);
    remove_raster(EXPECTED);
}

/** Checks one type with one predictor in all layouts and levels. */
static void check_type(const char *type, int predictor)
{
    for (int i = 0; i < COUNT_OF(layouts); i++)
        for (int j = 0; j < COUNT_OF(levels) && !test_failed(); j++) {
            char source[NAME_NCHARS], options[2][NAME_NCHARS];
            snprintf(source, sizeof source,
                     "SPY:id=payload,width=300,height=260,block=90x70,bands=3,"
                     "type=%s,pattern=%s",
                     type, j == 0 ? "nan" : "gradient");
            snprintf(options[0], sizeof options[0],
                     "COMPRESS=DEFLATE ZLEVEL=%s PREDICTOR=%d %s",
                     levels[j].ours, predictor, layouts[i]);
            snprintf(options[1], sizeof options[1],
                     "COMPRESS=DEFLATE ZLEVEL=%s PREDICTOR=%d %s",
                     levels[j].gtiff, predictor, layouts[i]);
            check(source, options[0], options[1]);
        }
}

/** All types that this GDAL has. */
static void check_predictor(int predictor)
{
    copying_start();
    for (int type = GDT_Byte; type < GDT_TypeCount && !test_failed(); type++) {
        const char *name = GDALGetDataTypeName((GDALDataType)type);
        if (name != NULL)
            check_type(name, predictor);
    }
}

TEST_CASE(gtiff_payload, of_all_types)
{
    check_predictor(1);
}

TEST_CASE(gtiff_payload, of_all_types_that_can_be_differenced)
{
    check_predictor(2);
}

TEST_CASE(gtiff_payload, of_all_types_with_floating_point_predictor)
{
    check_predictor(3);
}

TEST_CASE(gtiff_payload, of_all_levels)
{
    for (int ours = 1; ours <= 12 && !test_failed(); ours++) {
        /* libtiff gives 6 to 9 to libdeflate as 7 to 10. */
        const int gtiff = ours >= 7 && ours <= 10 ? ours - 1 : ours;
        char options[2][NAME_NCHARS];
        snprintf(options[0], sizeof options[0],
                 "COMPRESS=DEFLATE ZLEVEL=%d TILED=NO BLOCKYSIZE=64", ours);
        snprintf(options[1], sizeof options[1],
                 "COMPRESS=DEFLATE ZLEVEL=%d TILED=NO BLOCKYSIZE=64", gtiff);
        if (ours != 6) /* which GTiff cannot be told */
            check("SPY:id=payload,width=300,height=260", options[0],
                  options[1]);
    }
}

TEST_CASE(gtiff_payload, uncompressed)
{
    for (int i = 0; i < COUNT_OF(layouts) && !test_failed(); i++) {
        char options[NAME_NCHARS];
        snprintf(options, sizeof options, "COMPRESS=NONE %s", layouts[i]);
        check("SPY:id=payload,width=300,height=260,block=90x70,bands=3",
              options, options);
    }
}

TEST_CASE(gtiff_payload, with_the_same_empty_tiles_left_out)
{
    static const char *const patterns[] = {
        "islands,value=7,nodata=7",  "islands,value=0",
        "islands,value=0,nodata=7",  "constant,value=0",
        "constant,value=7,nodata=7",
    };
    /* GTiff leaves out no tiles of complex types; that is no harm. */
    static const char *const types[] = {"Byte", "Int16", "UInt32", "Float32",
                                        "Float64"};
    for (int i = 0; i < COUNT_OF(patterns); i++)
        for (int j = 0; j < COUNT_OF(types); j++)
            for (int k = 0; k < COUNT_OF(layouts) && !test_failed(); k++) {
                char source[NAME_NCHARS], options[NAME_NCHARS];
                snprintf(source, sizeof source,
                         "SPY:id=sparse,width=900,height=700,block=200x200,"
                         "bands=2,type=%s,pattern=%s",
                         types[j], patterns[i]);
                snprintf(options, sizeof options,
                         "COMPRESS=DEFLATE ZLEVEL=1 SPARSE_OK=YES %s",
                         layouts[k]);
                check(source, options, options);
            }
}

TEST_CASE(gtiff_payload, sparse_tiles_read_as_they_were)
{
    static const char *const sources[] = {
        "SPY:id=sparse,width=2500,height=2000,pattern=islands,nodata=7",
        "SPY:id=sparse,width=2500,height=2000,pattern=islands,value=0,bands=3",
        "SPY:id=sparse,width=2500,height=2000,pattern=constant,nodata=7",
    };
    for (int i = 0; i < COUNT_OF(sources) && !test_failed(); i++) {
        test_context("%s", sources[i]);
        expect_copied("ROWBAND", sources[i], TARGET,
                      "SPARSE_OK=YES BLOCKXSIZE=256 BLOCKYSIZE=256");
        expect_pixels_of(sources[i], TARGET);
        remove_raster(TARGET);
    }
}

/* With more threads than it takes, for the sanitizers: GTiff runs on them.
 * LERC_DEFLATE and LERC_ZSTD are left out, as their bytes depend on what else
 * libtiff's state has compressed. */
TEST_CASE(gtiff_payload, of_codecs_that_are_gtiffs)
{
    static const char *const codecs[] = {"COMPRESS=JPEG",
                                         "COMPRESS=JPEG PHOTOMETRIC=YCBCR",
                                         "COMPRESS=LZMA",
                                         "COMPRESS=LERC MAX_Z_ERROR=3",
                                         "COMPRESS=LZMA DISCARD_LSB=3",
                                         "COMPRESS=NONE DISCARD_LSB=1,2,3"};
    copying_start();
    for (int i = 0; i < COUNT_OF(codecs); i++)
        for (int j = 0; j < COUNT_OF(layouts) && !test_failed(); j++) {
            char options[NAME_NCHARS];
            /* JPEG names the only component of a tile by another number than
             * that of a band among several. */
            if (strstr(codecs[i], "JPEG") && strstr(layouts[j], "BAND"))
                continue;
            /* No tile of these is cut, which GTiff fills up otherwise. */
            snprintf(options, sizeof options, "%s %s NUM_THREADS=4", codecs[i],
                     layouts[j]);
            check("SPY:id=payload,width=384,height=224,block=90x70,bands=3",
                  options, options);
        }
}
