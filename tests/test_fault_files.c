/* SPDX-License-Identifier: MIT */
/* A disk that fails at each operation in turn. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cpl_vsi.h>
#include <gdal.h>

#include "fault_files.h"
#include "fault_loop.h"
#include "gtest_c.h"
#include "harness.h"

#define WRAPPER "/vsimem/fault_files.vrt"

/* What is written of the larger one does not fit into one write. */
#define SMALL "SPY:id=fault,width=200,height=160,block=64x64,pattern=noise"
#define LARGE "SPY:id=fault,width=1280,height=1000,block=256x256,pattern=noise"

/* Sanitizers make each copy take tenfold: they have a third of the operations,
 * another one each time, and what is small. */
#if TEST_ONE_IN > 1
#undef LARGE
#define LARGE SMALL
enum { OPERATIONS_STEP = 3 };
#else
enum { OPERATIONS_STEP = 1 };
#endif

/** An operation, and whether a copy can do without it. */
typedef struct Operation {
    const char *fault;
    Fault kind;
    bool must_fail;
} Operation;

static const Operation operations[] = {
    {"a file cannot be opened", FAULT_OPEN, false},
    {"a write fails", FAULT_WRITE, true},
    {"a write is short", FAULT_SHORT_WRITE, true},
    {"a flush fails", FAULT_FLUSH, false},
    {"a truncate fails", FAULT_TRUNCATE, false},
    {"a close fails", FAULT_CLOSE, false},
    {"a file cannot be looked at", FAULT_STAT, false},
    {"a file cannot be deleted", FAULT_UNLINK, false},
    {"a file cannot be renamed", FAULT_RENAME, false},
    {"a seek fails", FAULT_SEEK, false},
    {"what was written cannot be read back", FAULT_READ, false},
};

/* All but the last two. */
enum { OPERATIONS_OF_WRITING = COUNT_OF(operations) - 2 };

/** Fails operations on a target in a folder of its own.
 * @param prefix FAULT_FILES, or "" for a file as others are */
static void run(const FaultLoop *like, const char *prefix,
                const Operation *each, int count)
{
    static int runs;
    char folder[] = "/tmp/rowband_XXXXXX", target[NAME_NCHARS];
    require(mkdtemp(folder) != NULL);
    snprintf(target, sizeof target, "%s%s/target.tif", prefix, folder);
    for (int i = runs++ % OPERATIONS_STEP; i < count; i += OPERATIONS_STEP) {
        FaultLoop loop = *like;
        loop.fault = each[i].fault;
        loop.kind = each[i].kind;
        loop.must_fail = each[i].must_fail;
        loop.may_be_none = true;
        loop.target = target;
        fault_loop_run(&loop);
        /* What can never be deleted must stay. */
        loop.for_good = loop.kind != FAULT_UNLINK;
        if (long_form() && loop.for_good)
            fault_loop_run(&loop);
    }
    rmdir(folder);
}

static void run_copies(const char *source, const char *options)
{
    const FaultLoop loop = {.source = source, .options = options};
    run(&loop, FAULT_FILES, operations, COUNT_OF(operations));
}

static void run_created(const char *source, const char *options, int count)
{
    const FaultLoop loop = {
        .source = source, .options = options, .create = true};
    run(&loop, FAULT_FILES, operations, count);
}

TEST_CASE(fault_files, each_operation_of_a_copy)
{
    /* Of the target only: what is wrong with it may be said last. */
    static const Operation last[] = {{"a flush fails", FAULT_FLUSH, true},
                                     {"a close fails", FAULT_CLOSE, true}};
    const FaultLoop loop = {.source = SMALL, .options = "NUM_THREADS=2"};
    run_copies(LARGE, "COMPRESS=NONE NUM_THREADS=2");
    run(&loop, FAULT_FILES, last, COUNT_OF(last));
    if (long_form())
        run_copies(SMALL, "TILED=NO BLOCKYSIZE=16 BIGTIFF=YES");
}

TEST_CASE(fault_files, each_operation_of_a_copy_with_masks_of_bands)
{
    run_copies(SMALL ",own_masks=computed",
               "BLOCKXSIZE=64 BLOCKYSIZE=64 NUM_THREADS=2");
    /* Masks wait on the disk, too. What GTiff writes into their spool when that
     * is closed, nobody needs. */
    Operation each[COUNT_OF(operations)];
    for (int i = 0; i < COUNT_OF(operations); i++) {
        each[i] = operations[i];
        each[i].must_fail = false;
    }
    const FaultLoop loop = {
        .source = SMALL ",own_masks=computed",
        .options = "BLOCKXSIZE=64 BLOCKYSIZE=64 NUM_THREADS=2 BUDGET=1"};
    /* libtiff does not survive a seek that fails before its first write. */
    run(&loop, FAULT_FILES, each, OPERATIONS_OF_WRITING);
}

TEST_CASE(fault_files, each_operation_of_a_copy_to_a_cog)
{
    run_copies(SMALL, "LAYOUT=COG BLOCKSIZE=64 NUM_THREADS=2");
    if (!long_form())
        return;
    run_copies(LARGE, "LAYOUT=COG COMPRESS=NONE NUM_THREADS=2");
    run_copies(SMALL ",mask=1", "LAYOUT=COG BLOCKSIZE=64");
}

TEST_CASE(fault_files, each_operation_with_files_beside)
{
    require(vrt_translate(SMALL, "-a_ullr 0 16 20 0 -mo SAID=this", WRAPPER));
    run_copies(WRAPPER, "TFW=YES PROFILE=BASELINE");
    if (long_form())
        run_copies(WRAPPER, "LAYOUT=COG PROFILE=BASELINE TFW=YES");
    VSIUnlink(WRAPPER);
}

TEST_CASE(fault_files, each_operation_of_a_created_file)
{
    run_created(SMALL, "BUDGET=16K", COUNT_OF(operations));
    if (!long_form())
        return;
    /* By a directory of several bands that it could not read back, GDAL 3.6
     * writes all the same, and that ends the process. */
    run_created(SMALL ",bands=3", "LAYOUT=COG BLOCKSIZE=64 BUDGET=16K",
                OPERATIONS_OF_WRITING);
    run_created(SMALL, "TILED=NO", COUNT_OF(operations));
}

/* On a disk a file gets its name last. */
TEST_CASE(fault_files, each_operation_on_names_on_disk)
{
    static const Operation naming[] = {
        {"a file cannot be deleted", FAULT_UNLINK, false},
        {"a file cannot be renamed", FAULT_RENAME, true},
        {"a file is not known to be on the disk", FAULT_SYNC, true},
    };
    const FaultLoop loop = {.source = SMALL, .options = "FSYNC=YES"};
    FaultLoop cog = {.source = SMALL, .options = "LAYOUT=COG FSYNC=YES"};
    run(&loop, "", naming, COUNT_OF(naming));
    run(&cog, "", naming, COUNT_OF(naming));
    cog.create = true;
    run(&cog, "", naming, COUNT_OF(naming));
    require(vrt_translate(SMALL, "-a_ullr 0 16 20 0", WRAPPER));
    const FaultLoop beside = {.source = WRAPPER,
                              .options = "TFW=YES FSYNC=YES"};
    run(&beside, "", naming, COUNT_OF(naming));
    VSIUnlink(WRAPPER);
}

/* What cannot be sought has its header first, and GDAL deletes no such file. */
TEST_CASE(fault_files, each_operation_on_a_compressed_file)
{
    static const Operation compressed[] = {
        {"a write fails", FAULT_WRITE, true},
        {"a write is short", FAULT_SHORT_WRITE, true},
        {"a source block cannot be read", FAULT_DECODE, true},
        {"a close fails", FAULT_CLOSE, false},
    };
    static const char *const options[] = {"NUM_THREADS=2",
                                          "LAYOUT=COG BLOCKSIZE=64"};
    if (atoi(GDALVersionInfo("VERSION_NUM")) >= 3110000)
        skip_test("/vsigzip/ closes files of other handlers twice");
    for (int i = 0; i < COUNT_OF(options); i++) {
        const FaultLoop loop = {.source = SMALL, .options = options[i]};
        run(&loop, "/vsigzip/" FAULT_FILES, compressed, COUNT_OF(compressed));
    }
}

/** Makes copies of what is in a file that cannot be read as it should.
 * @param made_of     a spy
 * @param made_with   options of GTiff's for the file
 * @param translation arguments of gdal_translate for a VRT of it; NULL: none */
static void run_source(const char *made_of, const char *made_with,
                       const char *translation, const char *options)
{
    static const Operation reading[] = {
        {"the source's file cannot be read", FAULT_READ, false},
        {"the source's file cannot be sought", FAULT_SEEK, false},
        {"the source's file cannot be opened again", FAULT_OPEN, false},
        {"the source's file cannot be looked at", FAULT_STAT, false},
    };
    char folder[] = "/tmp/rowband_XXXXXX", source[NAME_NCHARS];
    require(mkdtemp(folder) != NULL);
    snprintf(source, sizeof source, FAULT_FILES "%s/source.tif", folder);
    copying_start();
    fault_files_install();
    expect_copied("GTiff", made_of, fault_files_behind(source), made_with);
    if (translation != NULL)
        expect_true(vrt_translate(source, translation, WRAPPER));
    for (int i = 0; i < COUNT_OF(reading); i++) {
        const FaultLoop loop = {.fault = reading[i].fault,
                                .kind = reading[i].kind,
                                .may_be_none = true,
                                .source =
                                    translation != NULL ? WRAPPER : source,
                                .target = "/vsimem/fault_files/target.tif",
                                .options = options};
        fault_loop_run(&loop);
    }
    remove_raster(fault_files_behind(source));
    VSIUnlink(WRAPPER);
    rmdir(folder);
}

TEST_CASE(fault_files, each_operation_on_the_source)
{
    run_source(SMALL ",bands=3",
               "TILED=YES BLOCKXSIZE=64 BLOCKYSIZE=64 COMPRESS=LZW", NULL,
               "NUM_THREADS=2");
    /* Its tiles are copied as they are. */
    run_source(SMALL, "TILED=YES BLOCKXSIZE=64 BLOCKYSIZE=64 COMPRESS=DEFLATE",
               NULL, "BLOCKXSIZE=64 BLOCKYSIZE=64");
    if (!long_form())
        return;
    run_source(LARGE, "TILED=YES", NULL, "NUM_THREADS=2");
    run_source(LARGE, "BLOCKYSIZE=64", NULL,
               "NUM_THREADS=2 READ_THREADS=3 BUDGET=64M");
    run_source(LARGE, "BLOCKYSIZE=200 COMPRESS=ZSTD", NULL,
               "LAYOUT=COG READ_THREADS=2");
}

/* Of one tile or strip, with the mask in a file of its own: what GDAL 3.6 does
 * after it failed to read where several lie, or to go from a mask inside the
 * TIFF back to the raster, ends the process. */
TEST_CASE(fault_files, each_operation_on_the_source_behind_a_vrt)
{
    run_source(SMALL ",bands=3,mask=1",
               "TILED=YES BLOCKXSIZE=256 BLOCKYSIZE=256", "-srcwin 7 5 150 140",
               "NUM_THREADS=2");
    if (long_form())
        run_source(LARGE ",mask=1", "BLOCKYSIZE=1000", "-srcwin 7 5 1200 900",
                   "NUM_THREADS=2 READ_THREADS=3");
}
