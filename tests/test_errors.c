/* SPDX-License-Identifier: MIT */
/* A copy that cannot be made says so once and leaves nothing behind. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cpl_conv.h>
#include <cpl_string.h>
#include <cpl_vsi.h>

#include "gtest_c.h"
#include "harness.h"

#define FOLDER "/vsimem/errors"
#define TARGET FOLDER "/target.tif"

/** Expects the copy to fail with one message, which holds @p word, and
 * FOLDER to stay empty. */
static void expect_refused(const char *source, const char *target,
                           const char *options, const char *word)
{
    const Copy copy = {.source = source, .target = target, .options = options};
    ErrorLog log;
    test_context("%s %s", source, options);
    expect_true(!copy_run(&copy, &log));
    expect_int_eq(log.failures, 1);
    if (strstr(log.failure, word) == NULL)
        expect_str_eq(log.failure, word);
    expect_empty_folder(FOLDER);
    if (test_failed())
        remove_raster(target);
}

TEST_CASE(errors, block_that_cannot_be_read)
{
    static const char *const sources[] = {
        "type=UInt16,fail=0/0",
        "type=UInt16,fail=3/0",
        "type=UInt16,fail=0/3",
        "type=UInt16,fail=3/7",
        "type=UInt16,fail=7/11",
        "bands=3,interleave=PIXEL,fail=2/5",
        "bands=3,interleave=BAND,fail=2/5",
        "bands=3,interleave=BAND,fail=7/11",
    };
    static const char *const options[] = {
        "BLOCKXSIZE=256 BLOCKYSIZE=256",
        "TILED=NO INTERLEAVE=BAND",
        "BLOCKXSIZE=128 BLOCKYSIZE=128 BUDGET=4M NUM_THREADS=2",
    };
    VSIMkdir(FOLDER, 0755);
    for (int i = 0; i < COUNT_OF(sources); i++)
        for (int j = 0; j < COUNT_OF(options) && !test_failed(); j++) {
            char source[NAME_NCHARS];
            snprintf(source, sizeof source,
                     "SPY:id=fail,width=1200,height=1200,block=150x100,%s",
                     sources[i]);
            expect_refused(source, TARGET, options[j], "unreadable");
            expect_refused(source, TARGET, options[j], TARGET);
        }
}

/** An option that cannot be, and the word that the message must hold. */
typedef struct BadOption {
    const char *options, *word;
} BadOption;

static const BadOption bad_options[] = {
    {"BUDGET=abc", "BUDGET"},
    {"BUDGET=", "BUDGET"},
    {"BUDGET=0", "BUDGET"},
    {"BUDGET=-5M", "BUDGET"},
    {"BUDGET=5Q", "BUDGET"},
    {"BUDGET=nan", "BUDGET"},
    {"ZLEVEL=13", "ZLEVEL"},
    {"ZLEVEL=0", "ZLEVEL"},
    {"ZLEVEL=six", "ZLEVEL"},
    {"ZLEVEL=6.5", "ZLEVEL"},
    {"ZLEVEL=99999999999999999999", "ZLEVEL"},
    {"COMPRESS=ZSTD ZSTD_LEVEL=23", "ZSTD_LEVEL"},
    {"PREDICTOR=3", "PREDICTOR"},
    {"PREDICTOR=4", "PREDICTOR"},
    {"PREDICTOR=MAYBE", "PREDICTOR"},
    {"BLOCKXSIZE=100", "BLOCKXSIZE"},
    {"TILED=YES BLOCKYSIZE=100", "BLOCKYSIZE"},
    {"BLOCKXSIZE=0", "BLOCKXSIZE"},
    {"BLOCKYSIZE=-16", "BLOCKYSIZE"},
    {"BLOCKXSIZE=2147483648", "BLOCKXSIZE"},
    {"BLOCKXSIZE=1048576 BLOCKYSIZE=1048576", "BLOCKXSIZE"},
    {"TILED=NO BLOCKYSIZE=0", "BLOCKYSIZE"},
    {"TILED=PERHAPS", "TILED"},
    {"COMPRESS=FOO", "COMPRESS"},
    {"INTERLEAVE=LINE", "INTERLEAVE"},
    {"NUM_THREADS=-1", "NUM_THREADS"},
    {"NUM_THREADS=0", "NUM_THREADS"},
    {"NUM_THREADS=many", "NUM_THREADS"},
    {"BIGTIFF=MAYBE", "BIGTIFF"},
    {"SPARSE_OK=PERHAPS", "SPARSE_OK"},
    {"NAN_TO_NODATA=PERHAPS", "NAN_TO_NODATA"},
    {"LAYOUT=TIFF", "LAYOUT"},
    {"LAYOUT=COG BLOCKSIZE=100", "BLOCKSIZE"},
    {"LAYOUT=COG LEVEL=13", "LEVEL=13"},
    {"LAYOUT=COG QUALITY=101", "QUALITY"},
    {"LAYOUT=COG OVERVIEW_QUALITY=0", "OVERVIEW_QUALITY"},
    {"LAYOUT=COG OVERVIEWS=SOME", "OVERVIEWS"},
    {"LAYOUT=COG OVERVIEW_COUNT=-1", "OVERVIEW_COUNT"},
    {"LAYOUT=COG OVERVIEW_COMPRESS=FOO", "FOO"},
    {"LAYOUT=COG OVERVIEW_PREDICTOR=AUTO", "OVERVIEW_PREDICTOR"},
    {"LAYOUT=COG RESAMPLING=BEST", "RESAMPLING"},
    {"LAYOUT=COG TILED=NO", "TILED"},
    {"LAYOUT=COG INTERLEAVE=LINE COMPRESS=LZW", "INTERLEAVE"},
    {"INTERLEAVE=TILE", "INTERLEAVE=TILE is not supported with LAYOUT=GTIFF"},
    {"LAYOUT=COG INTERLEAVE=BAND COMPRESS=WEBP", "INTERLEAVE=PIXEL"},
};

TEST_CASE(errors, option_values_that_cannot_be)
{
    VSIMkdir(FOLDER, 0755);
    for (int i = 0; i < COUNT_OF(bad_options); i++)
        expect_refused("SPY:id=options,type=UInt16,bands=2", TARGET,
                       bad_options[i].options, bad_options[i].word);
}

TEST_CASE(errors, predictors_that_do_not_fit_the_type)
{
    static const char *const types[] = {"Byte", "Int32", "CFloat32", "CInt16"};
    VSIMkdir(FOLDER, 0755);
    for (int i = 0; i < COUNT_OF(types); i++) {
        char source[NAME_NCHARS];
        snprintf(source, sizeof source, "SPY:id=options,type=%s", types[i]);
        expect_refused(source, TARGET, "PREDICTOR=3", "PREDICTOR");
    }
    expect_refused("SPY:id=options,type=CFloat64", TARGET, "PREDICTOR=2",
                   "PREDICTOR");
}

TEST_CASE(errors, unknown_options_are_no_more_than_warned_of)
{
    static const char source[] = "SPY:id=options";
    const Copy copy = {
        .source = source, .target = TARGET, .options = "NO_SUCH_OPTION=1"};
    ErrorLog log;
    VSIMkdir(FOLDER, 0755);
    expect_true(copy_run(&copy, &log));
    expect_int_eq(log.failures, 0);
    expect_int_eq(log.warnings, 1);
    expect_true(strstr(log.warning, "NO_SUCH_OPTION") != NULL);
    expect_pixels_of(source, TARGET);
    remove_raster(TARGET);
}

TEST_CASE(errors, target_folder_missing)
{
    static const char target[] = "/tmp/rowband_no_such_folder/target.tif";
    expect_refused("SPY:id=missing", target, NULL, target);
}

TEST_CASE(errors, target_is_a_folder)
{
    char folder[] = "/tmp/rowband_XXXXXX";
    require(mkdtemp(folder) != NULL);
    expect_refused("SPY:id=folder", folder, NULL, folder);
    rmdir(folder);
}

/** @return the number of numbers in @p text */
static int numbers_in(const char *text)
{
    int numbers = 0;
    while (*(text += strcspn(text, "0123456789")) != 0) {
        numbers++;
        text += strspn(text, "0123456789");
    }
    return numbers;
}

TEST_CASE(errors, too_little_budget_is_one_warning_with_both_numbers)
{
    static const char *const sources[] = {
        "SPY:id=floor,width=1000,height=1000,block=300x300,bands=3",
        "SPY:id=floor,width=3000,height=20,block=3000x1,type=Float64",
    };
    static const char *const budgets[] = {"BUDGET=1", "BUDGET=4K"};
    for (int i = 0; i < COUNT_OF(sources); i++)
        for (int j = 0; j < COUNT_OF(budgets); j++) {
            const Copy copy = {
                .source = sources[i], .target = TARGET, .options = budgets[j]};
            ErrorLog log;
            test_context("%s %s", sources[i], budgets[j]);
            spy_reset("floor");
            VSIMkdir(FOLDER, 0755);
            expect_true(copy_run(&copy, &log));
            expect_int_eq(log.failures, 0);
            expect_int_eq(log.warnings, 1);
            if (numbers_in(log.warning) != 2)
                expect_str_eq(log.warning, "two numbers");
            expect_each_block_once(sources[i]);
            expect_pixels_of(sources[i], TARGET);
            remove_raster(TARGET);
        }
}

static const char tiff_source[] =
    "SPY:id=itself,width=300,height=200,bands=3,pattern=noise";

/** Copies @p source onto @p target, which is the same file. GDAL deletes what
 * is at the target before a driver is called, unless told otherwise: by the one
 * name in 3.6, by the other later. */
static void check_onto_itself(const char *source, const char *target)
{
    Bytes before = bytes_of_file(source);
    const Copy copy = {.source = source,
                       .target = target,
                       .options = "QUIET_DELETE_ON_CREATE_COPY=NO "
                                  "@QUIET_DELETE_ON_CREATE_COPY=NO"};
    ErrorLog log;
    test_context("%s onto %s", source, target);
    expect_true(!copy_run(&copy, &log));
    expect_int_eq(log.failures, 1);
    Bytes after = bytes_of_file(source);
    expect_int_eq(after.nbytes, before.nbytes);
    if (after.nbytes == before.nbytes && before.data != NULL)
        expect_mem_eq(after.data, before.data, before.nbytes);
    bytes_free(&before);
    bytes_free(&after);
}

TEST_CASE(errors, source_is_target)
{
    char folder[] = "/tmp/rowband_XXXXXX", back[NAME_NCHARS];
    static const char *const pairs[][2] = {
        {"source.tif", "source.tif"}, {"source.tif", "./source.tif"},
        {"link.tif", "source.tif"},   {"source.tif", "link.tif"},
        {"source.tif", "hard.tif"},
    };
    require(getcwd(back, sizeof back) != NULL && mkdtemp(folder) != NULL);
    require(chdir(folder) == 0);
    for (int i = 0; i < COUNT_OF(pairs); i++) {
        expect_copied("GTiff", tiff_source, "source.tif", NULL);
        expect_int_eq(symlink("source.tif", "link.tif"), 0);
        expect_int_eq(link("source.tif", "hard.tif"), 0);
        check_onto_itself(pairs[i][0], pairs[i][1]);
        unlink("hard.tif");
        unlink("link.tif");
        remove_raster("source.tif");
    }
    require(chdir(back) == 0);
    rmdir(folder);
}

/* What GDAL deletes before it asks the driver is still open as the source: to
 * refuse then is to lose it. */
TEST_CASE(errors, source_is_target_and_gdal_has_deleted_it)
{
    static const char *const targets[] = {"source.tif", "./source.tif"};
    char folder[] = "/tmp/rowband_XXXXXX", back[NAME_NCHARS];
    require(getcwd(back, sizeof back) != NULL && mkdtemp(folder) != NULL);
    require(chdir(folder) == 0);
    for (int i = 0; i < COUNT_OF(targets); i++) {
        const Copy copy = {.source = "source.tif", .target = targets[i]};
        ErrorLog log;
        test_context("source.tif onto %s", targets[i]);
        expect_copied("GTiff", tiff_source, "source.tif", NULL);
        copy_run(&copy, &log);
        expect_pixels_of(tiff_source, "source.tif");
        remove_raster("source.tif");
    }
    require(chdir(back) == 0);
    rmdir(folder);
}

TEST_CASE(errors, source_is_target_in_memory)
{
    VSIMkdir(FOLDER, 0755);
    expect_copied("GTiff", tiff_source, TARGET, NULL);
    check_onto_itself(TARGET, TARGET);
    remove_raster(TARGET);
}

#define KEEP "QUIET_DELETE_ON_CREATE_COPY=NO @QUIET_DELETE_ON_CREATE_COPY=NO "

/* A file that is no raster, or one that GDAL was told to leave to the driver.
 */
TEST_CASE(errors, what_was_there_stays_until_the_file_is_whole)
{
    static const char before[] = "what was there before";
    static const char *const options[] = {KEEP "NUM_THREADS=2",
                                          KEEP "LAYOUT=COG BLOCKSIZE=128"};
    static const char sound[] = "SPY:id=stays,width=600,height=600";
    char folder[] = "/tmp/rowband_XXXXXX", target[NAME_NCHARS];
    require(mkdtemp(folder) != NULL);
    snprintf(target, sizeof target, "%s/target.tif", folder);
    for (int i = 0; i < COUNT_OF(options); i++) {
        FILE *file = fopen(target, "w");
        require(file != NULL);
        fputs(before, file);
        fclose(file);
        Copy copy = {.source = "SPY:id=stays,width=600,height=600,fail=2/2",
                     .target = target,
                     .options = options[i]};
        ErrorLog log;
        expect_true(!copy_run(&copy, &log));
        Bytes after = bytes_of_file(target);
        expect_int_eq(after.nbytes, strlen(before));
        if (after.nbytes == strlen(before))
            expect_mem_eq(after.data, before, after.nbytes);
        bytes_free(&after);
        copy.source = sound;
        expect_true(copy_run(&copy, &log));
        expect_pixels_of(sound, target);
        remove_raster(target);
        expect_empty_folder(folder);
    }
    rmdir(folder);
}

TEST_CASE(errors, fsync_of_what_is_on_no_disk)
{
    VSIMkdir(FOLDER, 0755);
    expect_refused("SPY:id=options", TARGET, "FSYNC=YES", "FSYNC");
}

TEST_CASE(errors, fsync_of_a_file)
{
    static const char source[] = "SPY:id=durable,width=600,height=600";
    char folder[] = "/tmp/rowband_XXXXXX", target[NAME_NCHARS];
    require(mkdtemp(folder) != NULL);
    snprintf(target, sizeof target, "%s/target.tif", folder);
    expect_copied("ROWBAND", source, target, "FSYNC=YES TFW=YES");
    expect_pixels_of(source, target);
    remove_raster(target);
    rmdir(folder);
}

/** Makes a TIFF of which the tile in the middle cannot be decoded. */
static void make_broken(const char *path)
{
    expect_copied("GTiff", "SPY:id=broken,width=300,height=300,pattern=noise",
                  path,
                  "TILED=YES BLOCKXSIZE=112 BLOCKYSIZE=112 COMPRESS=DEFLATE");
    const GDALDatasetH raster = GDALOpen(path, GA_ReadOnly);
    require(raster != NULL);
    const char *offset = GDALGetMetadataItem(GDALGetRasterBand(raster, 1),
                                             "BLOCK_OFFSET_1_1", "TIFF");
    const uint64_t position = offset != NULL ? strtoull(offset, NULL, 10) : 0;
    GDALClose(raster);
    expect_int_lt(0, position);
    VSILFILE *file = VSIFOpenL(path, "rb+");
    require(file != NULL);
    expect_int_eq(VSIFSeekL(file, position, SEEK_SET), 0);
    expect_int_eq(VSIFWriteL("broken", 1, 6, file), 6);
    VSIFCloseL(file);
}

/* GDAL has something else for pixels then. */
TEST_CASE(errors, tile_that_cannot_be_decoded_unless_that_is_said_not_to_matter)
{
    static const char source[] = "/vsimem/broken.tif";
    static const char ignore[] = "GTIFF_IGNORE_READ_ERRORS";
    const Copy copy = {.source = source, .target = TARGET};
    ErrorLog log;
    VSIMkdir(FOLDER, 0755);
    make_broken(source);
    expect_refused(source, TARGET, NULL, "cannot read");
    CPLSetThreadLocalConfigOption(ignore, "YES");
    expect_true(copy_run(&copy, &log));
    CPLSetThreadLocalConfigOption(ignore, NULL);
    expect_int_lt(0, log.failures);
    remove_raster(TARGET);
    remove_raster(source);
}
