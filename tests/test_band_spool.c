/* SPDX-License-Identifier: MIT */
#include "band_spool.h"

#include <stdlib.h>
#include <string.h>

#include <cpl_error.h>

#include "gtest_c.h"
#include "harness.h"

enum { WIDTH = 900, HEIGHT = 700, BANDS = 3, PIXELS = WIDTH * HEIGHT };

/** What was asked for, and what is answered. */
typedef struct Asked {
    int without;  /**< a band that is not needed */
    int rows_end; /**< below which none are needed */
    int calls, stop_at;
} Asked;

static GDALDatasetH make_source(GDALDataType last_type)
{
    copying_start();
    const GDALDatasetH made = GDALCreate(GDALGetDriverByName("MEM"), "", WIDTH,
                                         HEIGHT, 0, GDT_Float32, NULL);
    float *samples = malloc(PIXELS * sizeof *samples);
    for (int band = 1; band <= BANDS; band++) {
        GDALAddBand(made, band == BANDS ? last_type : GDT_Float32, NULL);
        for (int i = 0; i < PIXELS; i++)
            samples[i] = (float)(i % 977 * band + 1);
        expect_int_eq(GDALRasterIO(GDALGetRasterBand(made, band), GF_Write, 0,
                                   0, WIDTH, HEIGHT, samples, WIDTH, HEIGHT,
                                   GDT_Float32, 0, 0),
                      CE_None);
    }
    free(samples);
    return made;
}

static bool needs_band(void *user, int band)
{
    const Asked *asked = user;
    return band != asked->without;
}

static bool needs_rows(void *user, const Window *rows)
{
    const Asked *asked = user;
    return rows->y < asked->rows_end;
}

static int CPL_STDCALL go_on(double share, const char *message, void *user)
{
    Asked *asked = user;
    (void)share;
    (void)message;
    return ++asked->calls != asked->stop_at;
}

static CPLErr fill(BandSpool *spool, Asked *asked)
{
    const BandSpoolNeeds needs = {needs_band, needs_rows, asked};
    GDALRasterIOExtraArg extra;
    INIT_RASTERIO_EXTRA_ARG(extra);
    extra.pfnProgress = go_on;
    extra.pProgressData = asked;
    return band_spool_fill(spool, &needs, &extra);
}

/** @return the sum of a sample from each row of a band from @p top on */
static double sum_of(GDALDatasetH dataset, int band, int top)
{
    double sum = 0;
    float sample = 0;
    for (int y = top; y < HEIGHT; y++) {
        expect_int_eq(GDALRasterIO(GDALGetRasterBand(dataset, band), GF_Read,
                                   y % WIDTH, y, 1, 1, &sample, 1, 1,
                                   GDT_Float32, 0, 0),
                      CE_None);
        sum += sample;
    }
    return sum;
}

static void check_all_is_there(uint64_t memory_nbytes)
{
    Asked asked = {.rows_end = HEIGHT};
    const GDALDatasetH source = make_source(GDT_Float32);
    BandSpool *spool =
        band_spool_new(source, "/vsimem/band_spool.tif", memory_nbytes);
    expect_true(spool != NULL);
    expect_int_eq(band_spool_held_nbytes(spool) > 0, memory_nbytes > 0);
    expect_int_eq(fill(spool, &asked), CE_None);
    expect_int_eq(fill(spool, &asked), CE_None);
    expect_int_eq(band_spool_bands_read(spool), BANDS);
    for (int band = 1; band <= BANDS; band++)
        expect_true(sum_of(band_spool_dataset(spool), band, 0) ==
                    sum_of(source, band, 0));
    band_spool_free(spool);
    GDALClose(source);
}

TEST_CASE(band_spool, holds_what_the_source_does_in_memory)
{
    check_all_is_there(PIXELS * BANDS * sizeof(float));
}

TEST_CASE(band_spool, holds_what_the_source_does_in_a_file)
{
    check_all_is_there(0);
}

TEST_CASE(band_spool, reads_only_what_is_needed)
{
    Asked asked = {.without = 2, .rows_end = 1};
    const GDALDatasetH source = make_source(GDT_Float32);
    BandSpool *spool = band_spool_new(source, "/vsimem/needed.tif", 0);
    const int rows = band_spool_block_rows(spool);
    expect_int_eq(fill(spool, &asked), CE_None);
    expect_int_eq(band_spool_bands_read(spool), BANDS - 1);
    expect_true(sum_of(band_spool_dataset(spool), 1, 0) > 0);
    expect_true(sum_of(band_spool_dataset(spool), 1, rows) == 0);
    expect_true(sum_of(band_spool_dataset(spool), 2, 0) == 0);
    band_spool_free(spool);
    GDALClose(source);
}

TEST_CASE(band_spool, asks_whether_to_go_on)
{
    Asked asked = {.rows_end = HEIGHT, .stop_at = 3};
    const GDALDatasetH source = make_source(GDT_Float32);
    BandSpool *spool = band_spool_new(source, "/vsimem/cancelled.tif", 0);
    ErrorLog log;
    error_log_begin(&log);
    expect_int_eq(fill(spool, &asked), CE_Failure);
    error_log_end();
    expect_int_eq(CPLGetLastErrorNo(), CPLE_UserInterrupt);
    expect_int_eq(log.failures, 1);
    expect_int_eq(asked.calls, 3);
    band_spool_free(spool);
    GDALClose(source);
}

TEST_CASE(band_spool, is_not_for_bands_of_several_types)
{
    const GDALDatasetH source = make_source(GDT_Int16);
    expect_true(band_spool_new(source, "/vsimem/types.tif", 0) == NULL);
    GDALClose(source);
}
