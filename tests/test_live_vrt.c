/* SPDX-License-Identifier: MIT */
/* A VRT is copied with leaves in the place of its sources' bands. Whatever
 * comes of the copy, the VRT is afterwards what it was: the datasets behind it,
 * their references, its text, its pixels; and once it is closed, nothing is
 * open that was not before. */
#include <cpl_string.h>
#include <cpl_vsi.h>
#include <gdal_alg.h>
#include <gdal_utils.h>

#include "create_copy.h"
#include "gtest_c.h"
#include "harness.h"
#include "live_vrt.h"

#define FOLDER "/vsimem/live_vrt"
#define SOURCE "SPY:id=live,width=500,height=400,block=128x96,bands=3,mask=1"
#define BROKEN SOURCE ",fail=2/2"
#define TARGET FOLDER "/out/target.tif"
#define OUT FOLDER "/out"

enum { LEAVES_MAX = 8 };

/** @return a VRT in memory, which keeps @p source open, or NULL */
static GDALDatasetH translated(GDALDatasetH source, const char *arguments)
{
    char **list =
        CSLTokenizeString2(CPLSPrintf("-q -of VRT %s", arguments), " ", 0);
    GDALTranslateOptions *options = GDALTranslateOptionsNew(list, NULL);
    GDALDatasetH made = GDALTranslate("", source, options, NULL);
    GDALTranslateOptionsFree(options);
    CSLDestroy(list);
    GDALReleaseDataset(source);
    return made;
}

static GDALDatasetH in_memory(const char *source)
{
    return translated(GDALOpenShared(source, GA_ReadOnly),
                      "-outsize 60% 50% -r bilinear");
}

static GDALDatasetH nested(const char *source)
{
    return translated(in_memory(source), "-srcwin 7 5 200 150 -b 2 -b 1");
}

static GDALDatasetH of_a_mask(const char *source)
{
    return translated(GDALOpen(source, GA_ReadOnly), "-b 1 -b mask -b mask,2");
}

static GDALDatasetH in_a_file(const char *source)
{
    expect_true(vrt_translate(source, "-b 3 -b 1", FOLDER "/file.vrt"));
    return GDALOpen(FOLDER "/file.vrt", GA_ReadOnly);
}

static GDALDatasetH file_of_a_file(const char *source)
{
    GDALDatasetH inner = in_a_file(source);
    if (inner != NULL)
        GDALClose(inner);
    expect_true(vrt_translate(FOLDER "/file.vrt", "-srcwin 30 20 300 200",
                              FOLDER "/outer.vrt"));
    return GDALOpen(FOLDER "/outer.vrt", GA_ReadOnly);
}

static GDALDatasetH file_of_a_mask(const char *source)
{
    GDALDatasetH inner = in_a_file(source);
    if (inner != NULL)
        GDALClose(inner);
    expect_true(
        vrt_translate(FOLDER "/file.vrt", "-b mask -b 2", FOLDER "/outer.vrt"));
    return GDALOpen(FOLDER "/outer.vrt", GA_ReadOnly);
}

static GDALDatasetH warped(const char *source)
{
    char **list = CSLTokenizeString2("-of VRT -t_srs EPSG:3857", " ", 0);
    GDALWarpAppOptions *options = GDALWarpAppOptionsNew(list, NULL);
    GDALDatasetH placed = translated(GDALOpen(source, GA_ReadOnly),
                                     "-a_srs EPSG:4326 -a_ullr 10 50 23 39");
    GDALDatasetH made = GDALWarp("", NULL, 1, &placed, options, NULL);
    GDALWarpAppOptionsFree(options);
    CSLDestroy(list);
    GDALReleaseDataset(placed);
    return made;
}

/** Later GDALs than 3.6 pansharpen only what says where it lies.
 * @return the source's name, or that of a VRT of it */
static const char *placed(const char *source, const char *path)
{
    if (atoi(GDALVersionInfo("VERSION_NUM")) < GDAL_COMPUTE_VERSION(3, 7, 0))
        return source;
    expect_true(vrt_translate(source, "-a_ullr 0 200 250 0", path));
    return path;
}

static GDALDatasetH pansharpened(const char *source)
{
    const char *const colour =
        placed("SPY:id=colour,width=250,height=200,block=64x64,bands=2",
               FOLDER "/colour.vrt");
    const char *const xml = CPLSPrintf(
        "<VRTDataset subClass='VRTPansharpenedDataset'><PansharpeningOptions>"
        "<SpatialExtentAdjustment>None</SpatialExtentAdjustment><PanchroBand>"
        "<SourceFilename>%s</SourceFilename><SourceBand>1</SourceBand>"
        "</PanchroBand><SpectralBand dstBand='1'><SourceFilename>%s"
        "</SourceFilename><SourceBand>1</SourceBand></SpectralBand>"
        "<SpectralBand dstBand='2'><SourceFilename>%s"
        "</SourceFilename><SourceBand>2</SourceBand></SpectralBand>"
        "</PansharpeningOptions></VRTDataset>",
        placed(source, FOLDER "/panchromatic.vrt"), colour, colour);
    return GDALOpen(xml, GA_ReadOnly);
}

/** Ways to have a VRT. */
static const struct Kind {
    const char *name;
    GDALDatasetH (*open)(const char *source);
} kinds[] = {
    {"in memory", in_memory},
    {"nested", nested},
    {"of a mask", of_a_mask},
    {"in a file", in_a_file},
    {"file of a file", file_of_a_file},
    {"file of a mask", file_of_a_mask},
    {"warped", warped},
    {"pansharpened", pansharpened},
};

/** What is to be as it was. */
typedef struct State {
    char *xml;
    GDALDatasetH leaves[LEAVES_MAX];
    int references[LEAVES_MAX], leaf_count;
    int own_references, open_datasets;
} State;

static int open_datasets(void)
{
    GDALDatasetH *all;
    int count;
    GDALGetOpenDatasets(&all, &count);
    return count;
}

static int references_of(GDALDatasetH dataset)
{
    GDALReferenceDataset(dataset);
    return GDALDereferenceDataset(dataset);
}

/** Without leaves in it. What the VRT has not opened yet is open then. */
static State state_of(GDALDatasetH vrt)
{
    State state = {.own_references = references_of(vrt)};
    char reason[300];
    Leaf *const *leaves;
    LiveVrt *live = live_vrt_open(vrt, reason, sizeof reason);
    expect_true(live != NULL);
    if (live != NULL) {
        state.leaf_count = live_vrt_leaves(live, &leaves);
        expect_true(state.leaf_count <= LEAVES_MAX);
        for (int i = 0; i < state.leaf_count && i < LEAVES_MAX; i++)
            state.leaves[i] =
                reader_handle_dataset(leaf_first_handle(leaves[i]));
    }
    live_vrt_close(live);
    for (int i = 0; i < state.leaf_count; i++)
        state.references[i] = references_of(state.leaves[i]);
    char **text = GDALGetMetadata(vrt, "xml:VRT");
    state.xml = CPLStrdup(text != NULL ? text[0] : "");
    state.open_datasets = open_datasets();
    return state;
}

static void expect_state(GDALDatasetH vrt, const State *before)
{
    State now = state_of(vrt);
    expect_str_eq(now.xml, before->xml);
    expect_int_eq(now.own_references, before->own_references);
    expect_int_eq(now.open_datasets, before->open_datasets);
    expect_int_eq(now.leaf_count, before->leaf_count);
    for (int i = 0; i < now.leaf_count && i < before->leaf_count; i++) {
        expect_true(now.leaves[i] == before->leaves[i]);
        expect_int_eq(now.references[i], before->references[i]);
    }
    CPLFree(now.xml);
}

/** A call of the callback that says stop. */
typedef struct Stop {
    int at, calls; /**< at 0: never */
} Stop;

static int CPL_STDCALL stop_at(double share, const char *message, void *user)
{
    Stop *stop = user;
    (void)share;
    (void)message;
    return ++stop->calls != stop->at;
}

static bool copy(GDALDatasetH vrt, const char *option, Stop *stop)
{
    char **options = CSLTokenizeString2(
        CPLSPrintf("BLOCKXSIZE=64 BLOCKYSIZE=64 %s", option), " ", 0);
    ErrorLog log;
    error_log_begin(&log);
    GDALDatasetH made = GDALCreateCopy(GDALGetDriverByName("ROWBAND"), TARGET,
                                       vrt, FALSE, options, stop_at, stop);
    error_log_end();
    if (made != NULL)
        GDALClose(made);
    CSLDestroy(options);
    return made != NULL;
}

static int checksum(GDALDatasetH vrt)
{
    int sum = 0;
    for (int i = 1; i <= GDALGetRasterCount(vrt); i++)
        sum = sum * 31 + GDALChecksumImage(GDALGetRasterBand(vrt, i), 0, 0,
                                           GDALGetRasterXSize(vrt),
                                           GDALGetRasterYSize(vrt));
    return sum;
}

/** Copies to the end, and stopped at every call of the callback. */
static void check_left(const struct Kind *kind)
{
    Stop stop = {.at = 0};
    const int open_before = open_datasets();
    GDALDatasetH vrt = kind->open(SOURCE);
    require(vrt != NULL);
    State before = state_of(vrt);
    expect_true(copy(vrt, "BUDGET=200K", &stop));
    expect_state(vrt, &before);
    for (int at = stop.calls; at >= 1 && !test_failed(); at--) {
        if (one_left_out())
            continue;
        stop = (Stop){.at = at};
        test_context("%s, stopped at call %d", kind->name, at);
        /* How often it is called depends on time, too. */
        expect_true(!copy(vrt, "BUDGET=200K", &stop) || stop.calls < at);
        expect_state(vrt, &before);
    }
    const int after_copies = checksum(vrt);
    GDALClose(vrt);
    expect_int_eq(open_datasets(), open_before);
    vrt = kind->open(SOURCE);
    expect_int_eq(after_copies, checksum(vrt));
    GDALClose(vrt);
    CPLFree(before.xml);
}

TEST_CASE(live_vrt, is_left_as_it_was_by_a_copy_and_by_one_stopped_anywhere)
{
    copying_start();
    VSIMkdir(FOLDER, 0755);
    VSIMkdir(OUT, 0755);
    for (int i = 0; i < COUNT_OF(kinds) && !test_failed(); i++) {
        test_context("%s", kinds[i].name);
        check_left(&kinds[i]);
    }
    VSIRmdirRecursive(FOLDER);
}

TEST_CASE(live_vrt, is_left_as_it_was_by_a_copy_that_fails)
{
    static const char *const options[] = {"", "LAYOUT=COG", "ZLEVEL=99",
                                          "READ_THREADS=4"};
    copying_start();
    VSIMkdir(FOLDER, 0755);
    VSIMkdir(OUT, 0755);
    for (int i = 0; i < COUNT_OF(kinds) && !test_failed(); i++) {
        const int open_before = open_datasets();
        GDALDatasetH vrt = kinds[i].open(BROKEN);
        require(vrt != NULL);
        State before = state_of(vrt);
        for (int j = 0; j < COUNT_OF(options); j++) {
            Stop stop = {.at = 0};
            test_context("%s, %s", kinds[i].name, options[j]);
            expect_true(!copy(vrt, options[j], &stop));
            expect_state(vrt, &before);
        }
        GDALClose(vrt);
        expect_int_eq(open_datasets(), open_before);
        CPLFree(before.xml);
    }
    VSIRmdirRecursive(FOLDER);
}
