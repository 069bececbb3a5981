/* SPDX-License-Identifier: MIT */
/* Whether a dataset may be opened again: its name must mean the files that are
 * open, and what is opened must be the same. And what copies make of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cpl_conv.h>
#include <cpl_string.h>
#include <cpl_vsi.h>
#include <gdal_utils.h>

#include "create_copy.h"
#include "gtest_c.h"
#include "harness.h"
#include "same_again.h"

/* Large enough for a window for each of several readers. */
#define OTHER "SPY:id=again,width=500,height=900,block=100x90,type=Float64,"
#define ONE OTHER "pattern=noise,"
#define TILED "TILED=YES BLOCKXSIZE=256 BLOCKYSIZE=64"
#define TARGET "/vsimem/again_target.tif"
#define EXPECTED "/vsimem/again_expected.tif"

/** A folder of its own, with files of that size: one, and another. */
typedef struct Files {
    char folder[64], it[96], other[96], away[96], beside[96];
} Files;

static void files_make(Files *files)
{
    copying_start();
    strcpy(files->folder, "/tmp/rowband_again_XXXXXX");
    require(mkdtemp(files->folder) != NULL);
    snprintf(files->it, sizeof files->it, "%s/it.tif", files->folder);
    snprintf(files->other, sizeof files->other, "%s/other.tif", files->folder);
    snprintf(files->away, sizeof files->away, "%s/away.tif", files->folder);
    snprintf(files->beside, sizeof files->beside, "%s/it.tfw", files->folder);
    expect_copied("GTiff", ONE, files->it, TILED);
    expect_copied("GTiff", OTHER, files->other, TILED);
}

static void files_remove(const Files *files)
{
    VSIRmdirRecursive(files->folder);
}

/** Expects whether @p dataset may be opened again, and if so, that it can.
 * @param since as of same_again_new() */
static void expect_again(GDALDatasetH dataset, bool may, const char *reason)
{
    const char *why_not;
    SameAgain *again = same_again_new(dataset, OPEN_SINCE_EARLIER, &why_not);
    expect_int_eq(again != NULL, may);
    if (again != NULL) {
        const GDALDatasetH opened = same_again_open(again);
        expect_true(opened != NULL);
        expect_true(same_again_is_to_be_compared(again));
        if (opened != NULL)
            GDALClose(opened);
    } else if (why_not == NULL || strstr(why_not, reason) == NULL) {
        expect_str_eq(why_not, reason);
    }
    same_again_free(again);
}

static void expect_name_again(const char *name, unsigned flags, bool may,
                              const char *reason)
{
    const GDALDatasetH dataset = GDALOpenEx(name, flags, NULL, NULL, NULL);
    test_context("%s", name);
    expect_true(dataset != NULL);
    if (dataset != NULL) {
        expect_again(dataset, may, reason);
        GDALClose(dataset);
    }
}

TEST_CASE(same_again, takes_files_that_are_open)
{
    Files files;
    char name[160];
    files_make(&files);
    expect_name_again(files.it, GDAL_OF_RASTER, true, "");
    /* Where it lies is no matter of its pixels. */
    FILE *world = fopen(files.beside, "w");
    require(world != NULL);
    fputs("1\n0\n0\n-1\n0\n0\n", world);
    fclose(world);
    expect_name_again(files.it, GDAL_OF_RASTER, true, "");
    snprintf(name, sizeof name, "GTIFF_DIR:1:%s", files.it);
    expect_name_again(name, GDAL_OF_RASTER, true, "");
    expect_name_again(ONE SPY_ANY_FILE, GDAL_OF_RASTER, true, "");
    files_remove(&files);
}

TEST_CASE(same_again, refuses_what_no_name_tells)
{
    static const char no_files[] = "not just the files";
    Files files;
    char name[160];
    files_make(&files);
    expect_name_again(ONE, GDAL_OF_RASTER, false, no_files);
    expect_name_again(files.it, GDAL_OF_RASTER | GDAL_OF_UPDATE, false,
                      "open for writing");
    expect_copied("GTiff", ONE, EXPECTED, TILED);
    expect_name_again(EXPECTED, GDAL_OF_RASTER, false, no_files);
    snprintf(name, sizeof name, "/vsisubfile/0,%s", files.it);
    expect_name_again(name, GDAL_OF_RASTER, false, no_files);
    require(vrt_translate(files.it, "-b 1", "/vsimem/again.vrt"));
    expect_name_again("/vsimem/again.vrt", GDAL_OF_RASTER, false, "a VRT");
    /* Its header is read once, and closed. */
    snprintf(name, sizeof name, "%s/it.bil", files.folder);
    expect_copied("EHdr", "SPY:id=again,pattern=noise", name, NULL);
    expect_name_again(name, GDAL_OF_RASTER, false, no_files);
    const GDALDatasetH memory =
        GDALCreate(GDALGetDriverByName("MEM"), "", 10, 10, 1, GDT_Byte, NULL);
    expect_again(memory, false, "without a name");
    GDALClose(memory);
    remove_raster("/vsimem/again.vrt");
    remove_raster(EXPECTED);
    files_remove(&files);
}

/** What becomes of a file's name while a dataset is open. */
typedef enum Change {
    UNCHANGED,
    REPLACED,
    REPLACED_AND_OPEN, /**< what took its place as well */
    MOVED_AND_OPEN,    /**< likewise, and its own file has another name */
    MOVED,
    DELETED,
    OPTION_GONE, /**< which was set when it was opened */
    CHANGES
} Change;

/** Opens it, and does to it what is to be done.
 * @param[out] also what else is to be closed, or NULL */
static GDALDatasetH open_and_change(const Files *files, Change change,
                                    GDALDatasetH *also)
{
    if (change == OPTION_GONE) {
        CPLSetConfigOption("SPY_PATTERN", "noise");
        *also = NULL;
        const GDALDatasetH spy = GDALOpen(OTHER SPY_ANY_FILE, GA_ReadOnly);
        CPLSetConfigOption("SPY_PATTERN", NULL);
        return spy;
    }
    const GDALDatasetH dataset = GDALOpen(files->it, GA_ReadOnly);
    if (change == MOVED || change == MOVED_AND_OPEN)
        expect_int_eq(rename(files->it, files->away), 0);
    if (change == DELETED)
        expect_int_eq(unlink(files->it), 0);
    if (change == REPLACED || change == REPLACED_AND_OPEN ||
        change == MOVED_AND_OPEN)
        expect_int_eq(rename(files->other, files->it), 0);
    *also = change == REPLACED_AND_OPEN || change == MOVED_AND_OPEN
                ? GDALOpen(files->it, GA_ReadOnly)
                : NULL;
    return dataset;
}

TEST_CASE(same_again, refuses_a_name_that_means_something_else)
{
    static const bool may[CHANGES] = {[UNCHANGED] = true,
                                      /* What only pixels tell. */
                                      [MOVED_AND_OPEN] = true,
                                      [OPTION_GONE] = true};
    for (int change = 0; change < CHANGES; change++) {
        Files files;
        GDALDatasetH also;
        files_make(&files);
        test_context("change %d", change);
        const GDALDatasetH dataset =
            open_and_change(&files, (Change)change, &also);
        expect_again(dataset, may[change], "not just the files");
        if (also != NULL)
            GDALClose(also);
        GDALClose(dataset);
        files_remove(&files);
    }
}

/* Between the note and the opening, while a copy runs. */
TEST_CASE(same_again, does_not_open_what_was_replaced_since)
{
    Files files;
    const char *why_not;
    files_make(&files);
    const GDALDatasetH dataset = GDALOpen(files.it, GA_ReadOnly);
    SameAgain *again = same_again_new(dataset, OPEN_SINCE_EARLIER, &why_not);
    require(again != NULL);
    expect_int_eq(rename(files.other, files.it), 0);
    expect_true(same_again_open(again) == NULL);
    same_again_free(again);
    GDALClose(dataset);
    files_remove(&files);
}

/** The dataset behind what gdal_translate makes of it with arguments, by which
 * it is read in the end: closed last. */
static GDALDatasetH wrap(GDALDatasetH dataset, const char *arguments)
{
    char **list = CSLTokenizeString2(arguments, " ", 0);
    list = CSLAddString(CSLAddString(list, "-of"), "VRT");
    GDALTranslateOptions *options = GDALTranslateOptionsNew(list, NULL);
    const GDALDatasetH wrapped = GDALTranslate("", dataset, options, NULL);
    GDALTranslateOptionsFree(options);
    CSLDestroy(list);
    return wrapped;
}

/** Copies the dataset in hand with several readers, and expects the pixels of
 * what is open. */
static void expect_pixels(GDALDatasetH dataset, const char *arguments)
{
    const GDALDatasetH source =
        arguments != NULL ? wrap(dataset, arguments) : dataset;
    char **options = CSLTokenizeString2("READ_THREADS=4 BUDGET=64M", " ", 0);
    require(source != NULL);
    GDALClose(GDALCreateCopy(GDALGetDriverByName("GTiff"), EXPECTED, source,
                             FALSE, NULL, NULL, NULL));
    GDALClose(create_copy(TARGET, source, false, (CSLConstList)options,
                          GDALDummyProgress, NULL));
    expect_same_pixels(TARGET, EXPECTED);
    CSLDestroy(options);
    if (source != dataset)
        GDALClose(source);
    remove_raster(TARGET);
    remove_raster(EXPECTED);
}

TEST_CASE(same_again, copies_show_the_pixels_of_what_is_open)
{
    static const char *const wraps[] = {NULL, "-srcwin 17 33 400 800",
                                        "-ot Float32"};
    for (int change = 0; change < CHANGES; change++)
        for (int i = 0; i < COUNT_OF(wraps) && !test_failed(); i++) {
            Files files;
            GDALDatasetH also;
            files_make(&files);
            const GDALDatasetH dataset =
                open_and_change(&files, (Change)change, &also);
            test_context("change %d, %s", change,
                         wraps[i] != NULL ? wraps[i] : "as it is");
            expect_pixels(dataset, wraps[i]);
            if (also != NULL)
                GDALClose(also);
            GDALClose(dataset);
            files_remove(&files);
        }
}
