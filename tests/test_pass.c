/* SPDX-License-Identifier: MIT */
/* However passes share out a raster, each tile is the one that a single pass
 * makes. */
#include "pass.h"

#include <stdlib.h>

#include "gtest_c.h"
#include "pipeline_run.h"

enum { CASES = TEST_ONE_IN > 1 ? 20 : 80 };

static Raster planar_raster(Random *random)
{
    Raster raster;
    do
        raster = raster_random(random, 40000);
    while (!raster.layouts[0].spec.planar || raster.layouts[0].spec.bands < 2);
    return raster;
}

static Span all_bands(const Raster *raster)
{
    return (Span){0, raster->layouts[0].spec.bands};
}

/** A run with a pipeline like that of @p like, in passes yet to be added. */
static PipelineRun run_like(const PipelineRun *like, Random *random)
{
    PipelineRun run = pipeline_run_of(like->raster, like->images[0].codec,
                                      like->images[0].predictor);
    pipeline_run_add_levels(&run, like->level_count);
    run.readers = random_once_in(random, 3) ? 3 : 0;
    return run;
}

static PipelineRun one_pass(const Raster *raster, Random *random)
{
    PipelineRun run = pipeline_run_of(
        raster, random_once_in(random, 3) ? &codec_none : &codec_deflate,
        random_once_in(random, 2) ? PREDICTOR_AUTO : PREDICTOR_NONE);
    pipeline_run_add_levels(&run, (int)random_in(random, 1, 4));
    run.plans[0] = raster_random_plan(random, raster);
    run.plans[0].workers = (int)random_in(random, 1, 4);
    expect_true(pipeline_run(&run));
    return run;
}

static void set_workers(PipelineRun *run, Random *random)
{
    for (int i = 0; i < run->pass_count; i++)
        run->plans[i].workers = (int)random_in(random, 1, 4);
}

static void expect_the_tiles_of(const PipelineRun *one, PipelineRun *run)
{
    expect_true(pipeline_run(run));
    expect_str_eq(run->status.message, "");
    expect_int_eq(run->predictor, one->predictor);
    if (!test_failed()) {
        pipeline_run_expect_same_tiles(one, run);
        pipeline_run_expect_raster(run);
    }
}

/** Where tiles of a plane of level 0 begin and end in the output. */
static Span extent_of(const PipelineRun *run, int plane)
{
    const Layout *layout = &run->raster->layouts[0];
    const TileIndex *index = &run->index[0];
    const int64_t count = layout->tiles_across * layout->tiles_down;
    Span span = {INT64_MAX, 0};
    for (int64_t i = plane * count; i < (plane + 1) * count; i++) {
        span.begin = min64(span.begin, (int64_t)index->offsets[i]);
        span.end = max64(span.end, (int64_t)index->offsets[i]);
    }
    return span;
}

TEST_CASE(pass, ranges_of_bands_make_the_tiles_of_one_pass)
{
    Random random = {.state = 1};
    for (int i = 0; i < CASES && !test_failed(); i++) {
        const Raster raster = planar_raster(&random);
        const int bands = raster.layouts[0].spec.bands;
        const int cut = (int)random_in(&random, 1, bands - 1);
        PipelineRun one = one_pass(&raster, &random);
        PipelineRun two = run_like(&one, &random);
        const Window all = pipeline_run_level(&two, 0);
        test_context("case %d, bands cut at %d of %d", i, cut, bands);
        /* A mask that comes with each range is written once. */
        two.mask_again = i % 2 == 1;
        pipeline_run_add_pass(&two, &random, 0, (Span){0, cut}, &all);
        pipeline_run_add_pass(&two, &random, 0, (Span){cut, bands}, &all);
        set_workers(&two, &random);
        expect_the_tiles_of(&one, &two);
        /* Pass after pass. */
        for (int j = 0; j < cut && !test_failed(); j++)
            for (int k = cut; k < bands; k++)
                expect_int_lt(extent_of(&two, j).end, extent_of(&two, k).begin);
        pipeline_run_free(&two);
        pipeline_run_free(&one);
    }
}

/** Cuts a raster in two, at tile rows or not, or in four. */
static void add_regions(PipelineRun *run, Random *random, Span bands,
                        bool at_tiles)
{
    const Window all = pipeline_run_level(run, 0);
    const int64_t step =
        at_tiles ? run->raster->layouts[0].spec.tile_height : 1;
    const int64_t y = random_in(random, 0, (all.height - 1) / step) * step;
    const int64_t x = at_tiles || random_once_in(random, 2)
                          ? 0
                          : random_in(random, 0, all.width - 1);
    const Window parts[] = {{0, 0, x, y},
                            {x, 0, all.width - x, y},
                            {0, y, x, all.height - y},
                            {x, y, all.width - x, all.height - y}};
    for (int i = 0; i < 4; i++)
        if (!window_is_empty(&parts[i]))
            pipeline_run_add_pass(run, random, 0, bands, &parts[i]);
    test_context("cut at %d, %d", (int)x, (int)y);
}

TEST_CASE(pass, regions_make_the_tiles_of_one_pass_wherever_they_are_cut)
{
    Random random = {.state = 2};
    for (int i = 0; i < 2 * CASES && !test_failed(); i++) {
        const Raster raster = raster_random(&random, 40000);
        PipelineRun one = one_pass(&raster, &random);
        PipelineRun parts = run_like(&one, &random);
        add_regions(&parts, &random, all_bands(&raster), i % 2 == 0);
        set_workers(&parts, &random);
        expect_the_tiles_of(&one, &parts);
        pipeline_run_free(&parts);
        pipeline_run_free(&one);
    }
}

/* A plan that counts on no carry must not keep tiles that a region cuts waiting
 * for ever. */
TEST_CASE(pass, regions_that_cut_tiles_need_no_carry_in_their_plans)
{
    Random random = {.state = 3};
    for (int i = 0; i < CASES / 2 && !test_failed(); i++) {
        const Raster raster = raster_random(&random, 20000);
        PipelineRun one = one_pass(&raster, &random);
        PipelineRun parts = run_like(&one, &random);
        add_regions(&parts, &random, all_bands(&raster), false);
        for (int j = 0; j < parts.pass_count; j++)
            parts.plans[j].carry_in_flight = 0;
        expect_the_tiles_of(&one, &parts);
        pipeline_run_free(&parts);
        pipeline_run_free(&one);
    }
}

TEST_CASE(pass, bands_may_be_shared_out_within_each_region_or_around_them)
{
    Random random = {.state = 4};
    for (int i = 0; i < CASES / 2 && !test_failed(); i++) {
        const Raster raster = planar_raster(&random);
        const int bands = raster.layouts[0].spec.bands;
        PipelineRun one = one_pass(&raster, &random);
        PipelineRun parts = run_like(&one, &random);
        for (int j = 0; j < 2; j++)
            add_regions(&parts, &random,
                        j == 0 ? (Span){0, 1} : (Span){1, bands}, false);
        expect_the_tiles_of(&one, &parts);
        pipeline_run_free(&parts);
        pipeline_run_free(&one);
    }
}

static bool refuse_level_1(void *state, const Resampling *task, Status *status)
{
    return task->level == 1
               ? status_fail(status, STATUS_CODEC, "level 1 is fed")
               : resampler_nearest.run(state, task, status);
}

TEST_CASE(pass, a_level_that_is_fed_is_not_made_and_those_above_are_made_of_it)
{
    Resampler resampler = resampler_nearest;
    resampler.run = refuse_level_1;
    Random random = {.state = 5};
    for (int i = 0; i < CASES && !test_failed(); i++) {
        const Raster raster = raster_random(&random, 40000);
        const Span bands = all_bands(&raster);
        const int first = i % 2; /* either order */
        PipelineRun run =
            pipeline_run_of(&raster, &codec_deflate, PREDICTOR_AUTO);
        pipeline_run_add_levels(&run, (int)random_in(&random, 2, 5));
        run.resampler = &resampler;
        test_context("case %d, level %d first", i, first);
        for (int j = 0; j < 2; j++) {
            const int level = j == 0 ? first : 1 - first;
            const Window all = pipeline_run_level(&run, level);
            pipeline_run_add_pass(&run, &random, level, bands, &all);
        }
        set_workers(&run, &random);
        expect_true(pipeline_run(&run));
        expect_str_eq(run.status.message, "");
        if (!test_failed())
            pipeline_run_expect_raster(&run);
        pipeline_run_free(&run);
    }
}

TEST_CASE(pass, levels_may_be_fed_for_ranges_of_bands)
{
    Random random = {.state = 6};
    for (int i = 0; i < CASES / 2 && !test_failed(); i++) {
        const Raster raster = planar_raster(&random);
        const int bands = raster.layouts[0].spec.bands;
        PipelineRun run = pipeline_run_of(&raster, &codec_none, PREDICTOR_NONE);
        pipeline_run_add_levels(&run, 4);
        const Window all = pipeline_run_level(&run, 0);
        const Window half = pipeline_run_level(&run, 1);
        const Window quarter = pipeline_run_level(&run, 2);
        test_context("case %d", i);
        /* All at once below, and above it one band with a level 2 of its own.
         */
        pipeline_run_add_pass(&run, &random, 0, (Span){0, bands}, &all);
        pipeline_run_add_pass(&run, &random, 1, (Span){0, 1}, &half);
        pipeline_run_add_pass(&run, &random, 2, (Span){0, 1}, &quarter);
        pipeline_run_add_pass(&run, &random, 1, (Span){1, bands}, &half);
        expect_true(pipeline_run(&run));
        if (!test_failed())
            pipeline_run_expect_raster(&run);
        pipeline_run_free(&run);
    }
}

/** @return a small raster of three bands and a mask */
static Raster small_raster(bool planar)
{
    LayoutSpec spec = {.width = 70,
                       .height = 50,
                       .bands = 3,
                       .sample_nbytes = 2,
                       .sample_nbits = 16,
                       .planar = planar,
                       .tile_width = 32,
                       .tile_height = 32};
    Raster raster = {.image_count = 2};
    Status status = {.code = STATUS_OK};
    expect_true(layout_init(&raster.layouts[0], &spec, &status));
    spec.bands = spec.sample_nbytes = 1;
    spec.sample_nbits = 8;
    expect_true(layout_init(&raster.layouts[1], &spec, &status));
    return raster;
}

TEST_CASE(pass, windows_of_bands_hold_those_and_the_mask_with_the_first)
{
    const Raster raster = small_raster(true);
    Layout held[2];
    Pass pass = pass_over_all(NULL, NULL, 1, &raster.layouts[0]);
    expect_int_eq(pass_layouts(&pass, raster.layouts, 2, held), 2);
    expect_mem_eq(held, raster.layouts, sizeof held);
    expect_int_eq(swath_pixel_nbytes(held, 2), 7);
    pass.band_count = 2;
    expect_int_eq(pass_layouts(&pass, raster.layouts, 2, held), 2);
    expect_int_eq(held[0].planes, 2);
    expect_int_eq(held[0].tile_count, 2 * 3 * 2);
    expect_int_eq(swath_pixel_nbytes(held, 2), 5);
    pass.first_band = 1;
    expect_int_eq(pass_layouts(&pass, raster.layouts, 2, held), 1);
    expect_int_eq(swath_pixel_nbytes(held, 1), 4);
    pass.mask_again = true;
    expect_int_eq(pass_layouts(&pass, raster.layouts, 2, held), 2);
    expect_int_eq(swath_pixel_nbytes(held, 2), 5);
}

/* A pass over a raster of 70 x 50 pixels and three bands, with an overview. */
static const struct {
    bool planar;
    int level, first_band, band_count;
    Window region;
    int64_t plan_width;
    const char *message;
} cases[] = {{true, 0, 0, 3, {0, 0, 70, 50}, 70, ""},
             {true, 0, 1, 2, {0, 0, 70, 50}, 70, ""},
             {false, 0, 0, 3, {0, 7, 70, 43}, 70, ""},
             {true, 1, 0, 3, {0, 0, 35, 25}, 35, ""},
             {false,
              0,
              0,
              2,
              {0, 0, 70, 50},
              70,
              "a pass has some of the bands of a raster that is interleaved by "
              "pixel"},
             {true,
              0,
              2,
              2,
              {0, 0, 70, 50},
              70,
              "a pass has bands that the raster has not"},
             {true,
              0,
              -1,
              2,
              {0, 0, 70, 50},
              70,
              "a pass has bands that the raster has not"},
             {true,
              0,
              0,
              0,
              {0, 0, 70, 50},
              70,
              "a pass has bands that the raster has not"},
             {true, 2, 0, 3, {0, 0, 70, 50}, 70, "a pass feeds level 2 of 2"},
             {true, -1, 0, 3, {0, 0, 70, 50}, 70, "a pass feeds level -1 of 2"},
             {true,
              1,
              0,
              3,
              {0, 0, 70, 50},
              70,
              "the region of a pass is not in the raster"},
             {true,
              0,
              0,
              3,
              {0, 0, 70, 0},
              70,
              "the region of a pass is not in the raster"},
             {true,
              0,
              0,
              3,
              {-1, 0, 70, 50},
              70,
              "the region of a pass is not in the raster"},
             {true,
              0,
              0,
              3,
              {0, 7, 70, 43},
              69,
              "the plan of a pass is not for its region"}};

TEST_CASE(pass, what_makes_no_sense_is_refused)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const Raster raster = small_raster(cases[i].planar);
        PipelineRun run = pipeline_run_of(&raster, &codec_none, PREDICTOR_NONE);
        pipeline_run_add_levels(&run, 2);
        const Layout layouts[] = {run.images[0].layout, run.images[1].layout,
                                  run.images[2].layout, run.images[3].layout};
        const Plan plan = {.width = cases[i].plan_width,
                           .height = cases[i].region.height};
        const Pass pass = {.plan = &plan,
                           .level = cases[i].level,
                           .first_band = cases[i].first_band,
                           .band_count = cases[i].band_count,
                           .region = cases[i].region};
        test_context("case %d", (int)i);
        const bool ok = pass_check_all(&pass, 1, layouts, 2, 2, &run.status);
        expect_int_eq(ok, cases[i].message[0] == '\0');
        expect_int_eq(run.status.code, ok ? STATUS_OK : STATUS_INVALID);
        expect_str_eq(run.status.message, cases[i].message);
        pipeline_run_free(&run);
    }
}

/** What becomes of a planar raster in those passes.
 * @param validity whether the mask says what is valid */
static void expect_refused(const Pass *passes, int count, bool validity,
                           const char *message)
{
    const Raster raster = small_raster(true);
    Random random = {.state = 7};
    PipelineRun run = pipeline_run_of(&raster, &codec_none, PREDICTOR_NONE);
    for (int i = 0; i < count; i++)
        pipeline_run_add_pass(
            &run, &random, 0,
            (Span){passes[i].first_band,
                   passes[i].first_band + passes[i].band_count},
            &passes[i].region);
    run.validity.present = validity;
    run.validity.image = 1;
    run.validity.sample_nbytes = 1;
    expect_true(!pipeline_run(&run));
    expect_int_eq(run.status.code, STATUS_INVALID);
    expect_str_eq(run.status.message, message);
    pipeline_run_free(&run);
}

TEST_CASE(pass, two_must_not_bring_the_same_pixel)
{
    const Pass passes[] = {
        {.band_count = 2, .region = {0, 0, 70, 20}},
        {.first_band = 1, .band_count = 2, .region = {69, 19, 1, 31}}};
    expect_refused(passes, 2, false, "two passes bring the same pixels");
}

TEST_CASE(pass, some_of_the_bands_do_not_know_what_is_valid)
{
    const Pass passes[] = {
        {.band_count = 2, .region = {0, 0, 70, 50}},
        {.first_band = 2, .band_count = 1, .region = {0, 0, 70, 50}}};
    expect_refused(passes, 2, true,
                   "a pass with some of the bands cannot know which pixels are "
                   "valid");
}

TEST_CASE(pass, what_none_has_brought_is_missed_at_the_end)
{
    const Pass passes[] = {
        {.band_count = 2, .region = {0, 0, 70, 50}},
        {.first_band = 2, .band_count = 1, .region = {0, 0, 70, 40}}};
    expect_refused(passes, 2, false, "of 24 tiles, 21 have come");
}

TEST_CASE(pass, tiles_must_be_whole_before_other_bands_come)
{
    const Pass passes[] = {
        {.band_count = 2, .region = {0, 0, 70, 40}},
        {.first_band = 2, .band_count = 1, .region = {0, 0, 70, 50}}};
    expect_refused(passes, 2, false,
                   "a pass ends in the middle of tiles, and the next has other "
                   "bands");
}
