/* SPDX-License-Identifier: MIT */
/* Overviews out of the pipeline: every level's tiles, whatever the windows, the
 * workers and the order in which cells are made. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gtest_c.h"
#include "pipeline.h"
#include "raster.h"

enum { CASES = TEST_ONE_IN > 1 ? 20 : 60, HALO = 3 };

/** A pipeline's output, and what it is made of. */
typedef struct Run {
    const Raster *raster;
    ImageSpec images[PIPELINE_IMAGES_MAX];
    int level_count;
    Plan plan;
    Pass pass;
    uint8_t *bytes;
    size_t nbytes, capacity;
    TileIndex index[PIPELINE_IMAGES_MAX];
    uint64_t peak_nbytes;
} Run;

/** The pixel of the raster that a pixel of a level comes from: GDAL's rule for
 * nearest neighbours, level by level. */
static int64_t origin(const Run *run, int level, bool down, int64_t at)
{
    for (; level > 0; level--) {
        const int n = run->raster->image_count;
        const LayoutSpec *own = &run->images[level * n].layout.spec;
        const LayoutSpec *below = &run->images[(level - 1) * n].layout.spec;
        const int64_t size = down ? below->height : below->width;
        const double ratio =
            (double)size / (double)(down ? own->height : own->width);
        at = (int64_t)(0.5 + (double)at * ratio);
        at = at < size ? at : size - 1;
    }
    return at;
}

/** Asks for more than it needs, and checks that it gets it, from level 0. */
static Span needs_more(const void *custom, Scale scale, Span of)
{
    Span span = resampler_nearest.needs(custom, scale, of);
    span.begin -= span.begin < HALO ? span.begin : HALO;
    span.end += HALO;
    span.end = span.end < scale.source_size ? span.end : scale.source_size;
    return span;
}

static void *open_run(const void *custom)
{
    return (void *)custom;
}

static bool check_and_pick(void *state, const Resampling *task, Status *status)
{
    const Run *run = state;
    const Span x = needs_more(
        run, task->x, (Span){task->cell.x, task->cell.x + task->cell.width});
    const Span y = needs_more(
        run, task->y, (Span){task->cell.y, task->cell.y + task->cell.height});
    if (x.begin < task->held.x || x.end > task->held.x + task->held.width ||
        y.begin < task->held.y || y.end > task->held.y + task->held.height)
        return status_fail(status, STATUS_INVALID, "not all that was asked");
    const int64_t corners[][2] = {{x.begin, y.begin},
                                  {x.end - 1, y.begin},
                                  {x.begin, y.end - 1},
                                  {x.end - 1, y.end - 1}};
    const PlaneView plane = swath_plane(task->source, task->layouts, 0, 0,
                                        task->held.width, task->held.height);
    for (int i = 0; i < 4; i++) {
        uint8_t expected[8];
        const int level = task->level - 1;
        raster_sample(run->raster, 0, 0,
                      origin(run, level, false, corners[i][0]),
                      origin(run, level, true, corners[i][1]), expected);
        if (memcmp(plane_from(plane, corners[i][0] - task->held.x,
                              corners[i][1] - task->held.y)
                       .pixels,
                   expected, (size_t)task->layouts[0].spec.sample_nbytes) != 0)
            return status_fail(status, STATUS_INVALID, "wrong source pixel");
    }
    return resampler_nearest.run(NULL, task, status);
}

static bool append(void *user, const void *data, size_t nbytes, Status *status)
{
    Run *run = user;
    (void)status;
    if (run->nbytes + nbytes > run->capacity) {
        run->capacity = 2 * (run->nbytes + nbytes);
        run->bytes = realloc(run->bytes, run->capacity);
    }
    memcpy(run->bytes + run->nbytes, data, nbytes);
    run->nbytes += nbytes;
    return true;
}

static bool go_on(void *user, int64_t tiles)
{
    (void)user;
    (void)tiles;
    return true;
}

static void describe(Run *run, const Raster *raster, int levels_wished)
{
    const int n = raster->image_count;
    Status status = {.code = STATUS_OK};
    run->raster = raster;
    for (int i = 0; i < n; i++)
        run->images[i] = (ImageSpec){.layout = raster->layouts[i],
                                     .encoding = i,
                                     .codec = &codec_none,
                                     .predictor = PREDICTOR_NONE};
    run->level_count = 1;
    while (run->level_count < levels_wished) {
        for (int i = 0; i < n; i++) {
            ImageSpec *image = &run->images[run->level_count * n + i];
            *image = *(image - n);
            LayoutSpec spec = image->layout.spec;
            spec.width = spec.width > 1 ? spec.width / 2 : 1;
            spec.height = spec.height > 1 ? spec.height / 2 : 1;
            require(layout_init(&image->layout, &spec, &status));
        }
        run->level_count++;
    }
}

static void keep_index(Run *run, const Pipeline *pipeline)
{
    for (int i = 0; i < run->level_count * run->raster->image_count; i++) {
        const TileIndex *from = pipeline_index(pipeline, i);
        const size_t count = (size_t)from->count;
        run->index[i].offsets = malloc(count * sizeof *from->offsets);
        memcpy(run->index[i].offsets, from->offsets,
               count * sizeof *from->offsets);
    }
}

static void run_free(Run *run)
{
    for (int i = 0; i < PIPELINE_IMAGES_MAX; i++)
        free(run->index[i].offsets);
    free(run->bytes);
}

static PyramidSpec pyramid_of(const Run *run, const Resampler *resampler,
                              Layout *layouts)
{
    const int count = run->level_count * run->raster->image_count;
    for (int i = 0; i < count; i++)
        layouts[i] = run->images[i].layout;
    return (PyramidSpec){.layouts = layouts,
                         .image_count = run->raster->image_count,
                         .level_count = run->level_count,
                         .resampler = resampler,
                         .custom = run};
}

static bool feed_all(Run *run, Pipeline *pipeline, Status *status)
{
    Window window = {.x = 0};
    while (pass_next(&run->pass, &window)) {
        Buffer *buffer = pipeline_take_window(pipeline, true, status);
        if (buffer == NULL)
            return false;
        raster_fill(run->raster, &window, buffer->data);
        if (!pipeline_feed(pipeline, &run->pass, &window, buffer, status))
            return false;
    }
    return pipeline_finish(pipeline, status);
}

/** @return whether it went well, with a reason if not */
static bool run_pipeline(Run *run, const Resampler *resampler, Status *status)
{
    const PipelineSpec spec = {.images = run->images,
                               .image_count = run->raster->image_count,
                               .level_count = run->level_count,
                               .resampler = resampler,
                               .resampler_custom = run,
                               .passes = &run->pass,
                               .pass_count = 1,
                               .output = {append, run},
                               .tick = go_on};
    *status = (Status){.code = STATUS_OK};
    run->pass = pass_over_all(NULL, &run->plan, 1, &run->raster->layouts[0]);
    Pipeline *pipeline = pipeline_start(&spec, status);
    if (pipeline == NULL)
        return false;
    const bool ok = feed_all(run, pipeline, status);
    if (ok)
        keep_index(run, pipeline);
    run->peak_nbytes = pipeline_peak_nbytes(pipeline);
    pipeline_free(pipeline);
    return ok;
}

static void expect_tile(const Run *run, int level, int image, int plane,
                        int64_t tile_x, int64_t tile_y)
{
    const int number = level * run->raster->image_count + image;
    const Layout *layout = &run->images[number].layout;
    const size_t nbytes = (size_t)layout->spec.sample_nbytes;
    const uint8_t *tile =
        run->bytes +
        run->index[number]
            .offsets[layout_tile_index(layout, plane, tile_x, tile_y)];
    for (int64_t y = 0; y < layout_valid_rows(layout, tile_y); y++)
        for (int64_t x = 0; x < layout_valid_columns(layout, tile_x); x++)
            for (int i = 0; i < layout->samples_per_pixel; i++) {
                uint8_t expected[8];
                const int64_t column = tile_x * layout->spec.tile_width + x;
                const int64_t row = tile_y * layout->spec.tile_height + y;
                raster_sample(run->raster, image, plane + i,
                              origin(run, level, false, column),
                              origin(run, level, true, row), expected);
                if (memcmp(tile + (size_t)y * layout->row_nbytes +
                               (size_t)(x * layout->samples_per_pixel + i) *
                                   nbytes,
                           expected, nbytes) != 0) {
                    expect_int_eq(level, -1);
                    return;
                }
            }
}

static void expect_levels(const Run *run)
{
    for (int level = 0; level < run->level_count; level++)
        for (int image = 0; image < run->raster->image_count; image++) {
            const Layout *layout =
                &run->images[level * run->raster->image_count + image].layout;
            for (int plane = 0; plane < layout->planes; plane++)
                for (int64_t y = 0; y < layout->tiles_down; y++)
                    for (int64_t x = 0; x < layout->tiles_across; x++)
                        expect_tile(run, level, image, plane, x, y);
        }
}

/** @return one of several cells each way now and then */
static Raster raster_of_cells(Random *random)
{
    Raster raster;
    do
        raster = raster_random(random, 400000);
    while (raster.layouts[0].spec.strips ||
           raster.layouts[0].tile_count > 3000);
    return raster;
}

TEST_CASE(overviews, are_made_of_every_pixel_they_need)
{
    Resampler resampler = resampler_nearest;
    resampler.needs = needs_more;
    resampler.open = open_run;
    resampler.run = check_and_pick;
    Random random = {.state = 21};
    for (int i = 0; i < CASES && !test_failed(); i++) {
        const Raster raster = raster_of_cells(&random);
        Run run = {.nbytes = 0};
        Status status;
        describe(&run, &raster, (int)random_in(&random, 2, 7));
        run.plan = raster_random_plan(&random, &raster);
        run.plan.workers = (int)random_in(&random, 1, 6);
        test_context("case %d", i);
        expect_true(run_pipeline(&run, &resampler, &status));
        expect_str_eq(status.message, "");
        if (!test_failed())
            expect_levels(&run);
        run_free(&run);
    }
}

static bool pick_slowly(void *state, const Resampling *task, Status *status)
{
    nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
    return resampler_nearest.run(state, task, status);
}

/** The planner's plan, for a budget of anything. */
static void make_plan(Run *run, const Resampler *resampler, Random *random)
{
    Layout layouts[PIPELINE_IMAGES_MAX];
    const PyramidSpec pyramid = pyramid_of(run, resampler, layouts);
    PlanInput in = raster_plan_input(run->raster);
    in.grid = raster_random_grid(random, in.width, in.height);
    in.budget_nbytes = (uint64_t)random_magnitude(random, 1, 1 << 24);
    in.workers = (int)random_in(random, 1, 6);
    in.scratch_nbytes = pyramid_worker_nbytes(&pyramid);
    in.overviews = pyramid_cost(&pyramid);
    plan_make(&run->plan, &in);
}

/* Whoever reads fast must not pile up what overviews are made from. */
TEST_CASE(overviews, hold_no_more_than_planned)
{
    Resampler resampler = resampler_nearest;
    resampler.needs = needs_more;
    resampler.run = pick_slowly;
    Random random = {.state = 23};
    for (int i = 0; i < 2 * CASES && !test_failed(); i++) {
        const Raster raster = raster_of_cells(&random);
        Run run = {.nbytes = 0};
        Status status;
        describe(&run, &raster, (int)random_in(&random, 2, 7));
        make_plan(&run, &resampler, &random);
        test_context("case %d", i);
        expect_true(run_pipeline(&run, &resampler, &status));
        expect_int_le(run.peak_nbytes, run.plan.peak_nbytes);
        run_free(&run);
    }
}

static bool fail_at_level(void *state, const Resampling *task, Status *status)
{
    return task->level < 3 ? resampler_nearest.run(state, task, status)
                           : status_fail(status, STATUS_CODEC, "no level 3");
}

TEST_CASE(overviews, failure_of_the_resampler_ends_it_all)
{
    Resampler resampler = resampler_nearest;
    resampler.run = fail_at_level;
    Random random = {.state = 22};
    for (int i = 0; i < CASES / 4 && !test_failed(); i++) {
        const Raster raster = raster_of_cells(&random);
        Run run = {.nbytes = 0};
        Status status;
        describe(&run, &raster, 5);
        run.plan = raster_random_plan(&random, &raster);
        run.plan.workers = (int)random_in(&random, 1, 6);
        expect_true(!run_pipeline(&run, &resampler, &status));
        expect_str_eq(status.message, "no level 3");
        run_free(&run);
    }
}
