/* SPDX-License-Identifier: MIT */
#include "pipeline.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "decode.h"
#include "gtest_c.h"
#include "raster.h"
#include "threads.h"

enum { CASES = TEST_ONE_IN > 1 ? 50 : 150, START = 16 };

/** One way of writing a raster, and what came of it. */
typedef struct Run {
    const Raster *raster;
    ImageSpec images[SWATH_IMAGES_MAX];
    Plan plan;
    int append_fails_at, tick_cancels_at, windows_fed_at_most; /* 0: never */

    Status status;
    uint8_t *bytes; /* of the file, from START on */
    size_t nbytes;
    TileIndex index[SWATH_IMAGES_MAX];
    uint64_t peak_nbytes;
    int appends, ticks;
    int64_t tiles_told;
} Run;

static bool append(void *user, const void *data, size_t nbytes, Status *status)
{
    Run *run = user;
    if (++run->appends == run->append_fails_at)
        return status_fail(status, STATUS_IO, "append %d", run->appends);
    memcpy(run->bytes + run->nbytes, data, nbytes);
    run->nbytes += nbytes;
    return true;
}

static atomic_bool cancelled;

static bool tick(void *user, int64_t tiles_written)
{
    Run *run = user;
    expect_int_le(run->tiles_told, tiles_written);
    run->tiles_told = tiles_written;
    atomic_store(&cancelled, ++run->ticks == run->tick_cancels_at);
    return !atomic_load(&cancelled);
}

static Run run_of(const Raster *raster, const Codec *codec, Predictor predictor)
{
    Run run = {.raster = raster};
    size_t nbytes = 0;
    for (int i = 0; i < raster->image_count; i++) {
        run.images[i] = (ImageSpec){.layout = raster->layouts[i],
                                    .encoding = i,
                                    .codec = codec,
                                    .level = 1,
                                    .predictor = predictor};
        nbytes += (size_t)raster->layouts[i].tile_count *
                  encoder_bound(&run.images[i], 1);
    }
    run.bytes = malloc(nbytes);
    return run;
}

static void keep_index(Run *run, const Pipeline *pipeline)
{
    for (int i = 0; i < run->raster->image_count; i++) {
        const TileIndex *from = pipeline_index(pipeline, i);
        const size_t count = (size_t)from->count;
        run->index[i].count = from->count;
        run->index[i].offsets = malloc(count * sizeof *from->offsets);
        run->index[i].nbytes = malloc(count * sizeof *from->nbytes);
        memcpy(run->index[i].offsets, from->offsets,
               count * sizeof *from->offsets);
        memcpy(run->index[i].nbytes, from->nbytes,
               count * sizeof *from->nbytes);
    }
}

static void run_free(Run *run)
{
    for (int i = 0; i < SWATH_IMAGES_MAX; i++) {
        free(run->index[i].offsets);
        free(run->index[i].nbytes);
    }
    free(run->bytes);
}

static bool feed_all(Run *run, Pipeline *pipeline)
{
    Window window = {.x = 0};
    int fed = 0;
    while (plan_next(&run->plan, &window)) {
        Buffer *buffer = pipeline_take_window(pipeline, true, &run->status);
        if (buffer == NULL)
            return false;
        if (++fed == run->windows_fed_at_most) {
            buffer_release(buffer);
            return false;
        }
        raster_fill(run->raster, &window, buffer->data);
        if (!pipeline_feed(pipeline, &window, buffer, &run->status))
            return false;
    }
    return true;
}

/** @return what the pipeline said; the rest is in @p run */
static bool run_pipeline(Run *run)
{
    const PipelineSpec spec = {.images = run->images,
                               .image_count = run->raster->image_count,
                               .level_count = 1,
                               .plan = &run->plan,
                               .output = {append, run},
                               .output_position = START,
                               .tick = tick,
                               .tick_user = run};
    Pipeline *pipeline = pipeline_start(&spec, &run->status);
    if (pipeline == NULL)
        return false;
    const bool ok =
        feed_all(run, pipeline) && pipeline_finish(pipeline, &run->status);
    if (ok) {
        keep_index(run, pipeline);
        expect_int_eq(pipeline_position(pipeline), START + run->nbytes);
        expect_int_eq(pipeline_tiles_written(pipeline), run->appends);
    }
    run->peak_nbytes = pipeline_peak_nbytes(pipeline);
    pipeline_free(pipeline);
    return ok;
}

static void make_plan(Run *run, const BlockGrid *grid, uint64_t budget_nbytes,
                      int workers)
{
    const int count = run->raster->image_count;
    PlanInput in = raster_plan_input(run->raster);
    in.grid = *grid;
    in.budget_nbytes = budget_nbytes;
    in.workers = workers;
    in.scratch_nbytes = encoder_nbytes(run->images, count);
    in.slot_nbytes = encoder_bound(run->images, count);
    plan_make(&run->plan, &in);
}

static void expect_tile(const Run *run, int image, int plane, int64_t x,
                        int64_t y)
{
    const ImageSpec *spec = &run->images[image];
    const Layout *layout = &spec->layout;
    const int64_t i = layout_tile_index(layout, plane, x, y);
    const size_t rows = (size_t)layout_encoded_rows(layout, y);
    const uint64_t offset = run->index[image].offsets[i] - START;
    uint8_t *tile = malloc(rows * layout->row_nbytes);
    require(offset + run->index[image].nbytes[i] <= run->nbytes);
    expect_true(decode_bytes(spec->codec, run->bytes + offset,
                             run->index[image].nbytes[i], tile,
                             rows * layout->row_nbytes));
    for (size_t row = 0; row < rows; row++)
        decode_row(spec->predictor, tile + row * layout->row_nbytes,
                   layout->row_nbytes / (size_t)layout->spec.sample_nbytes,
                   (size_t)layout->samples_per_pixel,
                   (size_t)layout->spec.sample_nbytes);
    expect_true(raster_tile_matches(run->raster, image, plane, x, y, tile,
                                    layout->row_nbytes));
    free(tile);
}

static void expect_raster(const Run *run)
{
    for (int image = 0; image < run->raster->image_count; image++) {
        const Layout *layout = &run->raster->layouts[image];
        for (int plane = 0; plane < layout->planes; plane++)
            for (int64_t y = 0; y < layout->tiles_down; y++)
                for (int64_t x = 0; x < layout->tiles_across; x++)
                    expect_tile(run, image, plane, x, y);
    }
}

static Predictor random_predictor(Random *random)
{
    return random_once_in(random, 2) ? PREDICTOR_NONE : PREDICTOR_HORIZONTAL;
}

TEST_CASE(pipeline, decoded_tiles_are_the_source)
{
    Random random = {.state = 1};
    for (int i = 0; i < CASES && !test_failed(); i++) {
        test_context("case %d", i);
        const Raster raster = raster_random(&random, 40000);
        Run run = run_of(
            &raster, random_once_in(&random, 4) ? &codec_none : &codec_deflate,
            random_predictor(&random));
        run.plan = raster_random_plan(&random, &raster);
        run.plan.workers = (int)random_in(&random, 1, 8);
        expect_true(run_pipeline(&run));
        expect_int_eq(run.status.code, STATUS_OK);
        expect_raster(&run);
        run_free(&run);
    }
}

/** @return a raster of several windows even after the planner has made them
 * as large as it likes */
static Raster large_raster(Random *random)
{
    Raster raster;
    PlanInput in;
    do {
        raster = raster_random(random, 60000);
        in = raster_plan_input(&raster);
    } while ((uint64_t)(in.width * in.height) * in.pixel_nbytes < 300000 ||
             raster.layouts[0].tile_count > 2000);
    return raster;
}

static void expect_same_tiles(const Run *a, const Run *b)
{
    for (int image = 0; image < a->raster->image_count; image++)
        for (int64_t i = 0; i < a->index[image].count; i++) {
            const uint32_t nbytes = a->index[image].nbytes[i];
            expect_int_eq(b->index[image].nbytes[i], nbytes);
            if (b->index[image].nbytes[i] == nbytes)
                expect_mem_eq(a->bytes + a->index[image].offsets[i] - START,
                              b->bytes + b->index[image].offsets[i] - START,
                              nbytes);
        }
    if (a->plan.full_width && b->plan.full_width) {
        expect_int_eq(a->nbytes, b->nbytes);
        expect_mem_eq(a->bytes, b->bytes, a->nbytes);
    }
}

TEST_CASE(pipeline, bytes_depend_on_neither_workers_nor_budget)
{
    static const uint64_t budgets[] = {1, 2500000, 8000000, 1 << 30};
    static const int workers[] = {1, 2, 8};
    Random random = {.state = 2};
    for (int i = 0; i < CASES / 20 && !test_failed(); i++) {
        const Raster raster = large_raster(&random);
        const BlockGrid grid =
            raster_random_grid(&random, raster.layouts[0].spec.width,
                               raster.layouts[0].spec.height);
        Run first = run_of(&raster, &codec_deflate, PREDICTOR_HORIZONTAL);
        make_plan(&first, &grid, 1 << 30, 1);
        expect_true(first.plan.full_width);
        expect_true(run_pipeline(&first));
        for (int j = 0; j < 12; j++) {
            test_context("case %d, run %d", i, j);
            Run run = run_of(&raster, &codec_deflate, PREDICTOR_HORIZONTAL);
            make_plan(&run, &grid, budgets[j % 4], workers[j % 3]);
            expect_true(run_pipeline(&run));
            expect_same_tiles(&first, &run);
            run_free(&run);
        }
        run_free(&first);
    }
}

static bool slow_encode(void *state, const CodecInput *in, void *out,
                        size_t out_capacity, size_t *out_nbytes, Status *status)
{
    static atomic_uint calls;
    if (random_mix(atomic_fetch_add(&calls, 1)) % 20 == 0)
        sleep_ms(2);
    return codec_none.encode(state, in, out, out_capacity, out_nbytes, status);
}

static Codec slow_codec(void)
{
    Codec codec = codec_none;
    codec.encode = slow_encode;
    return codec;
}

TEST_CASE(pipeline, windows_and_carry_hold_no_more_than_planned)
{
    const Codec codec = slow_codec();
    Random random = {.state = 3};
    for (int i = 0; i < CASES / 3 && !test_failed(); i++) {
        test_context("case %d", i);
        const Raster raster = large_raster(&random);
        const PlanInput in = raster_plan_input(&raster);
        const BlockGrid grid = raster_random_grid(&random, in.width, in.height);
        Run run = run_of(&raster, &codec, PREDICTOR_NONE);
        make_plan(&run, &grid, (uint64_t)random_magnitude(&random, 1, 1 << 22),
                  (int)random_in(&random, 1, 8));
        expect_true(run_pipeline(&run));
        const int64_t columns =
            in.tile_width < in.width ? in.tile_width : in.width;
        const int64_t rows =
            in.tile_height < in.height ? in.tile_height : in.height;
        expect_int_le(
            run.peak_nbytes,
            (uint64_t)run.plan.window_buffers * run.plan.window_nbytes +
                (run.plan.carry_positions + run.plan.carry_in_flight) *
                    (uint64_t)(columns * rows) * in.pixel_nbytes);
        run_free(&run);
    }
}

/** A raster of 12 tiles in two images, cut by nine windows that carry. */
static Raster small_raster(Plan *plan, int workers)
{
    const LayoutSpec spec = {.width = 70,
                             .height = 50,
                             .bands = 2,
                             .sample_nbytes = 2,
                             .sample_nbits = 16,
                             .tile_width = 32,
                             .tile_height = 32};
    LayoutSpec mask = spec;
    mask.bands = mask.sample_nbytes = 1;
    mask.sample_nbits = 8;
    Raster raster = {.image_count = 2};
    Status status = {.code = STATUS_OK};
    expect_true(layout_init(&raster.layouts[0], &spec, &status));
    expect_true(layout_init(&raster.layouts[1], &mask, &status));
    *plan = (Plan){.width = 70,
                   .height = 50,
                   .grid = {5, 3, 30, 20},
                   .step_x = 30,
                   .step_y = 20,
                   .traversal = TRAVERSE_COLUMNS,
                   .workers = workers,
                   .readers = 1,
                   .window_buffers = 2,
                   .slots = 2,
                   .window_nbytes = 30 * 20 * 5,
                   .carry_in_flight = 1};
    return raster;
}

TEST_CASE(pipeline, failure_of_any_append_is_told)
{
    for (int workers = 1; workers <= 8; workers *= 2)
        for (int fail_at = 1; fail_at <= 12; fail_at++) {
            Plan plan;
            const Raster raster = small_raster(&plan, workers);
            Run run = run_of(&raster, &codec_deflate, PREDICTOR_NONE);
            char message[32];
            test_context("%d workers, append %d fails", workers, fail_at);
            snprintf(message, sizeof message, "append %d", fail_at);
            run.plan = plan;
            run.append_fails_at = fail_at;
            expect_true(!run_pipeline(&run));
            expect_int_eq(run.status.code, STATUS_IO);
            expect_str_eq(run.status.message, message);
            run_free(&run);
        }
}

TEST_CASE(pipeline, cancel_at_any_tick_is_told)
{
    for (int workers = 1; workers <= 8; workers *= 2) {
        bool ok = false;
        for (int cancel_at = 1; !ok && !test_failed(); cancel_at++) {
            Plan plan;
            const Raster raster = small_raster(&plan, workers);
            Run run = run_of(&raster, &codec_deflate, PREDICTOR_NONE);
            test_context("%d workers, tick %d cancels", workers, cancel_at);
            run.plan = plan;
            run.tick_cancels_at = cancel_at;
            ok = run_pipeline(&run);
            expect_int_eq(run.status.code, ok ? STATUS_OK : STATUS_CANCELLED);
            expect_int_eq(run.ticks < cancel_at, ok);
            /* One before each window, one after it. */
            expect_true(!ok || cancel_at > 2 * (int)plan_window_count(&plan));
            run_free(&run);
        }
    }
}

static bool stuck_encode(void *state, const CodecInput *in, void *out,
                         size_t out_capacity, size_t *out_nbytes,
                         Status *status)
{
    while (!atomic_load(&cancelled))
        sleep_ms(1);
    return codec_none.encode(state, in, out, out_capacity, out_nbytes, status);
}

TEST_CASE(pipeline, cancel_is_heard_while_waiting_for_workers)
{
    Codec codec = codec_none;
    codec.encode = stuck_encode;
    for (int cancel_at = 1; cancel_at <= 16; cancel_at++) {
        Plan plan;
        const Raster raster = small_raster(&plan, 1);
        Run run = run_of(&raster, &codec, PREDICTOR_NONE);
        test_context("tick %d cancels", cancel_at);
        run.plan = plan;
        run.tick_cancels_at = cancel_at;
        expect_true(!run_pipeline(&run));
        expect_int_eq(run.status.code, STATUS_CANCELLED);
        run_free(&run);
    }
}

static atomic_int encodes_left;

static bool failing_encode(void *state, const CodecInput *in, void *out,
                           size_t out_capacity, size_t *out_nbytes,
                           Status *status)
{
    if (atomic_fetch_sub(&encodes_left, 1) <= 1)
        return status_fail(status, STATUS_CODEC, "no more");
    return codec_none.encode(state, in, out, out_capacity, out_nbytes, status);
}

TEST_CASE(pipeline, failure_of_any_encoder_is_told)
{
    Codec codec = codec_none;
    codec.encode = failing_encode;
    for (int fail_at = 1; fail_at <= 12; fail_at++) {
        Plan plan;
        const Raster raster = small_raster(&plan, 3);
        Run run = run_of(&raster, &codec, PREDICTOR_NONE);
        test_context("encode %d fails", fail_at);
        atomic_store(&encodes_left, fail_at);
        run.plan = plan;
        expect_true(!run_pipeline(&run));
        expect_int_eq(run.status.code, STATUS_CODEC);
        expect_str_eq(run.status.message, "no more");
        run_free(&run);
    }
}

TEST_CASE(pipeline, caller_may_give_up_before_any_window)
{
    const Codec codec = slow_codec();
    for (int fed = 1; fed <= 9; fed++) {
        Plan plan;
        const Raster raster = small_raster(&plan, 4);
        Run run = run_of(&raster, &codec, PREDICTOR_NONE);
        run.plan = plan;
        run.windows_fed_at_most = fed;
        expect_true(!run_pipeline(&run));
        expect_int_eq(run.status.code, STATUS_OK);
        run_free(&run);
    }
}

static int opens_left;

static void *scarce_open(const CodecSetup *setup)
{
    return opens_left-- > 0 ? codec_none.open(setup) : NULL;
}

TEST_CASE(pipeline, fewer_workers_than_planned_must_do_and_none_is_a_failure)
{
    Codec codec = codec_none;
    codec.open = scarce_open;
    /* Each worker opens a state for the image and one for its mask. */
    for (int opens = 0; opens <= 7; opens++) {
        Plan plan;
        const Raster raster = small_raster(&plan, 4);
        Run run = run_of(&raster, &codec, PREDICTOR_NONE);
        test_context("%d states", opens);
        opens_left = opens;
        run.plan = plan;
        expect_int_eq(run_pipeline(&run), opens >= 2);
        expect_int_eq(run.status.code == STATUS_OK, opens >= 2);
        if (opens >= 2)
            expect_raster(&run);
        run_free(&run);
    }
}
