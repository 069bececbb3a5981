/* SPDX-License-Identifier: MIT */
/* Bands that do not fit the budget together: each block is decoded once, and
 * the file is the one that all bands together make. */
#include <stdio.h>
#include <string.h>

#include "cpl_vsi.h"
#include "fault_loop.h"
#include "gtest_c.h"
#include "harness.h"
#include "versions.h"

#define TARGET "/vsimem/band_groups/target.tif"
#define TOGETHER "/vsimem/band_groups_together.tif"
#define WRAPPER "/vsimem/band_groups.vrt"

/* A row of tiles of all bands takes 2.3 MB, and what else there is almost 3. */
#define BANDS "width=300,height=150,bands=60,type=UInt16,pattern=noise"
#define LITTLE "NUM_THREADS=2 BUDGET=4M "

/** How the pixels come, and what becomes of them. */
typedef struct Case {
    const char *source, *options;
    const char *stages; /**< that there are: see stages_of() */
} Case;

static const Case cases[] = {
    {"block=300x1,interleave=BAND",
     "INTERLEAVE=BAND BLOCKXSIZE=64 BLOCKYSIZE=64", "b"},
    {"block=128x128,interleave=BAND",
     "INTERLEAVE=BAND TILED=NO BLOCKYSIZE=50 STATISTICS=YES", "b"},
    {"block=100x70,interleave=PIXEL",
     "INTERLEAVE=BAND BLOCKXSIZE=64 BLOCKYSIZE=64", "gb"},
    {"block=300x7,interleave=PIXEL",
     "INTERLEAVE=BAND BLOCKXSIZE=64 BLOCKYSIZE=64 STATISTICS=YES", "gb"},
    {"block=300x1,interleave=BAND",
     "INTERLEAVE=PIXEL BLOCKXSIZE=16 BLOCKYSIZE=64 STATISTICS=YES", "bt"},
    {"block=300x7,interleave=PIXEL",
     "INTERLEAVE=PIXEL BLOCKXSIZE=16 BLOCKYSIZE=64", "gt"},
    {"block=300x7,interleave=BAND", "LAYOUT=COG BLOCKSIZE=64 STATISTICS=YES",
     "bt"},
    {"block=64x64,interleave=BAND",
     "LAYOUT=COG BLOCKSIZE=64 RESAMPLING=NEAREST PREDICTOR=AUTO", "bt"},
    {"block=300x7,interleave=PIXEL", "LAYOUT=COG BLOCKSIZE=64", "gbt"},
    {"block=300x7,interleave=BAND,mask=1",
     "INTERLEAVE=BAND BLOCKXSIZE=64 BLOCKYSIZE=64", "b"},
    {"block=300x7,interleave=BAND,mask=1,mask_block=64x64",
     "INTERLEAVE=BAND BLOCKXSIZE=64 BLOCKYSIZE=64 STATISTICS=YES", "b"},
    {"block=300x7,interleave=BAND,mask=1,mask_block=64x64",
     "LAYOUT=COG BLOCKSIZE=64", "gbt"},
    {"block=300x7,interleave=PIXEL,mask=1",
     "LAYOUT=COG BLOCKSIZE=64 STATISTICS=YES", "gbt"},
    {"block=300x7,interleave=BAND",
     "LAYOUT=COG INTERLEAVE=BAND BLOCKSIZE=64 STATISTICS=YES", "b"},
    {"block=64x64,interleave=BAND",
     "LAYOUT=COG INTERLEAVE=TILE BLOCKSIZE=64 RESAMPLING=AVERAGE", "b"},
    {"block=300x7,interleave=PIXEL",
     "LAYOUT=COG INTERLEAVE=BAND BLOCKSIZE=64 PREDICTOR=AUTO", "gb"},
    {"block=300x7,interleave=BAND,mask=1,mask_block=64x64",
     "LAYOUT=COG INTERLEAVE=BAND BLOCKSIZE=64 STATISTICS=YES", "gb"},
    {"block=300x7,interleave=PIXEL,mask=1",
     "LAYOUT=COG INTERLEAVE=TILE BLOCKSIZE=64 SPARSE_OK=YES", "gb"},
};

/** A letter for each stage that is told of. */
static const char *stages_of(const ErrorLog *log)
{
    static char stages[4];
    snprintf(stages, sizeof stages, "%s%s%s",
             strstr(log->groups, "all bands wait") != NULL ? "g" : "",
             strstr(log->groups, "at a time") != NULL ? "b" : "",
             strstr(log->groups, "tiles of all") != NULL ? "t" : "");
    return stages;
}

/** Copies with all the memory there is, and with little.
 * @param stages that there must be then; NULL: any */
static void check(const char *spy, const char *source, const char *options,
                  const char *stages)
{
    char together[NAME_NCHARS], little[NAME_NCHARS];
    ErrorLog log;
    SpySpec spec;
    snprintf(together, sizeof together, "NUM_THREADS=2 %s", options);
    snprintf(little, sizeof little, LITTLE "%s", options);
    test_context("%s %s", source, options);
    expect_true(spy_parse(spy, &spec));
    expect_copied_with(NULL, source, TOGETHER, together, &log);
    expect_str_eq(stages_of(&log), "");
    spy_reset(spec.id);
    expect_copied_with(NULL, source, TARGET, little, &log);
    if (stages != NULL)
        expect_str_eq(stages_of(&log), stages);
    expect_each_block_once(spy);
    if (spec.has_mask)
        expect_int_eq(spy_mask_counts(spec.id).most, 1);
    expect_same_files(TARGET, TOGETHER);
    if (!test_failed())
        expect_pixels_of(spy, TARGET);
    remove_raster(TARGET);
    remove_raster(TOGETHER);
}

static void spy_of(char *name, const Case *of)
{
    snprintf(name, NAME_NCHARS, "SPY:id=groups," BANDS ",%s", of->source);
}

/** Statistics that leave out masked pixels need the mask with each group. */
static const char *stages_with_masks(const Case *of)
{
    const bool needs_mask = gdal_counts_masks() &&
                            strstr(of->source, "mask=") != NULL &&
                            strstr(of->options, "STATISTICS") != NULL;
    return needs_mask && strcmp(of->stages, "b") == 0 ? "gb" : of->stages;
}

TEST_CASE(band_groups, each_block_is_decoded_once_and_the_file_is_the_same)
{
    for (int i = 0; i < COUNT_OF(cases) && !test_failed(); i++) {
        char spy[NAME_NCHARS];
        if (one_left_out())
            continue;
        spy_of(spy, &cases[i]);
        check(spy, spy, cases[i].options, stages_with_masks(&cases[i]));
    }
}

/* What is decoded at once may serve several bands of a VRT: all are gathered.
 */
TEST_CASE(band_groups, behind_a_vrt_all_bands_are_gathered)
{
    for (int i = 0; i < COUNT_OF(cases) && !test_failed(); i += 4) {
        char spy[NAME_NCHARS];
        if (one_left_out())
            continue;
        spy_of(spy, &cases[i]);
        require(vrt_translate(spy, "-a_ullr 0 300 600 0", WRAPPER));
        check(spy, WRAPPER, cases[i].options, NULL);
        VSIUnlink(WRAPPER);
    }
}

/* In the first groups as in the last, and in each stage. */
static void run_faults(const char *options)
{
    static const struct {
        const char *name;
        Fault kind;
        bool must_fail, takes_long;
    } faults[] = {
        {"a source block of a group of bands cannot be read", FAULT_DECODE,
         true, false},
        {"a write fails while bands are grouped", FAULT_CALL_WRITE, true,
         false},
        {"a file for raw tiles cannot be opened", FAULT_CALL_OPEN, false,
         false},
        {"a cancel while bands are grouped", FAULT_PROGRESS, false, true},
        {"out of memory while bands are grouped", FAULT_MEMORY, false, true}};
    for (int i = 0; i < COUNT_OF(faults); i++) {
        const FaultLoop loop = {.fault = faults[i].name,
                                .kind = faults[i].kind,
                                .must_fail = faults[i].must_fail,
                                .source = "SPY:id=fault," BANDS
                                          ",block=300x150,interleave=BAND",
                                .target = TARGET,
                                .options = options};
        if (!faults[i].takes_long || long_form())
            fault_loop_run(&loop);
    }
}

TEST_CASE(band_groups, faults_while_planes_are_made_leave_no_file)
{
    run_faults(LITTLE
               "INTERLEAVE=BAND BLOCKXSIZE=64 BLOCKYSIZE=64 COMPRESS=LZW");
}

TEST_CASE(band_groups, faults_while_raw_tiles_are_made_leave_no_file)
{
    run_faults(LITTLE
               "LAYOUT=COG BLOCKSIZE=64 COMPRESS=LZW RESAMPLING=NEAREST");
}
