/* SPDX-License-Identifier: MIT */
/* A mask of the whole dataset is read along with the raster, once, and goes
 * into the file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gtest_c.h"
#include "harness.h"

#define TARGET "/vsimem/mask.tif"

static void expect_mask_of(const SpySpec *spec, const char *path)
{
    GDALDatasetH result = GDALOpen(path, GA_ReadOnly);
    require(result != NULL);
    GDALRasterBandH band = GDALGetRasterBand(result, 1);
    const size_t count = (size_t)spec->width * (size_t)spec->height;
    uint8_t *mask = calloc(count, 1);
    expect_int_eq(GDALGetMaskFlags(band), GMF_PER_DATASET);
    expect_int_eq(GDALRasterIO(GDALGetMaskBand(band), GF_Read, 0, 0,
                               spec->width, spec->height, mask, spec->width,
                               spec->height, GDT_Byte, 0, 0),
                  CE_None);
    int64_t wrong = 0;
    for (size_t i = 0; i < count; i++)
        wrong +=
            mask[i] != spy_mask_value(spec, (int64_t)(i % (size_t)spec->width),
                                      (int64_t)(i / (size_t)spec->width));
    expect_int_eq(wrong, 0);
    free(mask);
    GDALClose(result);
}

static void check(const char *source, const char *options)
{
    const Copy copy = {.source = source, .target = TARGET, .options = options};
    SpySpec spec;
    ErrorLog log;
    test_context("%s %s", source, options);
    require(spy_parse(source, &spec));
    spy_reset(spec.id);
    expect_true(copy_run(&copy, &log));
    expect_str_eq(log.failure, "");
    expect_int_le(log.warnings, strstr(options, "BUDGET=1 ") != NULL);
    expect_each_block_once(source);
    const SpyCounts counts = spy_mask_counts(spec.id);
    expect_int_eq(counts.distinct, counts.blocks);
    expect_int_eq(counts.most, 1);
    if (!test_failed()) {
        expect_pixels_of(source, TARGET);
        expect_mask_of(&spec, TARGET);
    }
    remove_raster(TARGET);
}

static void check_blocks(const char *const *blocks, int count)
{
    static const char *const layouts[] = {
        "BLOCKXSIZE=256 BLOCKYSIZE=256", "TILED=NO INTERLEAVE=BAND",
        "BLOCKXSIZE=128 BLOCKYSIZE=64 BUDGET=12M ZLEVEL=1",
        "BLOCKXSIZE=128 BLOCKYSIZE=64 BUDGET=1 ZLEVEL=1"};
    for (int i = 0; i < count; i++)
        for (int j = 0; j < COUNT_OF(layouts) && !test_failed(); j++) {
            char source[NAME_NCHARS];
            snprintf(source, sizeof source,
                     "SPY:id=mask,width=2200,height=1800,bands=2,mask=1,%s",
                     blocks[i]);
            if (!one_left_out())
                check(source, layouts[j]);
        }
}

TEST_CASE(mask, in_blocks_of_the_raster)
{
    static const char *const blocks[] = {"block=256x256", "block=300x300",
                                         "block=2200x1", "block=100x1800"};
    check_blocks(blocks, COUNT_OF(blocks));
}

TEST_CASE(mask, in_blocks_that_divide_those_of_the_raster)
{
    static const char *const blocks[] = {"block=300x300,mask_block=100x100",
                                         "block=512x512,mask_block=256x128"};
    check_blocks(blocks, COUNT_OF(blocks));
}

TEST_CASE(mask, in_blocks_of_its_own)
{
    static const char *const blocks[] = {
        "block=256x256,mask_block=2200x1", "block=2200x1,mask_block=256x256",
        "block=300x300,mask_block=256x256", "block=128x128,mask_block=512x512"};
    check_blocks(blocks, COUNT_OF(blocks));
}
