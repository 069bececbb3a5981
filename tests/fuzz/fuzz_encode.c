/* SPDX-License-Identifier: MIT */
/* From windows to encoded tiles and back: whatever the layout, the windows, the
 * codec and the pixels are, a TIFF reader finds the same bits. */
#include <stdlib.h>

#include "carve.h"
#include "decode.h"
#include "encoder.h"
#include "gtest_c.h"
#include "input.h"
#include "plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t nbytes);

/** A raster that is wholly in memory, and what becomes of it. */
typedef struct Fixture {
    ImageSpec images[SWATH_IMAGES_MAX];
    Layout layouts[SWATH_IMAGES_MAX];
    int image_count;
    uint8_t *pixels; /**< as swath.h says */
    Encoder *encoder;
    uint8_t *out, *tile; /**< encoded and decoded */
    size_t out_capacity;
    int64_t tiles;
} Fixture;

static LayoutSpec spec_from(Input *in)
{
    LayoutSpec spec = {.width = input_magnitude(in, 1, 80),
                       .height = input_magnitude(in, 1, 80),
                       .bands = (int)input_magnitude(in, 1, 6),
                       .sample_nbytes = 1 << input_in(in, 0, 3),
                       .tile_width = input_magnitude(in, 1, 100),
                       .tile_height = input_magnitude(in, 1, 100),
                       .planar = input_flag(in),
                       .strips = input_flag(in)};
    spec.sample_nbits = 8 * spec.sample_nbytes;
    if (spec.sample_nbytes <= 4 && input_flag(in))
        spec.sample_nbits = (int)input_in(in, 1, 8 * spec.sample_nbytes - 1);
    return spec;
}

static Predictor predictor_from(Input *in, const LayoutSpec *spec)
{
    const bool is_float = input_flag(in);
    const Predictor predictor = (Predictor)input_in(in, 1, 3);
    /* GTiff makes no samples of 8, 16 or 32 bits out of wider ones. */
    const bool packed = spec->sample_nbits < 8 * spec->sample_nbytes;
    return !packed && predictor_applies(predictor, spec->sample_nbits, is_float)
               ? predictor
               : PREDICTOR_NONE;
}

/** Adds an image, if its layout is one that can be. */
static bool add_image(Fixture *fixture, Input *in, const LayoutSpec *spec)
{
    static const Codec *const codecs[] = {&codec_none, &codec_deflate,
                                          &codec_lzw, &codec_packbits};
    const int i = fixture->image_count;
    ImageSpec *image = &fixture->images[i];
    Status status = {.code = STATUS_OK};
    if (!layout_init(&fixture->layouts[i], spec, &status))
        return false;
    *image = (ImageSpec){.layout = fixture->layouts[i],
                         .encoding = i,
                         .codec = codecs[input_in(in, 0, 3)],
                         .level = (int)input_in(in, 1, 12),
                         .skip_empty = input_flag(in)};
    image->predictor =
        image->codec->predicts ? predictor_from(in, spec) : PREDICTOR_NONE;
    if (image->skip_empty)
        image->empty_sample[0] = (uint8_t)input_in(in, 0, 255);
    fixture->image_count++;
    return true;
}

/** Fills the raster with what is left of the input, again and again. */
static uint8_t *pixels_from(const Fixture *fixture, Input *in)
{
    const LayoutSpec *spec = &fixture->layouts[0].spec;
    const size_t nbytes =
        (size_t)(spec->width * spec->height) *
        swath_pixel_nbytes(fixture->layouts, fixture->image_count);
    uint8_t *pixels = malloc(nbytes);
    const uint8_t *bytes = in->at;
    const size_t period = in->left;
    for (size_t i = 0; i < nbytes; i++)
        pixels[i] = period > 0 ? bytes[i % period] : 0;
    return pixels;
}

static bool fixture_init(Fixture *fixture, Input *in)
{
    const LayoutSpec spec = spec_from(in);
    LayoutSpec mask = spec;
    mask.bands = mask.sample_nbytes = 1;
    mask.sample_nbits = input_flag(in) ? 8 : 1;
    if (!add_image(fixture, in, &spec) ||
        (input_flag(in) && !add_image(fixture, in, &mask)))
        return false;
    fixture->out_capacity =
        encoder_bound(fixture->images, fixture->image_count);
    return true;
}

static size_t tile_nbytes_max(const Fixture *fixture)
{
    size_t most = 0;
    for (int i = 0; i < fixture->image_count; i++)
        if (fixture->layouts[i].tile_nbytes > most)
            most = fixture->layouts[i].tile_nbytes;
    return most;
}

/** The sample @p i, of that tile row, that a reader is to find. */
static uint64_t expected_sample(const Layout *layout, const uint8_t *row,
                                size_t i)
{
    const size_t nbytes = (size_t)layout->spec.sample_nbytes;
    const int nbits = layout->spec.sample_nbits;
    uint64_t value = 0;
    memcpy(&value, row + i * nbytes, nbytes);
    const uint64_t largest =
        nbits < 64 ? (UINT64_C(1) << nbits) - 1 : UINT64_MAX;
    return value < largest ? value : largest;
}

static uint64_t stored_sample(const Layout *layout, const uint8_t *row,
                              size_t i)
{
    const size_t nbytes = (size_t)layout->spec.sample_nbytes;
    const int nbits = layout->spec.sample_nbits;
    uint64_t value = 0;
    if (nbits < 8 * (int)nbytes)
        return decode_bits(row, i * (size_t)nbits, nbits);
    memcpy(&value, row + i * nbytes, nbytes);
    return value;
}

/** @param row of the raster, or NULL for one below it */
static void check_row(const Layout *layout, const uint8_t *stored,
                      const uint8_t *row, size_t valid_samples)
{
    const size_t samples =
        (size_t)layout->spec.tile_width * (size_t)layout->samples_per_pixel;
    for (size_t i = 0; i < samples; i++)
        expect_int_eq(stored_sample(layout, stored, i),
                      row != NULL && i < valid_samples
                          ? expected_sample(layout, row, i)
                          : 0);
}

/** Where the raster has the first pixel of a tile. */
static PlaneView view_of(const Fixture *fixture, const TileJob *job)
{
    const LayoutSpec *spec = &fixture->layouts[0].spec;
    const PlaneView whole =
        swath_plane(fixture->pixels, fixture->layouts, job->image, job->plane,
                    spec->width, spec->height);
    return plane_from(whole, job->tile_x * spec->tile_width,
                      job->tile_y * spec->tile_height);
}

/** Only tiles may be left out that are nothing but the empty sample. */
static void check_empty(const Fixture *fixture, const TileJob *job)
{
    const ImageSpec *image = &fixture->images[job->image];
    const Layout *layout = &fixture->layouts[job->image];
    const PlaneView view = view_of(fixture, job);
    const size_t nbytes = (size_t)layout->spec.sample_nbytes;
    const size_t samples = (size_t)layout_valid_columns(layout, job->tile_x) *
                           (size_t)layout->samples_per_pixel;
    expect_true(image->skip_empty);
    for (int64_t y = 0; y < layout_valid_rows(layout, job->tile_y); y++)
        for (size_t i = 0; i < samples; i++)
            expect_mem_eq(view.pixels + (size_t)y * view.row_nbytes +
                              i * nbytes,
                          image->empty_sample, nbytes);
}

static void check_tile(const Fixture *fixture, const TileJob *job,
                       const EncodedTile *encoded)
{
    const ImageSpec *image = &fixture->images[job->image];
    const Layout *layout = &fixture->layouts[job->image];
    const PlaneView view = view_of(fixture, job);
    const int64_t rows = layout_encoded_rows(layout, job->tile_y);
    const size_t stride = (size_t)layout->samples_per_pixel;
    const size_t valid_samples =
        (size_t)layout_valid_columns(layout, job->tile_x) * stride;
    uint8_t *row = fixture->tile;
    expect_true(decode_rows(image->codec, encoded->bytes, encoded->nbytes, row,
                            (size_t)rows * layout->row_nbytes,
                            layout->row_nbytes));
    for (int64_t y = 0; y < rows; y++, row += layout->row_nbytes) {
        decode_row(image->predictor, row,
                   (size_t)layout->spec.tile_width * stride, stride,
                   (size_t)layout->spec.sample_nbytes);
        check_row(layout, row,
                  y < layout_valid_rows(layout, job->tile_y)
                      ? view.pixels + (size_t)y * view.row_nbytes
                      : NULL,
                  valid_samples);
    }
}

/** The carver's sink. */
static bool encode_and_check(void *user, const TileJob *job)
{
    Fixture *fixture = user;
    Status status = {.code = STATUS_OK};
    Payload result;
    expect_true(encoder_encode(fixture->encoder, job, fixture->out,
                               fixture->out_capacity, &result, &status));
    if (result.kind == PAYLOAD_EMPTY) {
        check_empty(fixture, job);
    } else {
        expect_int_eq(result.kind, PAYLOAD_ENCODED);
        expect_int_le(result.of.encoded.nbytes, fixture->out_capacity);
        check_tile(fixture, job, &result.of.encoded);
    }
    buffer_release(job->owner);
    fixture->tiles++;
    return true;
}

static Plan plan_from(const Fixture *fixture, Input *in)
{
    const LayoutSpec *spec = &fixture->layouts[0].spec;
    PlanInput input = {
        .width = spec->width,
        .height = spec->height,
        .tile_width = spec->tile_width,
        .tile_height = spec->tile_height,
        .grid = {.block_width = input_magnitude(in, 1, 100),
                 .block_height = input_magnitude(in, 1, 100)},
        .pixel_nbytes =
            swath_pixel_nbytes(fixture->layouts, fixture->image_count),
        .budget_nbytes = (uint64_t)input_magnitude(in, 1, 1 << 20),
        .workers = 1,
        .readers = 1};
    input.grid.x0 = input_in(in, 0, input.grid.block_width - 1);
    input.grid.y0 = input_in(in, 0, input.grid.block_height - 1);
    Plan plan;
    plan_make(&plan, &input);
    return plan;
}

/** Copies @p window of the raster into a buffer of its own. */
static void fill_window(const Fixture *fixture, const Window *window,
                        uint8_t *data)
{
    const LayoutSpec *spec = &fixture->layouts[0].spec;
    for (int image = 0; image < fixture->image_count; image++)
        for (int plane = 0; plane < fixture->layouts[image].planes; plane++) {
            const PlaneView to =
                swath_plane(data, fixture->layouts, image, plane, window->width,
                            window->height);
            const PlaneView from =
                plane_from(swath_plane(fixture->pixels, fixture->layouts, image,
                                       plane, spec->width, spec->height),
                           window->x, window->y);
            for (int64_t y = 0; y < window->height; y++)
                memcpy(to.pixels + (size_t)y * to.row_nbytes,
                       from.pixels + (size_t)y * from.row_nbytes,
                       to.row_nbytes);
        }
}

static void feed_all(Fixture *fixture, const Plan *plan)
{
    Status status = {.code = STATUS_OK};
    Pool *windows = pool_new((size_t)plan->window_nbytes, 1);
    Carver *carver = carver_new(fixture->layouts, fixture->image_count, 0,
                                encode_and_check, fixture);
    Window window = {.x = 0};
    int no_memory = 0;
    while (plan_next(plan, &window)) {
        Buffer *buffer = pool_take(windows, 0, &no_memory);
        require(buffer != NULL);
        fill_window(fixture, &window, buffer->data);
        expect_true(carver_feed(carver, &window, buffer, &status));
        buffer_release(buffer);
    }
    expect_int_eq(carver_open_count(carver), 0);
    expect_int_eq(
        fixture->tiles,
        fixture->layouts[0].tile_count +
            (fixture->image_count > 1 ? fixture->layouts[1].tile_count : 0));
    carver_free(carver);
    pool_free(windows);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t nbytes)
{
    Input in = {data, nbytes};
    Fixture fixture = {.image_count = 0};
    if (!fixture_init(&fixture, &in))
        return 0;
    const Plan plan = plan_from(&fixture, &in);
    fixture.pixels = pixels_from(&fixture, &in);
    fixture.encoder = encoder_new(fixture.images, fixture.image_count);
    fixture.out = malloc(fixture.out_capacity);
    fixture.tile = malloc(tile_nbytes_max(&fixture));
    feed_all(&fixture, &plan);
    free(fixture.tile);
    free(fixture.out);
    encoder_free(fixture.encoder);
    free(fixture.pixels);
    return 0;
}
