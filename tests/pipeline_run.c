/* SPDX-License-Identifier: MIT */
#include "pipeline_run.h"

#include <stdlib.h>

#include "decode.h"
#include "gtest_c.h"
#include "read_ahead.h"
#include "threads.h"

static bool append(void *user, const void *data, size_t nbytes, Status *status)
{
    PipelineRun *run = user;
    if (++run->appends == run->append_fails_at)
        return status_fail(status, STATUS_IO, "append %d", run->appends);
    if (run->nbytes + nbytes > run->capacity) {
        run->capacity = 2 * (run->nbytes + nbytes);
        run->bytes = realloc(run->bytes, run->capacity);
    }
    memcpy(run->bytes + run->nbytes, data, nbytes);
    run->nbytes += nbytes;
    return true;
}

static bool tick(void *user, int64_t tiles_written)
{
    PipelineRun *run = user;
    expect_int_le(run->tiles_told, tiles_written);
    run->tiles_told = tiles_written;
    atomic_store(&run->cancelled, ++run->ticks == run->tick_cancels_at);
    return !atomic_load(&run->cancelled);
}

PipelineRun pipeline_run_of(const Raster *raster, const Codec *codec,
                            Predictor predictor)
{
    PipelineRun run = {.raster = raster, .level_count = 1};
    for (int i = 0; i < raster->image_count; i++)
        run.images[i] = (ImageSpec){.layout = raster->layouts[i],
                                    .encoding = i,
                                    .sample_format = SAMPLE_FORMAT_UINT,
                                    .codec = codec,
                                    .level = 1,
                                    .predictor = predictor};
    return run;
}

void pipeline_run_free(PipelineRun *run)
{
    for (int i = 0; i < PIPELINE_IMAGES_MAX; i++) {
        free(run->index[i].offsets);
        free(run->index[i].nbytes);
    }
    free(run->bytes);
}

void pipeline_run_add_levels(PipelineRun *run, int level_count)
{
    const int n = run->raster->image_count;
    run->resampler = &resampler_nearest;
    for (; run->level_count < level_count; run->level_count++)
        for (int i = 0; i < n; i++) {
            ImageSpec *image = &run->images[run->level_count * n + i];
            *image = *(image - n);
            LayoutSpec spec = image->layout.spec;
            spec.width = spec.width > 1 ? spec.width / 2 : 1;
            spec.height = spec.height > 1 ? spec.height / 2 : 1;
            require(layout_init(&image->layout, &spec, &run->status));
        }
}

Window pipeline_run_level(const PipelineRun *run, int level)
{
    const LayoutSpec *spec =
        &run->images[level * run->raster->image_count].layout.spec;
    return (Window){.width = spec->width, .height = spec->height};
}

/** What windows of a pass hold. */
static int layouts_of(const PipelineRun *run, const Pass *pass, Layout *out)
{
    Layout level[SWATH_IMAGES_MAX];
    const int n = run->raster->image_count;
    for (int i = 0; i < n; i++)
        level[i] = run->images[pass->level * n + i].layout;
    return pass_layouts(pass, level, n, out);
}

void pipeline_run_add_pass(PipelineRun *run, Random *random, int level,
                           Span bands, const Window *region)
{
    Plan *plan = &run->plans[run->pass_count];
    Pass *pass = &run->passes[run->pass_count++];
    Raster part = *run->raster;
    *pass = (Pass){.plan = plan,
                   .readers = 1,
                   .level = level,
                   .first_band = (int)bands.begin,
                   .band_count = (int)(bands.end - bands.begin),
                   .mask_again = run->mask_again,
                   .region = *region};
    part.image_count = layouts_of(run, pass, part.layouts);
    part.layouts[0].spec.width = region->width;
    part.layouts[0].spec.height = region->height;
    *plan = raster_random_plan(random, &part);
    if (run->readers > 1)
        plan->readers = pass->readers = run->readers;
}

/** Levels have pixels of their own, so that it is seen where one comes from. */
static void sample_of(const PipelineRun *run, int level, int image, int band,
                      int64_t x, int64_t y, uint8_t *out)
{
    raster_sample(run->raster, image, band, x + 100003 * level, y, out);
}

static void fill(const PipelineRun *run, const Pass *pass, const Window *window,
                 uint8_t *data)
{
    Layout layouts[SWATH_IMAGES_MAX];
    const int count = layouts_of(run, pass, layouts);
    for (int image = 0; image < count; image++) {
        const Layout *layout = &layouts[image];
        for (int plane = 0; plane < layout->planes; plane++)
            for (int64_t y = window->y; y < window_bottom(window); y++)
                for (int64_t x = window->x; x < window_right(window); x++)
                    for (int i = 0; i < layout->samples_per_pixel; i++) {
                        sample_of(run, pass->level, image,
                                  (image > 0 ? 0 : pass->first_band) + plane +
                                      i,
                                  x, y, data);
                        data += layout->spec.sample_nbytes;
                    }
    }
}

Pipeline *pipeline_run_start(PipelineRun *run)
{
    const PipelineSpec spec = {.images = run->images,
                               .image_count = run->raster->image_count,
                               .level_count = run->level_count,
                               .resampler = run->resampler,
                               .resampler_custom = run->resampler_custom,
                               .validity = run->validity,
                               .passes = run->passes,
                               .pass_count =
                                   run->pass_count > 0 ? run->pass_count : 1,
                               .output = {append, run},
                               .output_position = PIPELINE_RUN_START,
                               .tick = tick,
                               .tick_user = run};
    if (run->pass_count == 0)
        run->passes[0] =
            pass_over_all(NULL, &run->plans[0], 1, &run->raster->layouts[0]);
    return pipeline_start(&spec, &run->status);
}

static bool feed_pass(PipelineRun *run, const Pass *pass, Pipeline *pipeline)
{
    Window window = {.x = 0};
    int fed = 0;
    while (pass_next(pass, &window)) {
        Buffer *buffer = pipeline_take_window(pipeline, true, &run->status);
        if (buffer == NULL)
            return false;
        if (++fed == run->windows_fed_at_most) {
            buffer_release(buffer);
            return false;
        }
        fill(run, pass, &window, buffer->data);
        if (!pipeline_feed(pipeline, pass, &window, buffer, &run->status))
            return false;
    }
    return true;
}

/** A pass that reads by itself. */
typedef struct Reading {
    PipelineRun *run;
    const Pass *pass;
} Reading;

static bool read_window(void *user, int reader, const Window *window,
                        uint8_t *data, const GoOn *go_on, Status *status)
{
    const Reading *reading = user;
    (void)reader;
    (void)status;
    fill(reading->run, reading->pass, window, data);
    return go_on->ask(go_on->user);
}

static void ignore_done(void *user, const Window *window)
{
    (void)user;
    (void)window;
}

static void ignore_enter(void *user)
{
    (void)user;
}

static bool refuse_more(void *user)
{
    (void)user;
    return false;
}

static bool read_pass(PipelineRun *run, Pass *pass, Pipeline *pipeline)
{
    Reading reading = {run, pass};
    const WindowSource source = {.read = read_window,
                                 .done = ignore_done,
                                 .enter = ignore_enter,
                                 .add = refuse_more,
                                 .user = &reading};
    pass->source = &source;
    const bool ok = read_ahead(pass, pipeline, &run->status);
    pass->source = NULL;
    return ok;
}

bool pipeline_run_feed(PipelineRun *run, Pipeline *pipeline)
{
    const int count = run->pass_count > 0 ? run->pass_count : 1;
    bool ok = true;
    for (int i = 0; ok && i < count; i++)
        ok = run->readers > 0 ? read_pass(run, &run->passes[i], pipeline)
                              : feed_pass(run, &run->passes[i], pipeline);
    return ok;
}

/** @return how many tiles are not left out */
static int keep_index(PipelineRun *run, const Pipeline *pipeline)
{
    int written = 0;
    for (int i = 0; i < run->level_count * run->raster->image_count; i++) {
        const TileIndex *from = pipeline_index(pipeline, i);
        const size_t count = (size_t)from->count;
        run->index[i].count = from->count;
        run->index[i].offsets = malloc(count * sizeof *from->offsets);
        run->index[i].nbytes = malloc(count * sizeof *from->nbytes);
        memcpy(run->index[i].offsets, from->offsets,
               count * sizeof *from->offsets);
        memcpy(run->index[i].nbytes, from->nbytes,
               count * sizeof *from->nbytes);
        for (size_t j = 0; j < count; j++)
            written += from->nbytes[j] > 0;
    }
    return written;
}

bool pipeline_run_end(PipelineRun *run, Pipeline *pipeline, bool ok)
{
    ok = ok && pipeline_finish(pipeline, &run->status);
    if (ok) {
        expect_int_eq(keep_index(run, pipeline), run->appends);
        run->predictor = pipeline_images(pipeline)[0].predictor;
        run->waits = pipeline_waits(pipeline);
        expect_int_eq(pipeline_position(pipeline),
                      PIPELINE_RUN_START + run->nbytes);
    }
    run->peak_nbytes = pipeline_peak_nbytes(pipeline);
    pipeline_free(pipeline);
    return ok;
}

bool pipeline_run(PipelineRun *run)
{
    Pipeline *pipeline = pipeline_run_start(run);
    return pipeline != NULL &&
           pipeline_run_end(run, pipeline, pipeline_run_feed(run, pipeline));
}

const uint8_t *pipeline_run_tile(const PipelineRun *run, int image, int64_t i)
{
    const uint64_t offset = run->index[image].offsets[i] - PIPELINE_RUN_START;
    expect_true(offset + run->index[image].nbytes[i] <= run->nbytes);
    return run->bytes + offset;
}

/** The pixel along an axis of the level below that GDAL's rule for nearest
 * neighbours picks. */
static int64_t picked(int64_t at, int64_t size, int64_t size_below)
{
    const double ratio = (double)size_below / (double)size;
    const int64_t from = (int64_t)(0.5 + (double)at * ratio);
    return from < size_below ? from : size_below - 1;
}

static void expected_sample(const PipelineRun *run, int level, int image,
                            int band, int64_t x, int64_t y, uint8_t *out)
{
    const Pass of = {.first_band = image > 0 ? 0 : band, .band_count = 1};
    const int passes = run->pass_count > 0 ? run->pass_count : 1;
    while (level > 0 && !pass_feeds_level(run->passes, passes, &of, level)) {
        const Window own = pipeline_run_level(run, level);
        const Window below = pipeline_run_level(run, --level);
        x = picked(x, own.width, below.width);
        y = picked(y, own.height, below.height);
    }
    sample_of(run, level, image, band, x, y, out);
}

/** The tile as it is encoded, the predictor undone. */
static uint8_t *decoded_tile(const PipelineRun *run, int number, int64_t i,
                             size_t rows)
{
    const ImageSpec *spec = &run->images[number];
    const Layout *layout = &spec->layout;
    uint8_t *tile = malloc(rows * layout->row_nbytes);
    expect_true(decode_bytes(spec->codec, pipeline_run_tile(run, number, i),
                             run->index[number].nbytes[i], tile,
                             rows * layout->row_nbytes));
    for (size_t row = 0; row < rows; row++)
        decode_row(run->predictor, tile + row * layout->row_nbytes,
                   layout->row_nbytes / (size_t)layout->spec.sample_nbytes,
                   (size_t)layout->samples_per_pixel,
                   (size_t)layout->spec.sample_nbytes);
    return tile;
}

static void expect_tile(const PipelineRun *run, int number, int plane,
                        int64_t tile_x, int64_t tile_y)
{
    const Layout *layout = &run->images[number].layout;
    const LayoutSpec *spec = &layout->spec;
    const int n = run->raster->image_count;
    const size_t nbytes = (size_t)spec->sample_nbytes;
    uint8_t *tile = decoded_tile(
        run, number, layout_tile_index(layout, plane, tile_x, tile_y),
        (size_t)layout_encoded_rows(layout, tile_y));
    bool same = true;
    for (int64_t y = 0; y < layout_valid_rows(layout, tile_y); y++) {
        const uint8_t *at = tile + (size_t)y * layout->row_nbytes;
        for (int64_t x = 0; x < layout_valid_columns(layout, tile_x); x++)
            for (int i = 0; i < layout->samples_per_pixel; i++, at += nbytes) {
                uint8_t expected[8];
                expected_sample(run, number / n, number % n, plane + i,
                                tile_x * spec->tile_width + x,
                                tile_y * spec->tile_height + y, expected);
                same &= memcmp(at, expected, nbytes) == 0;
            }
    }
    expect_true(same);
    free(tile);
}

void pipeline_run_expect_raster(const PipelineRun *run)
{
    const int count = run->level_count * run->raster->image_count;
    for (int image = 0; image < count; image++) {
        const Layout *layout = &run->images[image].layout;
        for (int plane = 0; plane < layout->planes; plane++)
            for (int64_t y = 0; y < layout->tiles_down; y++)
                for (int64_t x = 0; x < layout->tiles_across; x++)
                    expect_tile(run, image, plane, x, y);
    }
}

void pipeline_run_expect_same_tiles(const PipelineRun *a, const PipelineRun *b)
{
    const int count = a->level_count * a->raster->image_count;
    for (int image = 0; image < count; image++)
        for (int64_t i = 0; i < a->index[image].count; i++) {
            const uint32_t nbytes = a->index[image].nbytes[i];
            expect_int_eq(b->index[image].nbytes[i], nbytes);
            if (b->index[image].nbytes[i] == nbytes && nbytes > 0)
                expect_mem_eq(pipeline_run_tile(a, image, i),
                              pipeline_run_tile(b, image, i), nbytes);
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

Codec pipeline_run_slow_codec(void)
{
    Codec codec = codec_none;
    codec.encode = slow_encode;
    return codec;
}
