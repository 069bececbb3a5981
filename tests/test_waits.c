/* SPDX-License-Identifier: MIT */
/* Who is slow is who the others wait for. */
#include <stdlib.h>

#include "gtest_c.h"
#include "pipeline_run.h"
#include "read_ahead.h"
#include "threads.h"

enum { ROWS = 24, SLOW_MS = 5 };

static bool encode_slowly(void *state, const CodecInput *in, void *out,
                          size_t out_capacity, size_t *out_nbytes,
                          Status *status)
{
    sleep_ms(SLOW_MS);
    return codec_none.encode(state, in, out, out_capacity, out_nbytes, status);
}

static bool read_slowly(void *user, int reader, const Window *window,
                        uint8_t *data, const GoOn *go_on, Status *status)
{
    const bool *slow = user;
    (void)reader;
    (void)go_on;
    (void)status;
    if (*slow)
        sleep_ms(SLOW_MS);
    memset(data, (int)window->y, (size_t)(window->width * window->height));
    return true;
}

static void done(void *user, const Window *window)
{
    (void)user;
    (void)window;
}

static void enter(void *user)
{
    (void)user;
}

static bool add(void *user)
{
    (void)user;
    return false;
}

/** Copies a raster of ROWS strips and windows of one row.
 * @param readers 1: the caller's thread reads */
static PipelineWaits waits_of(bool slow_source, bool slow_codec, int readers,
                              int workers, int slots)
{
    const LayoutSpec spec = {.width = 100,
                             .height = ROWS,
                             .bands = 1,
                             .sample_nbytes = 1,
                             .sample_nbits = 8,
                             .strips = true,
                             .tile_height = 1,
                             .tile_width = 1};
    Raster raster = {.image_count = 1};
    Status status = {.code = STATUS_OK};
    Codec codec = codec_none;
    if (slow_codec)
        codec.encode = encode_slowly;
    expect_true(layout_init(&raster.layouts[0], &spec, &status));
    PipelineRun run = pipeline_run_of(&raster, &codec, PREDICTOR_NONE);
    run.plans[0] = (Plan){.width = 100,
                          .height = ROWS,
                          .step_x = 100,
                          .step_y = 1,
                          .workers = workers,
                          .readers = readers,
                          .window_buffers = 4,
                          .slots = slots,
                          .window_nbytes = 100};
    const WindowSource source = {.read = read_slowly,
                                 .done = done,
                                 .enter = enter,
                                 .add = add,
                                 .user = &slow_source};
    Pipeline *pipeline = pipeline_run_start(&run);
    expect_true(pipeline != NULL);
    run.passes[0].source = &source;
    const bool ok = read_ahead(&run.passes[0], pipeline, &run.status);
    expect_true(pipeline_run_end(&run, pipeline, ok));
    pipeline_run_free(&run);
    return run.waits;
}

/** Seconds that @p n slow things take, or somewhat less: a reader and the
 * pipeline begin before they are waited for. */
static double most_of(int n)
{
    return (n - 5) * SLOW_MS * 1e-3;
}

TEST_CASE(waits, for_a_slow_source)
{
    for (int readers = 1; readers <= 2; readers++) {
        const PipelineWaits waits = waits_of(true, false, readers, 1, 2);
        test_context("%d readers", readers);
        expect_true(waits.caller_for_source > most_of(ROWS) / readers);
        expect_true(waits.workers_for_jobs > most_of(ROWS) / readers);
        expect_true(waits.caller_for_workers < waits.caller_for_source);
        expect_true(waits.workers_for_turn < waits.workers_for_jobs);
    }
}

TEST_CASE(waits, for_a_slow_encoder)
{
    for (int readers = 1; readers <= 2; readers++) {
        const PipelineWaits waits = waits_of(false, true, readers, 1, 2);
        test_context("%d readers", readers);
        expect_true(waits.caller_for_workers > most_of(ROWS));
        expect_true(waits.caller_for_source < waits.caller_for_workers);
        expect_true(waits.workers_for_jobs < waits.caller_for_workers);
    }
}

TEST_CASE(waits, for_the_turn_to_write)
{
    /* One slot: of two workers one always waits. */
    const PipelineWaits waits = waits_of(false, true, 1, 2, 1);
    expect_true(waits.workers_for_turn > most_of(ROWS));
}
