/* SPDX-License-Identifier: MIT */
/* What was put down band group after band group is read back in any shape. */
#include "raw_tiles.h"

#include <stdlib.h>
#include <string.h>

#include "gtest_c.h"
#include "pipeline_run.h"

enum { CASES = TEST_ONE_IN > 1 ? 10 : 60, WINDOWS = 30 };

/** A TileStore.read: @p user is the run that has appended. */
static bool read_bytes(void *user, uint64_t position, void *data, size_t nbytes,
                       Status *status)
{
    const PipelineRun *run = user;
    if (position + nbytes > run->nbytes)
        return status_fail(status, STATUS_IO, "beyond the end");
    memcpy(data, run->bytes + position, nbytes);
    return true;
}

static bool yes(void *user)
{
    (void)user;
    return true;
}

static bool no(void *user)
{
    (void)user;
    return false;
}

static Raster planar_raster(Random *random)
{
    Raster raster;
    do
        raster = raster_random(random, 20000);
    while (!raster.layouts[0].spec.planar);
    return raster;
}

/** Makes raw tiles of two levels, which have pixels of their own. */
static void make_raw(RawTiles *raw, PipelineRun *run, Random *random)
{
    const int bands = run->raster->layouts[0].spec.bands;
    const TileStore store = {read_bytes, run};
    const int cut = (int)random_in(random, 1, bands);
    pipeline_run_add_levels(run, 2);
    for (int level = 0; level < 2; level++) {
        const Window all = pipeline_run_level(run, level);
        pipeline_run_add_pass(run, random, level, (Span){0, cut}, &all);
        if (cut < bands)
            pipeline_run_add_pass(run, random, level, (Span){cut, bands}, &all);
    }
    Pipeline *pipeline = pipeline_run_start(run);
    require(pipeline != NULL && pipeline_run_feed(run, pipeline) &&
            pipeline_finish(pipeline, &run->status));
    require(raw_tiles_take(raw, pipeline, run->raster->image_count, 2, &store,
                           PIPELINE_RUN_START, &run->status));
    pipeline_free(pipeline);
}

/** Some of the bands of a level, as a file has them together. */
static RawRange random_range(const RawTiles *raw, Random *random,
                             Layout *layouts)
{
    RawRange range = {
        .raw = raw, .level = (int)random_in(random, 0, 1), .layouts = layouts};
    const Layout *stored = &raw->layouts[range.level * raw->image_count];
    const int bands = stored->spec.bands;
    range.first_band = (int)random_in(random, 0, bands - 1);
    range.image_count = (int)random_in(random, 1, raw->image_count);
    memcpy(layouts, stored, (size_t)raw->image_count * sizeof *layouts);
    LayoutSpec spec = stored->spec;
    Status status = {.code = STATUS_OK};
    spec.bands = (int)random_in(random, 1, bands - range.first_band);
    spec.planar = random_once_in(random, 2);
    expect_true(layout_init(&layouts[0], &spec, &status));
    return range;
}

static void expect_pixels(const PipelineRun *run, const RawRange *range,
                          const Window *window, const uint8_t *data)
{
    for (int image = 0; image < range->image_count; image++) {
        const Layout *layout = &range->layouts[image];
        const size_t nbytes = (size_t)layout->spec.sample_nbytes;
        for (int plane = 0; plane < layout->planes; plane++)
            for (int64_t i = 0; i < window->width * window->height; i++)
                for (int j = 0; j < layout->samples_per_pixel; j++) {
                    uint8_t expected[16];
                    raster_sample(
                        run->raster, image,
                        (image == 0 ? range->first_band : 0) + plane + j,
                        window->x + i % window->width + 100003 * range->level,
                        window->y + i / window->width, expected);
                    expect_mem_eq(data, expected, nbytes);
                    data += nbytes;
                }
    }
}

static void read_some(const PipelineRun *run, const RawTiles *raw,
                      Random *random)
{
    Layout layouts[SWATH_IMAGES_MAX];
    RawRange range = random_range(raw, random, layouts);
    const WindowSource source = raw_tiles_windows(&range);
    const Window all = pipeline_run_level(run, range.level);
    const GoOn go_on = {yes, NULL}, stop = {no, NULL};
    Status status = {.code = STATUS_OK};
    Window window = {.x = random_in(random, 0, all.width - 1),
                     .y = random_in(random, 0, all.height - 1)};
    window.width = random_magnitude(random, 1, all.width - window.x);
    window.height = random_magnitude(random, 1, all.height - window.y);
    const size_t nbytes = (size_t)(window.width * window.height) *
                          swath_pixel_nbytes(layouts, range.image_count);
    uint8_t *data = malloc(nbytes);
    expect_true(source.read(source.user, 0, &window, data, &go_on, &status));
    expect_str_eq(status.message, "");
    if (!test_failed())
        expect_pixels(run, &range, &window, data);
    expect_true(!source.read(source.user, 0, &window, data, &stop, &status));
    expect_int_eq(status.code, STATUS_CANCELLED);
    free(data);
}

TEST_CASE(raw_tiles, any_window_of_any_bands_is_read_back)
{
    Random random = {.state = 1};
    for (int i = 0; i < CASES && !test_failed(); i++) {
        const Raster raster = planar_raster(&random);
        PipelineRun run = pipeline_run_of(&raster, &codec_none, PREDICTOR_NONE);
        RawTiles raw = {.image_count = 0};
        test_context("case %d", i);
        make_raw(&raw, &run, &random);
        for (int j = 0; j < WINDOWS && !test_failed(); j++)
            read_some(&run, &raw, &random);
        raw_tiles_clear(&raw);
        pipeline_run_free(&run);
    }
}

TEST_CASE(raw_tiles, what_cannot_be_read_back_is_a_failure)
{
    Random random = {.state = 2};
    const Raster raster = planar_raster(&random);
    PipelineRun run = pipeline_run_of(&raster, &codec_none, PREDICTOR_NONE);
    RawTiles raw = {.image_count = 0};
    make_raw(&raw, &run, &random);
    RawRange range = {
        .raw = &raw, .layouts = raw.layouts, .image_count = raw.image_count};
    const WindowSource source = raw_tiles_windows(&range);
    const Window all = pipeline_run_level(&run, 0);
    const GoOn go_on = {yes, NULL};
    uint8_t *data = malloc((size_t)(all.width * all.height) *
                           swath_pixel_nbytes(raw.layouts, raw.image_count));
    Status status = {.code = STATUS_OK};
    run.nbytes = 0;
    expect_true(!source.read(source.user, 0, &all, data, &go_on, &status));
    expect_int_eq(status.code, STATUS_IO);
    status = (Status){.code = STATUS_OK};
    raw.index[0].nbytes[0] = 0;
    expect_true(!source.read(source.user, 0, &all, data, &go_on, &status));
    expect_str_eq(status.message, "pixels are read that have not come");
    free(data);
    raw_tiles_clear(&raw);
    pipeline_run_free(&run);
}
