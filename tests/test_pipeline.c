/* SPDX-License-Identifier: MIT */
#include "pipeline.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "gtest_c.h"
#include "pipeline_run.h"
#include "raster.h"

enum { CASES = TEST_ONE_IN > 1 ? 50 : 150 };

static void make_plan(PipelineRun *run, const BlockGrid *grid,
                      uint64_t budget_nbytes, int workers)
{
    const int count = run->raster->image_count;
    PlanInput in = raster_plan_input(run->raster);
    in.grid = *grid;
    in.budget_nbytes = budget_nbytes;
    in.workers = workers;
    in.scratch_nbytes = encoder_nbytes(run->images, count);
    in.slot_nbytes = encoder_bound(run->images, count);
    plan_make(&run->plans[0], &in);
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
        PipelineRun run = pipeline_run_of(
            &raster, random_once_in(&random, 4) ? &codec_none : &codec_deflate,
            random_predictor(&random));
        run.plans[0] = raster_random_plan(&random, &raster);
        run.plans[0].workers = (int)random_in(&random, 1, 8);
        expect_true(pipeline_run(&run));
        expect_int_eq(run.status.code, STATUS_OK);
        pipeline_run_expect_raster(&run);
        pipeline_run_free(&run);
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

/** So are the files, where the plan says that tiles come in their order. */
static void expect_same_files(const PipelineRun *a, const PipelineRun *b)
{
    pipeline_run_expect_same_tiles(a, b);
    if (a->plans[0].tiles_in_order && b->plans[0].tiles_in_order) {
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
        PipelineRun first =
            pipeline_run_of(&raster, &codec_deflate, PREDICTOR_HORIZONTAL);
        make_plan(&first, &grid, 1 << 30, 1);
        expect_true(first.plans[0].full_width);
        expect_true(pipeline_run(&first));
        for (int j = 0; j < 12; j++) {
            test_context("case %d, run %d", i, j);
            PipelineRun run =
                pipeline_run_of(&raster, &codec_deflate, PREDICTOR_HORIZONTAL);
            make_plan(&run, &grid, budgets[j % 4], workers[j % 3]);
            expect_true(pipeline_run(&run));
            expect_same_files(&first, &run);
            pipeline_run_free(&run);
        }
        pipeline_run_free(&first);
    }
}

TEST_CASE(pipeline, windows_and_carry_hold_no_more_than_planned)
{
    const Codec codec = pipeline_run_slow_codec();
    Random random = {.state = 3};
    for (int i = 0; i < CASES / 3 && !test_failed(); i++) {
        test_context("case %d", i);
        const Raster raster = large_raster(&random);
        const PlanInput in = raster_plan_input(&raster);
        const BlockGrid grid = raster_random_grid(&random, in.width, in.height);
        PipelineRun run = pipeline_run_of(&raster, &codec, PREDICTOR_NONE);
        make_plan(&run, &grid, (uint64_t)random_magnitude(&random, 1, 1 << 22),
                  (int)random_in(&random, 1, 8));
        expect_true(pipeline_run(&run));
        const int64_t columns =
            in.tile_width < in.width ? in.tile_width : in.width;
        const int64_t rows =
            in.tile_height < in.height ? in.tile_height : in.height;
        expect_int_le(
            run.peak_nbytes,
            (uint64_t)run.plans[0].window_buffers * run.plans[0].window_nbytes +
                (run.plans[0].carry_positions + run.plans[0].carry_in_flight) *
                    (uint64_t)(columns * rows) * in.pixel_nbytes);
        pipeline_run_free(&run);
    }
}

/** Who decodes. */
static pthread_t caller;
static atomic_int decoded, decoded_by_caller;

static bool decode_noting_thread(void *state, const CodecInput *shape,
                                 const void *in, size_t in_nbytes, void *out,
                                 Status *status)
{
    atomic_fetch_add(&decoded, 1);
    if (pthread_equal(pthread_self(), caller))
        atomic_fetch_add(&decoded_by_caller, 1);
    return codec_deflate.decoder->decode(state, shape, in, in_nbytes, out,
                                         status);
}

TEST_CASE(pipeline, workers_verify_each_tile)
{
    Random random = {.state = 6};
    Decoder decoder = *codec_deflate.decoder;
    Codec codec = codec_deflate;
    decoder.decode = decode_noting_thread;
    codec.decoder = &decoder;
    caller = pthread_self();
    for (int i = 0; i < CASES && !test_failed(); i++) {
        const Raster raster = raster_random(&random, 40000);
        PipelineRun run =
            pipeline_run_of(&raster, &codec, random_predictor(&random));
        int64_t tiles = 0;
        test_context("case %d", i);
        run.plans[0] = raster_random_plan(&random, &raster);
        run.plans[0].workers = (int)random_in(&random, 1, 8);
        for (int j = 0; j < raster.image_count; j++) {
            run.images[j].fidelity = FIDELITY_EXACT;
            tiles += raster.layouts[j].tile_count;
        }
        atomic_store(&decoded, 0);
        expect_true(pipeline_run(&run));
        expect_int_eq(atomic_load(&decoded), tiles);
        expect_int_eq(atomic_load(&decoded_by_caller), 0);
        pipeline_run_free(&run);
    }
}
