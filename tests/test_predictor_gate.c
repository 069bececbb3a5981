/* SPDX-License-Identifier: MIT */
/* With PREDICTOR=AUTO the first tile that windows make decides, and no overview
 * does, however early its pixels are there. */
#include "predictor_gate.h"

#include <stdatomic.h>

#include "gtest_c.h"
#include "pipeline_run.h"
#include "threads.h"

enum { WIDTH = 16, HEIGHT = 11, ROWS_FIRST = 10 };

static atomic_llong tried_rows; /* of the first tile encoded; 0: none yet */

static bool encode_noting(void *state, const CodecInput *in, void *out,
                          size_t out_capacity, size_t *out_nbytes,
                          Status *status)
{
    long long none = 0;
    atomic_compare_exchange_strong(&tried_rows, &none, in->rows);
    return codec_none.encode(state, in, out, out_capacity, out_nbytes, status);
}

static bool feed(PipelineRun *run, Pipeline *pipeline, int64_t y,
                 int64_t height)
{
    const Window window = {0, y, WIDTH, height};
    Buffer *buffer = pipeline_take_window(pipeline, true, &run->status);
    if (buffer == NULL)
        return false;
    raster_fill(run->raster, &window, buffer->data);
    return pipeline_feed(pipeline, &run->passes[0], &window, buffer,
                         &run->status);
}

TEST_CASE(predictor_gate, overview_that_is_whole_first_does_not_decide)
{
    /* One strip, and one of the overview, which needs but ten rows. */
    const LayoutSpec spec = {.width = WIDTH,
                             .height = HEIGHT,
                             .bands = 1,
                             .sample_nbytes = 1,
                             .sample_nbits = 8,
                             .strips = true,
                             .tile_height = 96,
                             .tile_width = 1};
    Codec codec = codec_none;
    Raster raster = {.image_count = 1};
    Status status = {.code = STATUS_OK};
    codec.encode = encode_noting;
    codec.predicts = true;
    require(layout_init(&raster.layouts[0], &spec, &status));
    PipelineRun run = pipeline_run_of(&raster, &codec, PREDICTOR_AUTO);
    pipeline_run_add_levels(&run, 2);
    run.plans[0] = (Plan){.width = WIDTH,
                          .height = HEIGHT,
                          .step_x = WIDTH,
                          .step_y = ROWS_FIRST,
                          .workers = 2,
                          .window_buffers = 2,
                          .slots = 2,
                          .window_nbytes = WIDTH * ROWS_FIRST};
    atomic_store(&tried_rows, 0);
    Pipeline *pipeline = pipeline_run_start(&run);
    require(pipeline != NULL);
    bool ok = feed(&run, pipeline, 0, ROWS_FIRST);
    sleep_ms(50); /* for the overview to be made */
    expect_int_eq(atomic_load(&tried_rows), 0);
    ok = ok && feed(&run, pipeline, ROWS_FIRST, HEIGHT - ROWS_FIRST);
    expect_true(pipeline_run_end(&run, pipeline, ok));
    expect_int_eq(atomic_load(&tried_rows), HEIGHT);
    expect_int_eq(run.appends, 2);
    pipeline_run_free(&run);
}

TEST_CASE(predictor_gate, what_is_held_goes_with_the_pipeline)
{
    Random random = {.state = 1};
    for (int i = 0; i < 40; i++) {
        const Raster raster = raster_random(&random, 2000);
        PipelineRun run =
            pipeline_run_of(&raster, &codec_deflate, PREDICTOR_AUTO);
        pipeline_run_add_levels(&run, 4);
        run.plans[0] = raster_random_plan(&random, &raster);
        run.windows_fed_at_most = (int)random_in(&random, 1, 5);
        /* Complains, under a sanitizer, of buffers that are not back. */
        pipeline_run(&run);
        pipeline_run_free(&run);
    }
}
