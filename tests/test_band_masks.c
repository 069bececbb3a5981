/* SPDX-License-Identifier: MIT */
/* Masks of single bands are read once, with the pixels that they are computed
 * from, and the .msk file is GTiff's. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_vsi.h>
#include <gdal.h>

#include "gtest_c.h"
#include "harness.h"

#define TARGET "/vsimem/band_masks.tif"
#define THEIRS "/vsimem/band_masks_theirs.tif"
#define WRAPPER "/vsimem/band_masks.vrt"

enum { CACHE_SMALL = 1 << 20 };

/** What is said of each band. */
static void expect_same_flags(const char *ours, const char *theirs)
{
    GDALDatasetH file = GDALOpen(ours, GA_ReadOnly);
    GDALDatasetH expected = GDALOpen(theirs, GA_ReadOnly);
    require(file != NULL && expected != NULL);
    expect_int_eq(GDALGetRasterCount(file), GDALGetRasterCount(expected));
    for (int i = 1; i <= GDALGetRasterCount(expected); i++) {
        char name[40];
        snprintf(name, sizeof name, "INTERNAL_MASK_FLAGS_%d", i);
        const char *flags = GDALGetMetadataItem(file, name, NULL);
        const char *theirs_are = GDALGetMetadataItem(expected, name, NULL);
        expect_str_eq(flags != NULL ? flags : "none",
                      theirs_are != NULL ? theirs_are : "none");
    }
    GDALClose(file);
    GDALClose(expected);
}

/** Both .msk files, whole. */
static void expect_same_file(const char *ours, const char *theirs)
{
    /* Later GDALs flush each mask before they say of the next that it is one,
     * so that GTiff writes its directory twice and leaves a hole where the
     * first was. */
    if (atoi(GDALVersionInfo("VERSION_NUM")) >= GDAL_COMPUTE_VERSION(3, 7, 0)) {
        expect_same_pixels(ours, theirs);
        expect_same_tiles(ours, theirs);
        expect_same_flags(ours, theirs);
        return;
    }
    vsi_l_offset nbytes = 0, their_nbytes = 0;
    const GByte *bytes = VSIGetMemFileBuffer(ours, &nbytes, FALSE);
    const GByte *their_bytes =
        VSIGetMemFileBuffer(theirs, &their_nbytes, FALSE);
    require(bytes != NULL && their_bytes != NULL);
    expect_int_eq((int64_t)nbytes, (int64_t)their_nbytes);
    if (!test_failed())
        expect_int_eq(memcmp(bytes, their_bytes, (size_t)nbytes), 0);
}

/** @param name of the spy, or of a VRT of it
 * @param ours  options of ROWBAND besides */
static void check_through(const char *name, const char *source,
                          const char *options, const char *ours)
{
    char all[NAME_NCHARS];
    SpySpec spec;
    ErrorLog log;
    require(spy_parse(source, &spec));
    test_context("%s %s %s %s", name, source, options, ours);
    expect_copied_with("GTiff", name, THEIRS, options, &log);
    snprintf(all, sizeof all, "%s %s", options, ours);
    spy_reset(spec.id);
    const int64_t before = cache_max_set(CACHE_SMALL);
    expect_copied_with("ROWBAND", name, TARGET, all, &log);
    cache_max_set(before);
    const SpyCounts counts = spy_counts(spec.id);
    expect_int_eq(counts.most, 1);
    const SpyCounts masks = spy_mask_counts(spec.id);
    expect_int_eq(masks.most, spec.own_masks == SPY_MASKS_DATA);
    expect_same_file(TARGET ".msk", THEIRS ".msk");
    remove_raster(TARGET);
    remove_raster(THEIRS);
}

static void check(const char *masks, const char *const *options, int count)
{
    static const char *const blocks[] = {"block=256x256", "block=300x100",
                                         "block=700x1", "block=512x600"};
    static const char *const ours[] = {
        "", "BUDGET=3M NUM_THREADS=2 READ_THREADS=1", "BUDGET=1"};
    char source[NAME_NCHARS];
    for (int i = 0; i < COUNT_OF(blocks); i++)
        for (int j = 0; j < count && !test_failed(); j++) {
            if (one_left_out())
                continue;
            snprintf(source, sizeof source,
                     "SPY:id=masks,width=700,height=600,bands=3,interleave=%s,"
                     "type=UInt16,%s,%s",
                     i % 2 == 0 ? "PIXEL" : "BAND", blocks[i], masks);
            check_through(source, source, options[j],
                          ours[(i + j) % COUNT_OF(ours)]);
            if (test_failed())
                return;
            require(vrt_translate(source, "-srcwin 0 0 700 570 -a_nodata none",
                                  WRAPPER));
            check_through(WRAPPER, source, options[j],
                          ours[(i + j) % COUNT_OF(ours)]);
            VSIUnlink(WRAPPER);
        }
}

static const char *const layouts[] = {
    "COMPRESS=NONE TILED=YES BLOCKXSIZE=256 BLOCKYSIZE=128",
    "COMPRESS=NONE BLOCKYSIZE=7 INTERLEAVE=BAND",
    "COMPRESS=NONE TILED=YES BLOCKXSIZE=512 BLOCKYSIZE=512"};

TEST_CASE(band_masks, computed_ones_come_from_the_same_decodes)
{
    check("own_masks=computed", layouts, COUNT_OF(layouts));
}

TEST_CASE(band_masks, of_some_bands_only)
{
    check("own_masks=computed,maskless=1", layouts, 1);
    check("own_masks=computed,maskless=2", layouts, 1);
}

TEST_CASE(band_masks, that_are_data_in_blocks_of_the_bands)
{
    check("own_masks=data", layouts, COUNT_OF(layouts));
}

TEST_CASE(band_masks, that_are_data_in_blocks_of_their_own)
{
    static const char *const blocks[] = {"128x77", "700x1", "512x512"};
    for (int i = 0; i < COUNT_OF(blocks) && !test_failed(); i++) {
        char source[NAME_NCHARS];
        snprintf(source, sizeof source,
                 "SPY:id=masks,width=700,height=600,bands=3,block=256x256,"
                 "own_masks=data,mask_block=%s",
                 blocks[i]);
        check_through(source, source, layouts[i], "BUDGET=2M");
    }
}

TEST_CASE(band_masks, without_size_of_blocks_are_refused)
{
    const Copy copy = {
        .source = "SPY:id=sizeless,bands=2,own_masks=sizeless,maskless=1",
        .target = TARGET};
    ErrorLog log;
    expect_true(!copy_run(&copy, &log));
    expect_int_eq(log.failures, 1);
    expect_true(strstr(log.failure, "mask of band 2") != NULL);
    expect_true(strstr(log.failure, "no size") != NULL);
}

TEST_CASE(band_masks, of_several_readers)
{
    const char *source =
        "SPY:id=masks,width=900,height=2000,bands=2,type=Byte,"
        "block=900x50,own_masks=computed,cost_us=500," SPY_ANY_FILE;
    const char *options = "COMPRESS=NONE TILED=YES BLOCKXSIZE=256 "
                          "BLOCKYSIZE=256";
    expect_copied("GTiff", source, THEIRS, options);
    for (int i = 0; i < 5 && !test_failed(); i++) {
        expect_copied("ROWBAND", source, TARGET,
                      "COMPRESS=NONE BLOCKXSIZE=256 BLOCKYSIZE=256 TILED=YES "
                      "READ_THREADS=3 BUDGET=4M");
        expect_same_file(TARGET ".msk", THEIRS ".msk");
        remove_raster(TARGET);
    }
    remove_raster(THEIRS);
}
