/* SPDX-License-Identifier: MIT */
/* What GDAL's cache holds of a dataset of Create(), whatever is done to it. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cpl_conv.h>
#include <cpl_string.h>

#include "folders.h"
#include "gtest_c.h"
#include "harness.h"
#include "int_math.h"

/* The raster takes several times what the cache may hold, a quarter of BUDGET.
 */
enum { WIDTH = 3000, HEIGHT = 2500, BANDS = 3, BUDGET_MB = 32 };
enum { SHARE_NBYTES = BUDGET_MB / 4 << 20 };
/* GDAL counts what it needs to find blocks by as well. */
enum { BESIDES_NBYTES = SHARE_NBYTES / 64 };

typedef struct Fixture {
    char folder[32], target[NAME_NCHARS];
    int64_t cache_max, cache_before;
    GDALDatasetH made;
    uint8_t *pixels;
} Fixture;

static void begin(Fixture *fixture)
{
    char *options[] = {"BUDGET=32M", "COMPRESS=NONE", NULL};
    const size_t nbytes = (size_t)WIDTH * HEIGHT * BANDS;
    copying_start();
    fixture->cache_max = cache_max_set((int64_t)1 << 28);
    fixture->cache_before = GDALGetCacheUsed64();
    strcpy(fixture->folder, "/tmp/rowband_XXXXXX");
    require(mkdtemp(fixture->folder) != NULL);
    folder_join(fixture->target, fixture->folder, "out.tif");
    fixture->made = GDALCreate(GDALGetDriverByName("ROWBAND"), fixture->target,
                               WIDTH, HEIGHT, BANDS, GDT_Byte, options);
    require(fixture->made != NULL);
    fixture->pixels = malloc(nbytes);
    require(fixture->pixels != NULL);
    for (size_t i = 0; i < nbytes; i++)
        fixture->pixels[i] = (uint8_t)(i * 7 + i / 1021);
}

static void expect_share(const Fixture *fixture)
{
    expect_true(GDALGetCacheUsed64() - fixture->cache_before <=
                SHARE_NBYTES + BESIDES_NBYTES);
}

/** Closes what was made, and opens the file.
 * @return NULL if there is none */
static GDALDatasetH reopen(Fixture *fixture)
{
    expect_share(fixture);
    GDALClose(fixture->made);
    return GDALOpen(fixture->target, GA_ReadOnly);
}

static void end(Fixture *fixture)
{
    cache_max_set(fixture->cache_max);
    folder_clear(fixture->folder);
    rmdir(fixture->folder);
    free(fixture->pixels);
}

/** Some rows, to or from their place in @p pixels. */
static CPLErr transfer(GDALDatasetH dataset, GDALRWFlag flag, uint8_t *pixels,
                       int y, int height)
{
    return GDALDatasetRasterIO(
        dataset, flag, 0, y, WIDTH, height, pixels + (size_t)y * WIDTH * BANDS,
        WIDTH, height, GDT_Byte, BANDS, NULL, BANDS, WIDTH * BANDS, 1);
}

/** Expects the file to hold the fixture's pixels, by pixel. */
static void expect_pixels(Fixture *fixture)
{
    const size_t nbytes = (size_t)WIDTH * HEIGHT * BANDS;
    const GDALDatasetH file = reopen(fixture);
    uint8_t *read = calloc(1, nbytes);
    require(file != NULL && read != NULL);
    expect_int_eq(transfer(file, GF_Read, read, 0, HEIGHT), CE_None);
    expect_mem_eq(read, fixture->pixels, nbytes);
    free(read);
    GDALClose(file);
}

TEST_CASE(created_cache, one_call_for_all_pixels_and_one_to_read_them)
{
    Fixture fixture;
    begin(&fixture);
    expect_int_eq(transfer(fixture.made, GF_Write, fixture.pixels, 0, HEIGHT),
                  CE_None);
    expect_share(&fixture);
    expect_int_eq(transfer(fixture.made, GF_Read, fixture.pixels, 0, HEIGHT),
                  CE_None);
    expect_pixels(&fixture);
    end(&fixture);
}

/** As many programs write. */
TEST_CASE(created_cache, row_after_row)
{
    Fixture fixture;
    begin(&fixture);
    for (int y = 0; y < HEIGHT; y++) {
        expect_int_eq(transfer(fixture.made, GF_Write, fixture.pixels, y, 1),
                      CE_None);
        expect_share(&fixture);
    }
    expect_pixels(&fixture);
    end(&fixture);
}

/** Windows of one band after the other, last ones first, that cut tiles. */
TEST_CASE(created_cache, windows_of_bands)
{
    enum { SIZE = 500 };
    Fixture fixture;
    begin(&fixture);
    for (int y = HEIGHT - SIZE; y >= 0; y -= SIZE) {
        for (int x = 0; x < WIDTH; x += SIZE) {
            for (int band = BANDS; band >= 1; band--) {
                const size_t first = ((size_t)y * WIDTH + (size_t)x) * BANDS;
                expect_int_eq(
                    GDALRasterIO(GDALGetRasterBand(fixture.made, band),
                                 GF_Write, x, y, SIZE, SIZE,
                                 fixture.pixels + first + band - 1, SIZE, SIZE,
                                 GDT_Byte, BANDS, WIDTH * BANDS),
                    CE_None);
                expect_share(&fixture);
            }
        }
    }
    expect_pixels(&fixture);
    end(&fixture);
}

TEST_CASE(created_cache, one_value_for_all)
{
    Fixture fixture;
    begin(&fixture);
    for (int band = 1; band <= BANDS; band++) {
        const GDALRasterBandH filled = GDALGetRasterBand(fixture.made, band);
        expect_int_eq(GDALFillRaster(filled, band * 50, 0), CE_None);
        expect_share(&fixture);
    }
    for (size_t i = 0; i < (size_t)WIDTH * HEIGHT * BANDS; i++)
        fixture.pixels[i] = (uint8_t)((i % BANDS + 1) * 50);
    expect_pixels(&fixture);
    end(&fixture);
}

/** A call that resamples may hold more, while it lasts. */
TEST_CASE(created_cache, one_value_for_all_by_resampling)
{
    Fixture fixture;
    uint8_t value = 77;
    begin(&fixture);
    for (int band = 1; band <= BANDS; band++) {
        expect_int_eq(GDALRasterIO(GDALGetRasterBand(fixture.made, band),
                                   GF_Write, 0, 0, WIDTH, HEIGHT, &value, 1, 1,
                                   GDT_Byte, 0, 0),
                      CE_None);
        expect_share(&fixture);
    }
    memset(fixture.pixels, value, (size_t)WIDTH * HEIGHT * BANDS);
    expect_pixels(&fixture);
    end(&fixture);
}

/** It is a TIFF of its own within the spool's. */
TEST_CASE(created_cache, the_mask)
{
    Fixture fixture;
    begin(&fixture);
    uint8_t *mask = fixture.pixels;
    for (size_t i = 0; i < (size_t)WIDTH * HEIGHT; i++)
        mask[i] = (uint8_t)(mask[i] > 100 ? 255 : 0);
    expect_int_eq(GDALCreateDatasetMaskBand(fixture.made, GMF_PER_DATASET),
                  CE_None);
    const GDALRasterBandH band =
        GDALGetMaskBand(GDALGetRasterBand(fixture.made, 1));
    expect_int_eq(GDALRasterIO(band, GF_Write, 0, 0, WIDTH, HEIGHT, mask, WIDTH,
                               HEIGHT, GDT_Byte, 0, 0),
                  CE_None);
    const GDALDatasetH file = reopen(&fixture);
    uint8_t *read = malloc((size_t)WIDTH * HEIGHT);
    require(file != NULL && read != NULL);
    expect_int_eq(GDALRasterIO(GDALGetMaskBand(GDALGetRasterBand(file, 1)),
                               GF_Read, 0, 0, WIDTH, HEIGHT, read, WIDTH,
                               HEIGHT, GDT_Byte, 0, 0),
                  CE_None);
    expect_mem_eq(read, mask, (size_t)WIDTH * HEIGHT);
    free(read);
    GDALClose(file);
    end(&fixture);
}

/** Zeros are nothing to a file in which unwritten blocks are zero, but not
 * where they are to be another value: they are not taken for unwritten. */
TEST_CASE(created_cache, nodata_told_after_zeros)
{
    Fixture fixture;
    const size_t nbytes = (size_t)WIDTH * HEIGHT * BANDS;
    begin(&fixture);
    memset(fixture.pixels, 0, nbytes);
    expect_int_eq(transfer(fixture.made, GF_Write, fixture.pixels, 0, HEIGHT),
                  CE_None);
    for (int band = 1; band <= BANDS; band++)
        expect_int_eq(
            GDALSetRasterNoDataValue(GDALGetRasterBand(fixture.made, band), 9),
            CE_None);
    expect_pixels(&fixture);
    end(&fixture);
}
