/* SPDX-License-Identifier: MIT */
/* NAN_TO_NODATA replaces NaN, and nothing else. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "gtest_c.h"
#include "harness.h"

#define TARGET "/vsimem/nan_to_nodata.tif"

enum { WIDTH = 700, HEIGHT = 400, BANDS = 2 };

typedef struct NanCase {
    const char *source;
    bool replaced;
} NanCase;

static const NanCase cases[] = {
    {"type=Float32,nodata=-9999", true},   {"type=Float64,nodata=-9999", true},
    {"type=Float32,nodata=0", true},       {"type=Float32", false},
    {"type=Float32,nodata=nan", false},    {"type=Float64,nodata=inf", false},
    {"type=CFloat32,nodata=-9999", false},
};

static bool same_value(double a, double b)
{
    return isnan(a) ? isnan(b) : a == b;
}

static void expect_band(GDALRasterBandH band, const SpySpec *spec, int number,
                        bool replaced)
{
    double *values = calloc((size_t)WIDTH * HEIGHT, sizeof *values);
    require(values != NULL);
    const CPLErr error = GDALRasterIO(band, GF_Read, 0, 0, WIDTH, HEIGHT,
                                      values, WIDTH, HEIGHT, GDT_Float64, 0, 0);
    expect_int_eq(error, CE_None);
    int64_t nans = 0, wrong = 0;
    for (int i = 0; i < WIDTH * HEIGHT; i++) {
        const double was = spy_value(spec, i % WIDTH, i / WIDTH, number);
        nans += isnan(was);
        wrong +=
            !same_value(values[i], isnan(was) && replaced ? spec->nodata : was);
    }
    expect_int_lt(0, nans);
    expect_int_eq(wrong, 0);
    free(values);
}

static void check(const NanCase *nan_case, const char *options)
{
    char source[NAME_NCHARS];
    SpySpec spec;
    snprintf(source, sizeof source,
             "SPY:id=nan,width=%d,height=%d,block=300x170,bands=%d,pattern=nan,"
             "%s",
             WIDTH, HEIGHT, BANDS, nan_case->source);
    test_context("%s %s", source, options);
    require(spy_parse(source, &spec));
    expect_copied("ROWBAND", source, TARGET, options);
    GDALDatasetH result = GDALOpen(TARGET, GA_ReadOnly);
    require(result != NULL);
    for (int i = 1; i <= BANDS; i++)
        expect_band(GDALGetRasterBand(result, i), &spec, i, nan_case->replaced);
    GDALClose(result);
    remove_raster(TARGET);
}

TEST_CASE(nan_to_nodata, replaces_nan_where_nodata_is_finite)
{
    static const char *const options[] = {
        "NAN_TO_NODATA=YES BLOCKXSIZE=256 BLOCKYSIZE=256",
        "NAN_TO_NODATA=YES INTERLEAVE=BAND TILED=NO BLOCKYSIZE=33",
        "NAN_TO_NODATA=YES BLOCKXSIZE=64 BLOCKYSIZE=64 SPARSE_OK=YES",
    };
    for (int i = 0; i < COUNT_OF(cases); i++)
        for (int j = 0; j < COUNT_OF(options) && !test_failed(); j++)
            check(&cases[i], options[j]);
}

TEST_CASE(nan_to_nodata, leaves_nan_unless_told)
{
    check(&(NanCase){"type=Float32,nodata=-9999", false}, "PREDICTOR=3");
}

TEST_CASE(nan_to_nodata, leaves_integers_alone)
{
    static const char source[] = "SPY:id=nan,type=Int16,nodata=-9999,bands=2";
    expect_copied("ROWBAND", source, TARGET, "NAN_TO_NODATA=YES");
    expect_pixels_of(source, TARGET);
    remove_raster(TARGET);
}
