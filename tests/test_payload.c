/* SPDX-License-Identifier: MIT */
/* What comes encoded is written as it is, what comes empty is a tile of the
 * empty sample or none, and neither slips past what needs pixels. */
#include "payload.h"

#include <stdlib.h>

#include "encoder.h"
#include "gtest_c.h"
#include "pipeline_run.h"
#include "writer.h"

enum { WIDTH = 40, HEIGHT = 24, TILE = 16 };

static ImageSpec image_of(const Codec *codec)
{
    const LayoutSpec spec = {.width = WIDTH,
                             .height = HEIGHT,
                             .bands = 2,
                             .sample_nbytes = 2,
                             .sample_nbits = 16,
                             .tile_width = TILE,
                             .tile_height = TILE};
    const uint16_t empty = 0xabcd;
    ImageSpec image = {.codec = codec,
                       .level = 6,
                       .sample_format = SAMPLE_FORMAT_UINT,
                       .predictor = codec->predicts ? PREDICTOR_HORIZONTAL
                                                    : PREDICTOR_NONE};
    Status status = {.code = STATUS_OK};
    expect_true(layout_init(&image.layout, &spec, &status));
    memcpy(image.empty_sample, &empty, sizeof empty);
    return image;
}

/** Encodes one tile.
 * @param out encoder_bound() bytes */
static bool encode(const ImageSpec *image, const TileJob *job, uint8_t *out,
                   Payload *result, Status *status)
{
    Encoder *encoder = encoder_new(image, 1);
    *status = (Status){.code = STATUS_OK};
    const bool ok = encoder_encode(encoder, job, out, encoder_bound(image, 1),
                                   result, status);
    /* What is not in out lies in the encoder. */
    if (ok && result->kind == PAYLOAD_ENCODED &&
        result->of.encoded.bytes != out && job->payload.kind != PAYLOAD_ENCODED)
        memcpy(out, result->of.encoded.bytes, result->of.encoded.nbytes);
    encoder_free(encoder);
    return ok;
}

TEST_CASE(payload, encoded_tile_stays_as_it_is)
{
    const uint8_t bytes[] = {1, 2, 3};
    uint8_t out[1];
    const ImageSpec image = image_of(&codec_deflate);
    const TileJob job = {.payload = payload_encoded(bytes, sizeof bytes)};
    Payload result;
    Status status;
    expect_true(encode(&image, &job, out, &result, &status));
    expect_int_eq(result.kind, PAYLOAD_ENCODED);
    expect_true(result.of.encoded.bytes == bytes);
    expect_int_eq(result.of.encoded.nbytes, sizeof bytes);
}

TEST_CASE(payload, empty_tile_is_left_out_or_one_of_the_empty_sample)
{
    static const Codec *const codecs[] = {&codec_none, &codec_deflate,
                                          &codec_lzw};
    uint16_t pixels[TILE * TILE * 2];
    for (int i = 0; i < TILE * TILE * 2; i++)
        pixels[i] = 0xabcd;
    for (int i = 0; i < 3; i++)
        for (int64_t x = 0; x < 3; x++) {
            ImageSpec image = image_of(codecs[i]);
            TileJob job = {.tile_x = x, .tile_y = 1};
            Payload expected, result;
            Status status;
            uint8_t *made = malloc(encoder_bound(&image, 1));
            uint8_t *filled = malloc(encoder_bound(&image, 1));
            test_context("codec %d, tile %d", i, (int)x);
            job.payload.of.pixels = (TilePixels){
                .samples = (const uint8_t *)pixels, .row_nbytes = TILE * 4};
            expect_true(encode(&image, &job, made, &expected, &status));
            job.payload = (Payload){.kind = PAYLOAD_EMPTY};
            image.accepts_empty = true;
            expect_true(encode(&image, &job, filled, &result, &status));
            expect_int_eq(result.kind, PAYLOAD_ENCODED);
            expect_int_eq(result.of.encoded.nbytes, expected.of.encoded.nbytes);
            expect_mem_eq(filled, made, expected.of.encoded.nbytes);

            image.accepts_empty = false;
            image.skip_empty = true;
            expect_true(encode(&image, &job, filled, &result, &status));
            expect_int_eq(result.kind, PAYLOAD_EMPTY);
            free(filled);
            free(made);
        }
}

static int encodes;

static bool encode_counted(void *state, const CodecInput *in, void *out,
                           size_t out_capacity, size_t *out_nbytes,
                           Status *status)
{
    encodes++;
    return codec_none.encode(state, in, out, out_capacity, out_nbytes, status);
}

TEST_CASE(payload, empty_tiles_of_one_shape_are_encoded_once)
{
    Codec codec = codec_none;
    codec.encode = encode_counted;
    ImageSpec image = image_of(&codec);
    const TileJob job = {.payload.kind = PAYLOAD_EMPTY};
    Payload result;
    Status status = {.code = STATUS_OK};
    image.accepts_empty = true;
    uint8_t *out = malloc(encoder_bound(&image, 1));
    Encoder *encoder = encoder_new(&image, 1);
    encodes = 0;
    for (int i = 0; i < 3; i++) {
        expect_true(encoder_encode(encoder, &job, out, encoder_bound(&image, 1),
                                   &result, &status));
        expect_int_eq(result.of.encoded.nbytes, TILE * TILE * 4);
        expect_int_eq(encodes, 1);
    }
    encoder_free(encoder);
    free(out);
}

TEST_CASE(payload, encoded_tiles_have_no_statistics)
{
    const uint8_t byte = 0;
    uint8_t out[1];
    Statistics records[12] = {{0}};
    ImageSpec image = image_of(&codec_none);
    image.skip_empty = image.accepts_empty = true;
    image.statistics = records;
    const TileJob job = {.payload = payload_encoded(&byte, 1)};
    Payload result;
    Status status;
    expect_true(!encode(&image, &job, out, &result, &status));
    expect_int_eq(status.code, STATUS_INVALID);
    expect_str_eq(status.message,
                  "statistics need pixels, and a tile came without");
}

/** Whether tiles are left out, or one is encoded for all, or each. */
TEST_CASE(payload, empty_tiles_are_counted_like_pixels)
{
    Status status = {.code = STATUS_OK};
    for (int i = 0; i < 4; i++) {
        Statistics records[12] = {{0}};
        ImageSpec image = image_of(&codec_none);
        image.skip_empty = i & 1;
        image.accepts_empty = true;
        image.statistics = records;
        uint8_t *out = malloc(encoder_bound(&image, 1));
        EmptyTiles *shared = empty_tiles_new(&image, 1);
        Encoder *encoder = encoder_new(&image, 1);
        encoder_share_empty_tiles(encoder, i & 2 ? shared : NULL);
        for (int tile = 0; tile < 2; tile++) {
            const TileJob job = {.payload.kind = PAYLOAD_EMPTY, .tile_x = tile};
            Payload result;
            expect_true(encoder_encode(encoder, &job, out,
                                       encoder_bound(&image, 1), &result,
                                       &status));
            const Statistics *record =
                &records[tile * image.layout.samples_per_pixel];
            expect_int_eq(record->count,
                          layout_valid_columns(&image.layout, tile) *
                              layout_valid_rows(&image.layout, 0));
            expect_true(record->min == record->max);
        }
        encoder_free(encoder);
        empty_tiles_free(shared);
        free(out);
    }
}

/** All tiles inside, and those at edges by themselves. */
TEST_CASE(payload, empty_tiles_are_shared_by_shape)
{
    Codec codec = codec_none;
    codec.encode = encode_counted;
    ImageSpec image = image_of(&codec);
    image.accepts_empty = true;
    uint8_t *out = malloc(encoder_bound(&image, 1));
    EmptyTiles *shared = empty_tiles_new(&image, 1);
    Status status = {.code = STATUS_OK};
    encodes = 0;
    for (int round = 0; round < 2; round++) {
        Encoder *encoder = encoder_new(&image, 1);
        encoder_share_empty_tiles(encoder, shared);
        for (int64_t x = 0; x < image.layout.tiles_across; x++) {
            const TileJob job = {.payload.kind = PAYLOAD_EMPTY, .tile_x = x};
            Payload result;
            expect_true(encoder_encode(encoder, &job, out,
                                       encoder_bound(&image, 1), &result,
                                       &status));
            expect_int_eq(result.kind, PAYLOAD_ENCODED);
        }
        encoder_free(encoder);
    }
    int64_t encoded;
    expect_int_eq(empty_tiles_count(shared, &encoded),
                  2 * image.layout.tiles_across);
    expect_int_eq(encoded, image.layout.tiles_across > 1 ? 2 : 1);
    expect_int_eq(encodes, encoded);
    empty_tiles_free(shared);
    free(out);
}

TEST_CASE(payload, empty_tile_needs_an_image_that_takes_one)
{
    uint8_t out[1];
    const ImageSpec image = image_of(&codec_none);
    const TileJob job = {.payload.kind = PAYLOAD_EMPTY};
    Payload result;
    Status status;
    expect_true(!encode(&image, &job, out, &result, &status));
    expect_int_eq(status.code, STATUS_INVALID);
    expect_str_eq(status.message,
                  "an empty tile came for an image without empty tiles");
}

/** What a writer has written. */
typedef struct Written {
    uint8_t bytes[256];
    size_t nbytes;
} Written;

static bool append(void *user, const void *data, size_t nbytes, Status *status)
{
    Written *written = user;
    (void)status;
    memcpy(written->bytes + written->nbytes, data, nbytes);
    written->nbytes += nbytes;
    return true;
}

/** Commits tile @p index to a writer with slots of 8 bytes. */
static bool commit(Writer *writer, int64_t sequence, int64_t index,
                   const Payload *payload, Status *status)
{
    *status = (Status){.code = STATUS_OK};
    expect_true(writer_reserve(writer, sequence) != NULL);
    return writer_commit(writer, sequence, 0, index, payload, status);
}

TEST_CASE(payload, writer_takes_encoded_bytes_from_anywhere_if_they_fit)
{
    uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    const ImageSpec image = image_of(&codec_none);
    const Payload refused[] = {payload_encoded(bytes, 9),
                               payload_encoded(bytes, 0),
                               {.kind = PAYLOAD_PIXELS}};
    Written written = {.nbytes = 0};
    Status status;
    Writer *writer =
        writer_new(&image.layout, 1, 2, 8, (Output){append, &written}, 100);
    const Payload fits = payload_encoded(bytes, 8);
    const Payload empty = {.kind = PAYLOAD_EMPTY};
    for (int i = 0; i < 3; i++) {
        test_context("payload %d", i);
        expect_true(!commit(writer, 0, 3, &refused[i], &status));
        expect_int_eq(status.code, STATUS_INVALID);
        expect_int_eq(written.nbytes, 0);
    }
    expect_true(commit(writer, 1, 2, &fits, &status));
    memset(bytes, 0xff, sizeof bytes); /* the writer has its own */
    expect_true(commit(writer, 0, 3, &empty, &status));
    expect_int_eq(written.nbytes, 8);
    for (uint8_t i = 0; i < 8; i++)
        expect_int_eq(written.bytes[i], i + 1);
    expect_int_eq(writer_index(writer, 0)->offsets[2], 100);
    expect_int_eq(writer_index(writer, 0)->nbytes[3], 0);
    expect_int_eq(writer_index(writer, 0)->offsets[3], 0);
    writer_free(writer);
}

TEST_CASE(payload, a_tile_that_comes_twice_is_a_failure)
{
    const uint8_t byte = 1;
    const ImageSpec image = image_of(&codec_none);
    const Payload payload = payload_encoded(&byte, 1);
    Written written = {.nbytes = 0};
    Status status;
    Writer *writer =
        writer_new(&image.layout, 1, 2, 8, (Output){append, &written}, 100);
    expect_true(commit(writer, 0, 2, &payload, &status));
    expect_true(!commit(writer, 1, 2, &payload, &status));
    expect_int_eq(status.code, STATUS_INVALID);
    expect_str_eq(status.message, "a tile came twice");
    writer_free(writer);
}

static Raster raster_of_tiles(void)
{
    const LayoutSpec spec = {.width = 200,
                             .height = 150,
                             .bands = 3,
                             .sample_nbytes = 2,
                             .sample_nbits = 16,
                             .planar = true,
                             .tile_width = 32,
                             .tile_height = 32};
    Raster raster = {.image_count = 1};
    Status status = {.code = STATUS_OK};
    expect_true(layout_init(&raster.layouts[0], &spec, &status));
    return raster;
}

/** Hands over the tiles from tile row @p first_row on as @p from has them
 * encoded, but every third as empty. */
static bool put_tiles(PipelineRun *run, const PipelineRun *from,
                      Pipeline *pipeline, Pool *pool, int64_t first_row)
{
    const Layout *layout = &run->raster->layouts[0];
    const int64_t row_tiles = layout->tiles_across * layout->tiles_down;
    for (int64_t i = 0; i < layout->tile_count; i++) {
        const int64_t tile_y = i % row_tiles / layout->tiles_across;
        TileJob job = {.plane = (int)(i / row_tiles),
                       .tile_x = i % layout->tiles_across,
                       .tile_y = tile_y,
                       .payload.kind = PAYLOAD_EMPTY};
        if (tile_y < first_row)
            continue;
        if (i % 3 != 0) {
            int no_memory;
            while (job.owner == NULL)
                job.owner = pool_take(pool, 100, &no_memory);
            memcpy(job.owner->data, pipeline_run_tile(from, 0, i),
                   from->index[0].nbytes[i]);
            job.payload =
                payload_encoded(job.owner->data, from->index[0].nbytes[i]);
        }
        if (!pipeline_put(pipeline, &job, &run->status))
            return false;
    }
    return true;
}

TEST_CASE(payload, tiles_go_through_the_pipeline_beside_those_of_pixels)
{
    const Raster raster = raster_of_tiles();
    const Layout *layout = &raster.layouts[0];
    Random random = {.state = 1};
    PipelineRun whole =
        pipeline_run_of(&raster, &codec_deflate, PREDICTOR_NONE);
    whole.plans[0] = raster_random_plan(&random, &raster);
    expect_true(pipeline_run(&whole));
    for (int64_t rows = 1; rows < layout->tiles_down; rows++) {
        PipelineRun run =
            pipeline_run_of(&raster, &codec_deflate, PREDICTOR_NONE);
        const Window region = {0, 0, 200, rows * 32};
        test_context("pixels of %d rows of tiles", (int)rows);
        run.images[0].skip_empty = true;
        pipeline_run_add_pass(&run, &random, 0, (Span){0, 3}, &region);
        run.plans[0].workers = 3;
        Pipeline *pipeline = pipeline_run_start(&run);
        Pool *pool = pool_new(encoder_bound(run.images, 1), 4);
        require(pipeline != NULL);
        const bool ok = put_tiles(&run, &whole, pipeline, pool, rows) &&
                        pipeline_run_feed(&run, pipeline);
        expect_true(pipeline_run_end(&run, pipeline, ok));
        expect_int_eq(pool_out(pool), 0);
        for (int64_t i = 0; i < layout->tile_count && !test_failed(); i++) {
            const int64_t tile_y =
                i / layout->tiles_across % layout->tiles_down;
            const bool empty = tile_y >= rows && i % 3 == 0;
            const uint32_t nbytes = whole.index[0].nbytes[i];
            expect_int_eq(run.index[0].nbytes[i], empty ? 0 : nbytes);
            if (!empty)
                expect_mem_eq(pipeline_run_tile(&run, 0, i),
                              pipeline_run_tile(&whole, 0, i), nbytes);
        }
        pool_free(pool);
        pipeline_run_free(&run);
    }
    pipeline_run_free(&whole);
}

/** Starts a pipeline whose predictor is open, with a pass that brings nothing
 * in this test. */
static Pipeline *start_open(PipelineRun *run, Random *random)
{
    const Window all = pipeline_run_level(run, 0);
    pipeline_run_add_pass(run, random, 0, (Span){0, 3}, &all);
    return pipeline_run_start(run);
}

TEST_CASE(payload, encoded_tiles_need_a_predictor_that_is_said)
{
    const Raster raster = raster_of_tiles();
    const uint8_t byte = 0;
    Random random = {.state = 2};
    PipelineRun run = pipeline_run_of(&raster, &codec_deflate, PREDICTOR_AUTO);
    const TileJob job = {.payload = payload_encoded(&byte, 1)};
    Pipeline *pipeline = start_open(&run, &random);
    require(pipeline != NULL);
    expect_true(!pipeline_put(pipeline, &job, &run.status));
    expect_int_eq(run.status.code, STATUS_INVALID);
    expect_true(!pipeline_run_end(&run, pipeline, false));
    pipeline_run_free(&run);
}

TEST_CASE(payload, a_file_of_empty_tiles_has_the_usual_predictor)
{
    const Raster raster = raster_of_tiles();
    Random random = {.state = 3};
    for (int accepts = 0; accepts < 2; accepts++) {
        PipelineRun run =
            pipeline_run_of(&raster, &codec_deflate, PREDICTOR_AUTO);
        const Layout *layout = &raster.layouts[0];
        run.images[0].skip_empty = accepts == 0;
        run.images[0].accepts_empty = accepts == 1;
        Pipeline *pipeline = start_open(&run, &random);
        bool ok = pipeline != NULL;
        require(ok);
        for (int plane = 0; plane < 3; plane++)
            for (int64_t y = 0; y < layout->tiles_down; y++)
                for (int64_t x = 0; x < layout->tiles_across; x++) {
                    const TileJob job = {.plane = plane,
                                         .tile_x = x,
                                         .tile_y = y,
                                         .payload.kind = PAYLOAD_EMPTY};
                    ok = ok && pipeline_put(pipeline, &job, &run.status);
                }
        expect_true(pipeline_run_end(&run, pipeline, ok));
        expect_int_eq(run.predictor, predictor_usual(false));
        expect_int_eq(run.appends, accepts ? layout->tile_count : 0);
        pipeline_run_free(&run);
    }
}
