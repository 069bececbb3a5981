/* SPDX-License-Identifier: MIT */
/* Sources as gdal_translate hands them over when it is given options: wrapped
 * in a VRT. The pixels are those that GTiff writes, and no block is decoded
 * twice for them. */
#include <stdio.h>

#include <cpl_string.h>
#include <cpl_vsi.h>
#include <gdal_utils.h>

#include "create_copy.h"
#include "gtest_c.h"
#include "harness.h"
#include "live_vrt.h"

#define WRAPPER "/vsimem/wrapped.vrt"
#define FOLDER "/vsimem/wrapped"
#define TARGET FOLDER "/target.tif"
#define EXPECTED "/vsimem/vrt_source_expected.tif"

#define SOURCE                                                                 \
    "SPY:id=wrapped,width=1300,height=1100,block=300x200,bands="               \
    "3," SPY_ANY_FILE

static const char *const wraps[] = {
    "-srcwin 100 77 900 800",
    "-srcwin -50 -30 400 500",
    "-b 3 -b 2",
    "-b 2",
    "-ot Float32",
    "-scale 0 255 10 200 -ot UInt16",
    "-a_nodata 9 -mo A=B",
    "-outsize 50% 50%",
    "-outsize 50% 50% -r bilinear",
    "-outsize 170% 130% -r cubic",
    "-srcwin 3 5 1000 900 -outsize 333 444 -r lanczos",
    "-srcwin 3 5 1000 900 -outsize 500 450 -r average",
    "-outsize 37% 41% -r average",
    /* Enlarged, an average takes the pixel that division rounds to, and which
     * depends on the request: no more than is read in one. */
    "-srcwin 3 5 600 500 -outsize 90% 120% -r average",
};

/** @param readers each has a handle of its own, if there are several, and shows
 *        one block that is compared */
static void check(const char *arguments, const char *options, int readers)
{
    test_context("%s %s", arguments, options);
    require(vrt_translate(SOURCE, arguments, WRAPPER));
    expect_copied("GTiff", WRAPPER, EXPECTED, NULL);
    const int64_t before = cache_max_set(1 << 20);
    spy_reset("wrapped");
    expect_copied("ROWBAND", WRAPPER, TARGET, options);
    cache_max_set(before);
    const SpyCounts counts = spy_counts("wrapped");
    expect_int_le(counts.decodes - counts.distinct, readers > 1 ? readers : 0);
    expect_same_pixels(TARGET, EXPECTED);
    remove_raster(TARGET);
    remove_raster(EXPECTED);
    remove_raster(WRAPPER);
}

TEST_CASE(wrapped, pixels_are_those_of_gtiff_and_blocks_decoded_once)
{
    static const char *const options[] = {
        "BLOCKXSIZE=256 BLOCKYSIZE=256 READ_THREADS=1",
        "TILED=NO INTERLEAVE=BAND READ_THREADS=3",
    };
    static const int readers[COUNT_OF(options)] = {1, 3};
    VSIMkdir(FOLDER, 0755);
    for (int i = 0; i < COUNT_OF(wraps); i++)
        for (int j = 0; j < COUNT_OF(options) && !test_failed(); j++)
            if (!one_left_out())
                check(wraps[i], options[j], readers[j]);
}

TEST_CASE(wrapped, unreadable_block_is_one_failure)
{
    VSIMkdir(FOLDER, 0755);
    for (int i = 0; i < COUNT_OF(wraps) && !test_failed(); i++) {
        const Copy copy = {.source = WRAPPER, .target = TARGET};
        ErrorLog log;
        test_context("%s", wraps[i]);
        require(vrt_translate(SOURCE ",fail=1/2", wraps[i], WRAPPER));
        expect_true(!copy_run(&copy, &log));
        expect_int_eq(log.failures, 1);
        expect_empty_folder(FOLDER);
        remove_raster(WRAPPER);
    }
}

/** Writes a VRT of 8x8 pixels that has @p name as its source @p count times. */
static void write_pile(const char *path, const char *name, int count)
{
    VSILFILE *file = VSIFOpenL(path, "wb");
    require(file != NULL);
    VSIFPrintfL(file, "<VRTDataset rasterXSize='8' rasterYSize='8'>"
                      "<VRTRasterBand dataType='Byte' band='1'>");
    for (int i = 0; i < count; i++)
        VSIFPrintfL(file,
                    "<SimpleSource><SourceFilename>%s</SourceFilename>"
                    "<SourceBand>1</SourceBand></SimpleSource>",
                    name);
    VSIFPrintfL(file, "</VRTRasterBand></VRTDataset>");
    expect_int_eq(VSIFCloseL(file), 0);
}

TEST_CASE(wrapped, names_that_multiply_are_not_followed_without_end)
{
    enum { BELOW = 1000, ABOVE = 100 };
    char reason[300];
    Leaf *const *leaves;
    copying_start();
    VSIMkdir(FOLDER, 0755);
    write_pile(FOLDER "/below.vrt", "SPY:id=pile,width=8,height=8,block=8x8",
               BELOW);
    write_pile(FOLDER "/above.vrt", FOLDER "/below.vrt", ABOVE);
    GDALDatasetH pile = GDALOpen(FOLDER "/above.vrt", GA_ReadOnly);
    require(pile != NULL);
    LiveVrt *live = live_vrt_open(pile, reason, sizeof reason);
    expect_true(live != NULL);
    /* The source at the bottom; and the VRT above it, once there were enough
     * ways through that. */
    if (live != NULL)
        expect_int_eq(live_vrt_leaves(live, &leaves), 2);
    live_vrt_close(live);
    GDALClose(pile);
    VSIUnlink(FOLDER "/above.vrt");
    VSIUnlink(FOLDER "/below.vrt");
}

/** Writes a VRT of 8x8 pixels that shows a tiny part of @p below. */
static void write_scaled(const char *path, const char *below, int x)
{
    VSILFILE *file = VSIFOpenL(path, "wb");
    require(file != NULL);
    VSIFPrintfL(file,
                "<VRTDataset rasterXSize='8' rasterYSize='8'>"
                "<VRTRasterBand dataType='Byte' band='1'><SimpleSource>"
                "<SourceFilename>%s</SourceFilename>"
                "<SourceBand>1</SourceBand>"
                "<SrcRect xOff='%d' yOff='%d' xSize='0.001' ySize='0.001'/>"
                "<DstRect xOff='0' yOff='0' xSize='8' ySize='8'/>"
                "</SimpleSource></VRTRasterBand></VRTDataset>",
                below, x, x);
    expect_int_eq(VSIFCloseL(file), 0);
}

static void check_scaled(int x)
{
    enum { DEPTH = 10 };
    char names[2][30] = {"", "SPY:id=far,width=8,height=8"};
    for (int i = 0; i < DEPTH && !test_failed(); i++) {
        const char *below = names[(i + 1) % 2];
        snprintf(names[i % 2], sizeof names[0], "/vsimem/far%d.vrt", i);
        write_scaled(names[i % 2], below, x);
        test_context("%d VRTs, at %d", i + 1, x);
        expect_copied("GTiff", names[i % 2], EXPECTED, NULL);
        expect_copied("ROWBAND", names[i % 2], TARGET, NULL);
        expect_same_pixels(TARGET, EXPECTED);
        remove_raster(TARGET);
    }
    remove_raster(EXPECTED);
    for (int i = 0; i < DEPTH; i++)
        VSIUnlink(CPLSPrintf("/vsimem/far%d.vrt", i));
}

/* What they come to is no number of pixels any more, which sanitizers see. */
TEST_CASE(wrapped, scales_that_multiply)
{
    VSIMkdir(FOLDER, 0755);
    check_scaled(1);
    check_scaled(-1);
}

TEST_CASE(wrapped, source_that_is_not_there_is_one_failure_with_its_reason)
{
    static const char text[] =
        "<VRTDataset rasterXSize='8' rasterYSize='8'>"
        "<VRTRasterBand dataType='Byte' band='1'><SimpleSource>"
        "<SourceFilename>/vsimem/none.tif</SourceFilename>"
        "<SourceProperties RasterXSize='8' RasterYSize='8' DataType='Byte' "
        "BlockXSize='8' BlockYSize='8'/>"
        "</SimpleSource></VRTRasterBand></VRTDataset>";
    ErrorLog log;
    copying_start();
    VSIMkdir(FOLDER, 0755);
    GDALDatasetH source = GDALOpen(text, GA_ReadOnly);
    require(source != NULL);
    error_log_begin(&log);
    /* GDALCreateCopy() has GDAL say so before it asks any driver. */
    expect_true(create_copy(TARGET, source, false, NULL, GDALDummyProgress,
                            NULL) == NULL);
    error_log_end();
    GDALClose(source);
    expect_int_eq(log.failures, 1);
    if (strstr(log.failure, "No such file") == NULL)
        expect_str_eq(log.failure, "No such file");
    expect_empty_folder(FOLDER);
}
