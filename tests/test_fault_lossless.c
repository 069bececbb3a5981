/* SPDX-License-Identifier: MIT */
/* Tiles that are copied encoded, on a machine without memory and a disk that
 * fails: at each call in turn. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cpl_string.h>
#include <cpl_vsi.h>
#include <gdal.h>

#include "copying.h"
#include "fault_files.h"
#include "fault_loop.h"
#include "gtest_c.h"
#include "harness.h"

#define IN_MEMORY "/vsimem/fault_lossless.tif"
#define TARGET "/vsimem/fault_lossless/target.tif"
#define SPY "SPY:id=fault,width=200,height=160,block=64x64,mask=1,bands=2"
#define TILES "BLOCKXSIZE=64 BLOCKYSIZE=64 NUM_THREADS=2 "

/* Bands alone, and a mosaic of two windows of them, the second of which does
 * not begin with a tile. */
#define UNMASKED "SPY:id=fault,width=200,height=160,block=64x64,bands=2"
#define MOSAIC "/vsimem/fault_mosaic.vrt"
#define SOURCE(band, from, to)                                                 \
    "<SimpleSource><SourceFilename relativeToVRT='1'>fault_lossless.tif"       \
    "</SourceFilename><SourceBand>" band "</SourceBand><SrcRect xOff='" from   \
    "' yOff='0' xSize='128' ySize='160'/><DstRect xOff='" to                   \
    "' yOff='0' xSize='128' ySize='160'/></SimpleSource>"
#define BAND(band)                                                             \
    "<VRTRasterBand dataType='Byte' band='" band "'>" SOURCE(band, "0", "0")   \
        SOURCE(band, "30", "128") "</VRTRasterBand>"

/** Has GTiff write a source of encoded tiles. */
static void make_source_of(const char *pixels, const char *path)
{
    static const char *const options[] = {"TILED=YES",       "BLOCKXSIZE=64",
                                          "BLOCKYSIZE=64",   "COMPRESS=DEFLATE",
                                          "INTERLEAVE=BAND", NULL};
    copying_start();
    const GDALDatasetH spy = GDALOpen(pixels, GA_ReadOnly);
    require(spy != NULL);
    CPLSetThreadLocalConfigOption("GDAL_TIFF_INTERNAL_MASK", "YES");
    GDALClose(GDALCreateCopy(GDALGetDriverByName("GTiff"), path, spy, FALSE,
                             (char **)options, NULL, NULL));
    CPLSetThreadLocalConfigOption("GDAL_TIFF_INTERNAL_MASK", NULL);
    GDALClose(spy);
}

static void make_source(const char *path)
{
    make_source_of(SPY, path);
}

static void run_on(const char *source, const FaultLoop *like,
                   const char *options)
{
    FaultLoop loop = *like;
    loop.source = source;
    loop.target = TARGET;
    loop.options = options;
    fault_loop_run(&loop);
}

static void run_memory_on(const char *source, const char *options)
{
    const FaultLoop once = {.fault = "there is no memory",
                            .kind = FAULT_MEMORY};
    const FaultLoop for_good = {.fault = "there is no memory from then on",
                                .kind = FAULT_MEMORY,
                                .for_good = true,
                                .must_fail = true};
    run_on(source, &once, options);
    run_on(source, &for_good, options);
}

static void run_memory(const char *options)
{
    make_source(IN_MEMORY);
    run_memory_on(IN_MEMORY, options);
    VSIUnlink(IN_MEMORY);
}

TEST_CASE(fault_lossless, each_allocation)
{
    run_memory(TILES "INTERLEAVE=BAND");
    run_memory("LOSSLESS_COPY=YES NUM_THREADS=2");
}

TEST_CASE(fault_lossless, each_allocation_with_pixels_beside)
{
    run_memory(TILES "INTERLEAVE=BAND STATISTICS=YES");
}

TEST_CASE(fault_lossless, each_allocation_with_tiles_decoded)
{
    make_source_of(UNMASKED, IN_MEMORY);
    run_memory_on(IN_MEMORY, TILES "INTERLEAVE=BAND STATISTICS=YES");
    VSIUnlink(IN_MEMORY);
}

TEST_CASE(fault_lossless, each_allocation_through_a_mosaic)
{
    static char text[] =
        "<VRTDataset rasterXSize='256' rasterYSize='160'>" BAND("1")
            BAND("2") "</VRTDataset>";
    make_source_of(UNMASKED, IN_MEMORY);
    VSIFCloseL(
        VSIFileFromMemBuffer(MOSAIC, (GByte *)text, sizeof text - 1, FALSE));
    run_memory_on(MOSAIC, TILES "INTERLEAVE=BAND");
    run_memory_on(MOSAIC, "LOSSLESS_COPY=YES NUM_THREADS=2");
    VSIUnlink(MOSAIC);
    VSIUnlink(IN_MEMORY);
}

/** @return whether the @p nth read of the source was made, and failed */
static bool copy_with_fault(const char *path, int64_t nth)
{
    const Copy copy = {
        .source = path, .target = TARGET, .options = TILES "INTERLEAVE=BAND"};
    ErrorLog log;
    fault_arm(FAULT_READ, nth, false);
    const bool copied = copy_run(&copy, &log);
    const FaultReport report = fault_disarm();
    test_context("read %lld", (long long)nth);
    expect_int_eq(report.held, 0);
    if (copied) {
        expect_int_eq(log.failures, 0);
        expect_pixels_of(SPY, TARGET);
        remove_raster(TARGET);
    } else {
        /* What GDAL fails to open it may say twice. */
        if (strstr(log.failure, "ROWBAND") != NULL)
            expect_int_eq(log.failures, 1);
        expect_int_le(1, log.failures);
        expect_true(strstr(log.failure, "source.tif") != NULL);
    }
    VSIStatBufL nothing;
    expect_true(VSIStatL(TARGET, &nothing) != 0);
    return report.struck > 0;
}

TEST_CASE(fault_lossless, each_read_of_the_source)
{
    char folder[] = "/tmp/rowband_XXXXXX", path[NAME_NCHARS];
    require(mkdtemp(folder) != NULL);
    copying_start();
    fault_files_install();
    VSIMkdir("/vsimem/fault_lossless", 0755);
    snprintf(path, sizeof path, "%s%s/source.tif", FAULT_FILES, folder);
    make_source(path);
    int64_t nth = 1;
    while (!test_failed() && copy_with_fault(path, nth))
        nth++;
    expect_int_lt(20, nth);
    VSIUnlink(path);
    rmdir(folder);
}
