/* SPDX-License-Identifier: MIT */
/* The source as the rest of the driver sees it: the same questions and windows,
 * whether it is read as it is or looked through. */
#include <string.h>

#include <cpl_conv.h>
#include <cpl_string.h>
#include <cpl_vsi.h>
#include <gdal_utils.h>

#include "gtest_c.h"
#include "harness.h"
#include "source.h"

#define FOLDER "/vsimem/source"
#define IT FOLDER "/it.tif"
#define OTHER FOLDER "/other.tif"
#define WRAPPER FOLDER "/wrapper.vrt"
#define ARCHIVE FOLDER "/it.zip"
#define MEMBER "/vsizip/" ARCHIVE "/in.tif"

#define SPY                                                                    \
    "SPY:id=source,width=1300,height=1100,block=300x200,type="                 \
    "UInt16," SPY_ANY_FILE

/** A dataset and the source that is made of it. */
typedef struct Opened {
    GDALDatasetH dataset;
    Source *source;
} Opened;

static Opened open_source(const char *name)
{
    Status status = {.code = STATUS_OK};
    Opened opened = {GDALOpen(name, GA_ReadOnly), NULL};
    if (opened.dataset != NULL)
        opened.source =
            source_open(opened.dataset, opened.dataset, name, &status);
    test_context("%s", name);
    expect_true(opened.source != NULL);
    return opened;
}

static void close_source(Opened *opened)
{
    source_close(opened->source);
    if (opened->dataset != NULL)
        GDALClose(opened->dataset);
}

/** Expects a source to read just those of @p paths that @p reads says. */
static void expect_files(const char *name, const char *const *paths,
                         const bool *reads, int count)
{
    Opened opened = open_source(name);
    for (int i = 0; opened.source != NULL && i < count; i++) {
        test_context("%s, %s", name, paths[i]);
        expect_int_eq(source_reads_file(opened.source, paths[i]), reads[i]);
    }
    close_source(&opened);
}

static void make_files(void)
{
    VSIMkdir(FOLDER, 0755);
    /* Beside the file, as it is without being asked for before GDAL 3.9. */
    CPLSetConfigOption("GDAL_TIFF_INTERNAL_MASK", "NO");
    expect_copied("GTiff", SPY ",mask=1", IT, NULL);
    CPLSetConfigOption("GDAL_TIFF_INTERNAL_MASK", NULL);
    expect_copied("GTiff", SPY, OTHER, NULL);
    require(CPLCopyFile(MEMBER, IT) == 0);
}

TEST_CASE(source, knows_its_files)
{
    static const char *const paths[] = {IT,      IT ".msk", WRAPPER,
                                        ARCHIVE, OTHER,     FOLDER "/none.tif"};
    enum { PATHS = COUNT_OF(paths) };
    static const bool plain[PATHS] = {true, true};
    static const bool wrapped[PATHS] = {true, true, true};
    static const bool member[PATHS] = {[3] = true};
    static const bool wrapped_member[PATHS] = {[2] = true, [3] = true};
    copying_start();
    make_files();
    expect_files(IT, paths, plain, PATHS);
    expect_files("GTIFF_DIR:1:" IT, paths, (const bool[PATHS]){true}, PATHS);
    expect_files(MEMBER, paths, member, PATHS);
    require(vrt_translate(IT, "-srcwin 1 1 9 9", WRAPPER));
    expect_files(WRAPPER, paths, wrapped, PATHS);
    /* Which lists the VRT below and no more. */
    require(vrt_translate(IT, "-b 1", FOLDER "/below.vrt"));
    require(vrt_translate(FOLDER "/below.vrt", "-srcwin 1 1 9 9", WRAPPER));
    expect_files(WRAPPER, paths, wrapped, PATHS);
    require(vrt_translate(MEMBER, "-srcwin 1 1 9 9", WRAPPER));
    expect_files(WRAPPER, paths, wrapped_member, PATHS);
    VSIRmdirRecursive(FOLDER);
}

/* A VRT that the driver itself makes lists the files of the user's dataset,
 * but not those beside them. */
TEST_CASE(source, knows_the_files_of_what_it_was_made_of)
{
    Status status = {.code = STATUS_OK};
    copying_start();
    make_files();
    const GDALDatasetH given = GDALOpen(IT, GA_ReadOnly);
    require(given != NULL);
    require(vrt_translate(IT, "-b 1", WRAPPER));
    const GDALDatasetH made = GDALOpen(WRAPPER, GA_ReadOnly);
    require(made != NULL);
    Source *source = source_open(made, given, IT, &status);
    require(source != NULL);
    expect_true(source_reads_file(source, IT));
    expect_true(source_reads_file(source, IT ".msk"));
    expect_true(!source_reads_file(source, OTHER));
    source_close(source);
    GDALClose(made);
    GDALClose(given);
    VSIRmdirRecursive(FOLDER);
}

static PlanInput plan_input(const char *name)
{
    PlanInput input = {.width = 900,
                       .height = 800,
                       .pixel_nbytes = 4,
                       .budget_nbytes = 1 << 20,
                       .fixed_nbytes = 1000};
    Opened opened = open_source(name);
    if (opened.source != NULL)
        source_fill_plan(opened.source, &input);
    close_source(&opened);
    return input;
}

static void expect_grid(const PlanInput *input, int64_t x0, int64_t y0)
{
    expect_int_eq(input->grid.x0, x0);
    expect_int_eq(input->grid.y0, y0);
    expect_int_eq(input->grid.block_width, 300);
    expect_int_eq(input->grid.block_height, 200);
}

TEST_CASE(source, fills_the_plans_input_as_it_is)
{
    copying_start();
    const PlanInput plain = plan_input(SPY ",bands=3");
    expect_grid(&plain, 0, 0);
    expect_int_eq(plain.straddle_rows, 0);
    expect_int_eq(plain.straddle_columns, 0);
    expect_int_eq(plain.decoded_pixel_nbytes, 4);
    expect_int_eq(plain.working_pixel_nbytes, 0);
    expect_int_eq(plain.fixed_nbytes, 1000);

    /* Its blocks lie across the bands'. */
    const PlanInput masked = plan_input(SPY ",mask=1,mask_block=128x70");
    expect_grid(&masked, 0, 0);
    expect_int_lt(0, masked.straddle_rows);
    expect_int_lt(0, masked.straddle_columns);
    const PlanInput alike = plan_input(SPY ",mask=1");
    expect_int_eq(alike.straddle_rows, 0);
}

TEST_CASE(source, fills_the_plans_input_through_a_vrt)
{
    copying_start();
    VSIMkdir(FOLDER, 0755);
    require(vrt_translate(SPY ",bands=3", "-srcwin 100 77 900 800", WRAPPER));
    const PlanInput shifted = plan_input(WRAPPER);
    expect_grid(&shifted, 200, 123);
    expect_int_eq(shifted.straddle_rows, 0);
    expect_int_eq(shifted.decoded_pixel_nbytes, 6);
    expect_int_eq(shifted.working_pixel_nbytes, sizeof(double));
    expect_int_eq(shifted.fixed_nbytes, 1000);

    /* A kernel reaches into the blocks beside. */
    require(
        vrt_translate(SPY ",bands=3", "-outsize 50% 50% -r cubic", WRAPPER));
    const PlanInput halved = plan_input(WRAPPER);
    expect_int_lt(0, halved.straddle_rows);
    expect_int_eq(halved.decoded_pixel_nbytes, 4 * 6);
    VSIRmdirRecursive(FOLDER);
}

#define PLACED FOLDER "/placed.vrt"

/** @param source PLACED, which is made, or a VRT */
static void make_warped(const char *source, const char *path)
{
    char **list = CSLTokenizeString2("-of VRT -t_srs EPSG:3857", " ", 0);
    require(vrt_translate(SPY, "-a_srs EPSG:4326 -a_ullr 10 50 23 39", PLACED));
    GDALDatasetH placed = GDALOpen(source, GA_ReadOnly);
    require(placed != NULL);
    GDALWarpAppOptions *options = GDALWarpAppOptionsNew(list, NULL);
    const GDALDatasetH warped = GDALWarp(path, NULL, 1, &placed, options, NULL);
    expect_true(warped != NULL);
    if (warped != NULL)
        GDALClose(warped);
    GDALWarpAppOptionsFree(options);
    CSLDestroy(list);
    GDALClose(placed);
}

TEST_CASE(source, behind_a_warp_charges_what_its_windows_need)
{
    copying_start();
    VSIMkdir(FOLDER, 0755);
    make_warped(PLACED, WRAPPER);
    const PlanInput warped = plan_input(WRAPPER);
    /* No share of the budget: a row of blocks, and not all of them. */
    const ScatteredCost *cost = &warped.scattered;
    expect_int_lt(warped.fixed_nbytes, 1000 + (1 << 20) / 64);
    expect_int_lt(1000, warped.fixed_nbytes);
    expect_int_lt(0, warped.foreign_nbytes);
    expect_int_le(900 * 200 * 2, cost->row_nbytes);
    expect_int_lt(cost->row_nbytes, 20 * 300 * 200 * 2);
    expect_int_lt(cost->row_cut_nbytes, cost->row_nbytes);
    expect_int_lt(0, cost->pixel_nbytes);
    expect_int_eq(cost->block_nbytes, 300 * 200 * 2);
    VSIRmdirRecursive(FOLDER);
}

TEST_CASE(source, behind_two_warps_takes_its_part_of_the_budget)
{
    copying_start();
    VSIMkdir(FOLDER, 0755);
    make_warped(PLACED, FOLDER "/once.vrt");
    make_warped(FOLDER "/once.vrt", WRAPPER);
    const PlanInput warped = plan_input(WRAPPER);
    expect_int_le(1000 + (1 << 20) / 4, warped.fixed_nbytes);
    expect_int_eq(warped.scattered.row_nbytes, 0);
    VSIRmdirRecursive(FOLDER);
}

static bool go_on(void *user)
{
    (void)user;
    return true;
}

/** Reads a window as read_ahead() does. */
static void read_whole(const WindowSource *windows, int reader,
                       const Window *window, uint8_t *data, Status *status)
{
    const GoOn ask = {go_on, NULL};
    expect_true(
        windows->read(windows->user, reader, window, data, &ask, status));
    if (windows->complete != NULL)
        expect_true(
            windows->complete(windows->user, window, data, &ask, status));
}

/** Expects a window, read through source_windows(), to be the spy's pixels
 * from @p dx, @p dy on, by as many readers.
 * @return what was counted */
static SourceCounts expect_window(const char *name, int readers, int dx, int dy)
{
    const LayoutSpec spec = {.width = 900,
                             .height = 800,
                             .bands = 1,
                             .sample_nbytes = 2,
                             .sample_nbits = 16,
                             .tile_width = 64,
                             .tile_height = 64};
    const Plan plan = {.width = 900,
                       .height = 800,
                       .grid = {.block_width = 300, .block_height = 200},
                       .step_x = 900,
                       .step_y = 800,
                       .full_width = true,
                       .readers = 2};
    const Window window = {.width = 900, .height = 800};
    static uint16_t pixels[900 * 800];
    Layout layout;
    SpySpec spy;
    Status status = {.code = STATUS_OK};
    SourceCounts counts = {.readers = 0};
    Opened opened = open_source(name);
    expect_true(layout_init(&layout, &spec, &status) && spy_parse(SPY, &spy));
    if (opened.source != NULL) {
        expect_true(
            source_begin(opened.source, &plan, GDT_UInt16, &layout, &status));
        const WindowSource windows = source_windows(opened.source);
        expect_int_eq(source_open_readers(opened.source, 2), readers);
        for (int reader = 0; reader < readers; reader++) {
            memset(pixels, 0, sizeof pixels);
            read_whole(&windows, reader, &window, (uint8_t *)pixels, &status);
            expect_int_eq(pixels[900 * 7 + 5],
                          spy_value(&spy, dx + 5, dy + 7, 1));
            expect_int_eq(pixels[900 * 799 + 899],
                          spy_value(&spy, dx + 899, dy + 799, 1));
        }
        windows.done(windows.user, &window);
        counts = source_counts(opened.source);
    }
    close_source(&opened);
    return counts;
}

TEST_CASE(source, gives_windows_and_counts)
{
    copying_start();
    VSIMkdir(FOLDER, 0755);
    const SourceCounts plain = expect_window(SPY, 2, 0, 0);
    expect_int_eq(plain.readers, 2);
    expect_int_eq(plain.windows, 1);
    expect_int_eq(plain.datasets, 0);
    expect_int_eq(plain.compared, 1);
    require(vrt_translate(SPY, "-srcwin 100 77 900 800", WRAPPER));
    spy_reset("source");
    const SourceCounts wrapped = expect_window(WRAPPER, 2, 100, 77);
    expect_int_eq(wrapped.readers, 2);
    expect_int_eq(wrapped.windows, 1);
    expect_int_eq(wrapped.datasets, 1);
    expect_int_eq(wrapped.blocks, spy_counts("source").decodes);
    /* GDAL opens what is behind the VRT by its name whenever it likes. */
    expect_int_eq(wrapped.compared, 0);
    expect_int_eq(wrapped.blocks_again, 0);
    expect_int_eq(spy_counts("source").most, 1);
    VSIRmdirRecursive(FOLDER);
}
