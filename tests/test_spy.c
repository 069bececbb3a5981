/* SPDX-License-Identifier: MIT */
/* The spy itself: what it shows, and what it counts. */
#include <math.h>
#include <stdio.h>

#include <cpl_error.h>

#include "gtest_c.h"
#include "harness.h"

enum { WIDTH = 100, HEIGHT = 90 };

static GDALDatasetH open_spy(const char *source)
{
    copying_start();
    return GDALOpen(source, GA_ReadOnly);
}

static CPLErr read_all(GDALDatasetH spy, int band, double *values)
{
    return GDALRasterIO(GDALGetRasterBand(spy, band), GF_Read, 0, 0, WIDTH,
                        HEIGHT, values, WIDTH, HEIGHT, GDT_Float64, 0, 0);
}

static void check_values(const char *type, const char *pattern)
{
    static double values[WIDTH * HEIGHT];
    char source[NAME_NCHARS];
    SpySpec spec;
    snprintf(source, sizeof source,
             "SPY:width=%d,height=%d,block=33x17,bands=2,type=%s,pattern=%s",
             WIDTH, HEIGHT, type, pattern);
    test_context("%s", source);
    require(spy_parse(source, &spec));
    GDALDatasetH spy = open_spy(source);
    require(spy != NULL);
    for (int band = 1; band <= 2; band++) {
        int64_t wrong = 0;
        expect_int_eq(read_all(spy, band, values), CE_None);
        for (int i = 0; i < WIDTH * HEIGHT; i++) {
            const double value = spy_value(&spec, i % WIDTH, i / WIDTH, band);
            wrong += isnan(value) ? !isnan(values[i]) : values[i] != value;
        }
        expect_int_eq(wrong, 0);
    }
    GDALClose(spy);
}

TEST_CASE(spy, shows_its_values_exactly_in_all_types)
{
    static const char *const patterns[] = {"gradient", "noise", "constant",
                                           "islands", "nan"};
    copying_start();
    for (int type = GDT_Byte; type < GDT_TypeCount && !test_failed(); type++)
        for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
            if (GDALGetDataTypeName((GDALDataType)type) != NULL)
                check_values(GDALGetDataTypeName((GDALDataType)type),
                             patterns[i]);
}

/** Reads all bands and drops what GDAL keeps of them, @p times times. */
static void read_times(const char *source, int times)
{
    static double values[WIDTH * HEIGHT];
    SpySpec spec;
    require(spy_parse(source, &spec));
    spy_reset(spec.id);
    GDALDatasetH spy = open_spy(source);
    require(spy != NULL);
    for (int i = 0; i < times; i++)
        for (int band = 1; band <= spec.bands; band++) {
            expect_int_eq(read_all(spy, band, values), CE_None);
            if (band == spec.bands)
                GDALFlushCache(spy);
        }
    GDALClose(spy);
}

TEST_CASE(spy, counts_a_pixel_interleaved_block_once_for_all_bands)
{
    read_times("SPY:id=count,width=100,height=90,block=30x30,bands=3", 2);
    const SpyCounts counts = spy_counts("count");
    expect_int_eq(counts.blocks, 12);
    expect_int_eq(counts.distinct, 12);
    expect_int_eq(counts.decodes, 24);
    expect_int_eq(counts.most, 2);
}

TEST_CASE(spy, counts_a_band_interleaved_block_for_each_band)
{
    read_times("SPY:id=count,width=100,height=90,block=30x30,bands=3,"
               "interleave=BAND",
               1);
    const SpyCounts counts = spy_counts("count");
    expect_int_eq(counts.blocks, 36);
    expect_int_eq(counts.decodes, 36);
    expect_int_eq(counts.most, 1);
}

TEST_CASE(spy, shares_counts_among_handles)
{
    static const char source[] = "SPY:id=count,width=100,height=90";
    static double values[WIDTH * HEIGHT];
    GDALDatasetH first = open_spy(source), second = open_spy(source);
    require(first != NULL && second != NULL);
    spy_reset("count");
    read_all(first, 1, values);
    read_all(second, 1, values);
    expect_int_eq(spy_counts("count").decodes, 2);
    expect_int_eq(spy_counts("count").most, 2);
    GDALClose(first);
    GDALClose(second);
}

TEST_CASE(spy, counts_blocks_of_the_mask_apart)
{
    static double values[WIDTH * HEIGHT];
    GDALDatasetH spy =
        open_spy("SPY:id=count,width=100,height=90,mask=1,mask_block=50x30");
    require(spy != NULL);
    GDALRasterBandH band = GDALGetRasterBand(spy, 1);
    spy_reset("count");
    expect_int_eq(GDALGetMaskFlags(band), GMF_PER_DATASET);
    expect_int_eq(GDALRasterIO(GDALGetMaskBand(band), GF_Read, 0, 0, WIDTH,
                               HEIGHT, values, WIDTH, HEIGHT, GDT_Float64, 0,
                               0),
                  CE_None);
    expect_int_eq(spy_mask_counts("count").decodes, 6);
    expect_int_eq(spy_counts("count").decodes, 0);
    GDALClose(spy);
}

TEST_CASE(spy, fails_at_the_block_it_is_told_to)
{
    static double values[WIDTH * HEIGHT];
    ErrorLog log;
    GDALDatasetH spy =
        open_spy("SPY:id=count,width=100,height=90,block=50x30,fail=1/2");
    require(spy != NULL);
    GDALRasterBandH band = GDALGetRasterBand(spy, 1);
    error_log_begin(&log);
    expect_int_eq(GDALReadBlock(band, 0, 2, values), CE_None);
    expect_int_eq(log.failures, 0);
    expect_int_eq(GDALReadBlock(band, 1, 2, values), CE_Failure);
    expect_int_eq(log.failures, 1);
    error_log_end();
    GDALClose(spy);
}

TEST_CASE(spy, refuses_names_that_make_no_sense)
{
    static const char *const names[] = {
        "SPY:width=0",     "SPY:block=16",    "SPY:type=Long", "SPY:widht=3",
        "SPY:pattern=fog", "SPY:fail=1x1",    "SPY:bands=x",   "PSY:width=3",
        "SPY:block=16x0",  "SPY:interleave=", "SPY:fail=-1/0"};
    SpySpec spec;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        test_context("%s", names[i]);
        expect_true(!spy_parse(names[i], &spec));
    }
}
