/* SPDX-License-Identifier: MIT */
/* Failures, cancels and what is short of: the pipeline says so and ends. */
#include "pipeline.h"

#include <stdatomic.h>
#include <stdio.h>

#include "gtest_c.h"
#include "pipeline_run.h"
#include "raster.h"
#include "threads.h"

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

TEST_CASE(pipeline_failures, failure_of_any_append_is_told)
{
    for (int workers = 1; workers <= 8; workers *= 2)
        for (int fail_at = 1; fail_at <= 12; fail_at++) {
            Plan plan;
            const Raster raster = small_raster(&plan, workers);
            PipelineRun run =
                pipeline_run_of(&raster, &codec_deflate, PREDICTOR_NONE);
            char message[32];
            test_context("%d workers, append %d fails", workers, fail_at);
            snprintf(message, sizeof message, "append %d", fail_at);
            run.plans[0] = plan;
            run.append_fails_at = fail_at;
            expect_true(!pipeline_run(&run));
            expect_int_eq(run.status.code, STATUS_IO);
            expect_str_eq(run.status.message, message);
            pipeline_run_free(&run);
        }
}

TEST_CASE(pipeline_failures, cancel_at_any_tick_is_told)
{
    for (int workers = 1; workers <= 8; workers *= 2) {
        bool ok = false;
        for (int cancel_at = 1; !ok && !test_failed(); cancel_at++) {
            Plan plan;
            const Raster raster = small_raster(&plan, workers);
            PipelineRun run =
                pipeline_run_of(&raster, &codec_deflate, PREDICTOR_NONE);
            test_context("%d workers, tick %d cancels", workers, cancel_at);
            run.plans[0] = plan;
            run.tick_cancels_at = cancel_at;
            ok = pipeline_run(&run);
            expect_int_eq(run.status.code, ok ? STATUS_OK : STATUS_CANCELLED);
            expect_int_eq(run.ticks < cancel_at, ok);
            /* One before each window, one after it. */
            expect_true(!ok || cancel_at > 2 * (int)plan_window_count(&plan));
            pipeline_run_free(&run);
        }
    }
}

static const atomic_bool *cancelled; /* of the run that is stuck */

static bool stuck_encode(void *state, const CodecInput *in, void *out,
                         size_t out_capacity, size_t *out_nbytes,
                         Status *status)
{
    while (!atomic_load(cancelled))
        sleep_ms(1);
    return codec_none.encode(state, in, out, out_capacity, out_nbytes, status);
}

TEST_CASE(pipeline_failures, cancel_is_heard_while_waiting_for_workers)
{
    Codec codec = codec_none;
    codec.encode = stuck_encode;
    for (int cancel_at = 1; cancel_at <= 16; cancel_at++) {
        Plan plan;
        const Raster raster = small_raster(&plan, 1);
        PipelineRun run = pipeline_run_of(&raster, &codec, PREDICTOR_NONE);
        test_context("tick %d cancels", cancel_at);
        run.plans[0] = plan;
        run.tick_cancels_at = cancel_at;
        cancelled = &run.cancelled;
        expect_true(!pipeline_run(&run));
        expect_int_eq(run.status.code, STATUS_CANCELLED);
        pipeline_run_free(&run);
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

TEST_CASE(pipeline_failures, failure_of_any_encoder_is_told)
{
    Codec codec = codec_none;
    codec.encode = failing_encode;
    for (int fail_at = 1; fail_at <= 12; fail_at++) {
        Plan plan;
        const Raster raster = small_raster(&plan, 3);
        PipelineRun run = pipeline_run_of(&raster, &codec, PREDICTOR_NONE);
        test_context("encode %d fails", fail_at);
        atomic_store(&encodes_left, fail_at);
        run.plans[0] = plan;
        expect_true(!pipeline_run(&run));
        expect_int_eq(run.status.code, STATUS_CODEC);
        expect_str_eq(run.status.message, "no more");
        pipeline_run_free(&run);
    }
}

TEST_CASE(pipeline_failures, caller_may_give_up_before_any_window)
{
    const Codec codec = pipeline_run_slow_codec();
    for (int fed = 1; fed <= 9; fed++) {
        Plan plan;
        const Raster raster = small_raster(&plan, 4);
        PipelineRun run = pipeline_run_of(&raster, &codec, PREDICTOR_NONE);
        run.plans[0] = plan;
        run.windows_fed_at_most = fed;
        expect_true(!pipeline_run(&run));
        expect_int_eq(run.status.code, STATUS_OK);
        pipeline_run_free(&run);
    }
}

static int opens_left;

static void *scarce_open(const CodecSetup *setup)
{
    return opens_left-- > 0 ? codec_none.open(setup) : NULL;
}

TEST_CASE(pipeline_failures,
          fewer_workers_than_planned_must_do_and_none_is_a_failure)
{
    Codec codec = codec_none;
    codec.open = scarce_open;
    /* Each worker opens a state for the image and one for its mask. */
    for (int opens = 0; opens <= 7; opens++) {
        Plan plan;
        const Raster raster = small_raster(&plan, 4);
        PipelineRun run = pipeline_run_of(&raster, &codec, PREDICTOR_NONE);
        test_context("%d states", opens);
        opens_left = opens;
        run.plans[0] = plan;
        expect_int_eq(pipeline_run(&run), opens >= 2);
        expect_int_eq(run.status.code == STATUS_OK, opens >= 2);
        if (opens >= 2)
            pipeline_run_expect_raster(&run);
        pipeline_run_free(&run);
    }
}

/** codec_none, which changes a byte of the tile that it is at and of those that
 * follow. */
static atomic_int honest_tiles;

static bool encode_other_byte(void *state, const CodecInput *in, void *out,
                              size_t capacity, size_t *nbytes, Status *status)
{
    const bool ok = codec_none.encode(state, in, out, capacity, nbytes, status);
    if (atomic_fetch_sub(&honest_tiles, 1) <= 0)
        ((uint8_t *)out)[0] ^= 1;
    return ok;
}

TEST_CASE(pipeline_failures, tile_that_does_not_verify_is_told)
{
    Codec lying = codec_none;
    lying.encode = encode_other_byte;
    for (int workers = 1; workers <= 8; workers *= 2)
        for (int honest = 0; honest <= 12; honest++) {
            Plan plan;
            const Raster raster = small_raster(&plan, workers);
            PipelineRun run = pipeline_run_of(&raster, &lying, PREDICTOR_NONE);
            test_context("%d workers, %d tiles are right", workers, honest);
            run.plans[0] = plan;
            for (int i = 0; i < raster.image_count; i++)
                run.images[i].fidelity = FIDELITY_EXACT;
            atomic_store(&honest_tiles, honest);
            expect_int_eq(pipeline_run(&run), honest == 12);
            expect_int_eq(run.status.code,
                          honest == 12 ? STATUS_OK : STATUS_CODEC);
            expect_int_le(run.appends, honest);
            pipeline_run_free(&run);
        }
}
