/* SPDX-License-Identifier: MIT */
/* VERIFY: what a codec has encoded is decoded and held against the pixels.
 * Honest codecs pass with every kind of sample, whatever lies never does. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "encoder.h"
#include "gtest_c.h"
#include "random.h"

enum { WIDTH = 37, HEIGHT = 21, TILE = 16, PIXEL_NBYTES_MAX = 64 };

/** An image with all of its pixels in one buffer. */
typedef struct Fixture {
    ImageSpec image;
    uint8_t *pixels;
    size_t row_nbytes;
} Fixture;

static Fixture fixture_new(const LayoutSpec *spec, const Codec *codec)
{
    Fixture fixture = {.image = {.codec = codec,
                                 .level = 1,
                                 .predictor = PREDICTOR_NONE,
                                 .sample_format = SAMPLE_FORMAT_UINT,
                                 .fidelity = FIDELITY_EXACT}};
    Status status = {.code = STATUS_OK};
    Random random = {.state = 7};
    expect_true(layout_init(&fixture.image.layout, spec, &status));
    fixture.row_nbytes = WIDTH * layout_pixel_nbytes(&fixture.image.layout);
    fixture.pixels = malloc(HEIGHT * fixture.row_nbytes);
    random_fill(&random, fixture.pixels, HEIGHT * fixture.row_nbytes);
    return fixture;
}

static LayoutSpec spec_of(int bands, int sample_nbytes, int sample_nbits)
{
    return (LayoutSpec){.width = WIDTH,
                        .height = HEIGHT,
                        .bands = bands,
                        .sample_nbytes = sample_nbytes,
                        .sample_nbits = sample_nbits,
                        .tile_width = TILE,
                        .tile_height = TILE};
}

static TileJob job_at(const Fixture *fixture, int64_t x, int64_t y)
{
    const Layout *layout = &fixture->image.layout;
    return (TileJob){
        .tile_x = x,
        .tile_y = y,
        .payload = {
            .kind = PAYLOAD_PIXELS,
            .of.pixels = {.samples = fixture->pixels +
                                     (size_t)(y * layout->spec.tile_height) *
                                         fixture->row_nbytes +
                                     (size_t)(x * layout->spec.tile_width) *
                                         layout_pixel_nbytes(layout),
                          .row_nbytes = fixture->row_nbytes}}};
}

/** Encodes all tiles, up to the first that does not verify.
 * @return how many did */
static int verified(const Fixture *fixture, Status *status)
{
    const Layout *layout = &fixture->image.layout;
    const size_t bound = encoder_bound(&fixture->image, 1);
    Encoder *encoder = encoder_new(&fixture->image, 1);
    uint8_t *out = malloc(bound);
    int count = 0;
    bool ok = true;
    for (int64_t i = 0; ok && i < layout->tiles_across * layout->tiles_down;
         i++) {
        const TileJob job =
            job_at(fixture, i % layout->tiles_across, i / layout->tiles_across);
        Payload encoded;
        ok = encoder_encode(encoder, &job, out, bound, &encoded, status);
        count += ok;
    }
    free(out);
    encoder_free(encoder);
    return count;
}

static void expect_verified(const Fixture *fixture)
{
    Status status = {.code = STATUS_OK};
    expect_int_eq(verified(fixture, &status), fixture->image.layout.tile_count);
    expect_str_eq(status.code == STATUS_OK ? "" : status.message, "");
}

static const Codec *const codecs[] = {&codec_none, &codec_deflate, &codec_lzw,
                                      &codec_packbits};
enum { CODECS = sizeof codecs / sizeof *codecs };

static void check_honest(const Codec *codec, LayoutSpec *spec,
                         Predictor predictor)
{
    for (int strips = 0; strips < 2; strips++) {
        spec->strips = strips;
        test_context("%s, %d bands of %d bytes, %d bits, predictor %d, %s",
                     codec->name, spec->bands, spec->sample_nbytes,
                     spec->sample_nbits, predictor,
                     strips ? "strips" : "tiles");
        Fixture fixture = fixture_new(spec, codec);
        fixture.image.predictor = predictor;
        expect_verified(&fixture);
        free(fixture.pixels);
    }
}

TEST_CASE(verify, honest_codecs_pass_with_all_samples_and_predictors)
{
    for (int i = 0; i < CODECS; i++)
        for (int nbytes = 1; nbytes <= 16; nbytes *= 2)
            for (int bands = 1; bands <= 4; bands++)
                for (int predictor = 1; predictor <= 3; predictor++) {
                    LayoutSpec spec = spec_of(bands, nbytes, 8 * nbytes);
                    if (predictor_applies(predictor, 8 * nbytes, true))
                        check_honest(codecs[i], &spec, predictor);
                }
}

/* Samples that are too large for their bits among them. */
TEST_CASE(verify, honest_codecs_pass_with_packed_samples)
{
    static const int kinds[][2] = {{1, 1},  {1, 3},  {1, 7},
                                   {2, 12}, {4, 20}, {4, 31}};
    for (int i = 0; i < CODECS; i++)
        for (size_t j = 0; j < sizeof kinds / sizeof *kinds; j++)
            for (int bands = 1; bands <= 3; bands += 2) {
                LayoutSpec spec = spec_of(bands, kinds[j][0], kinds[j][1]);
                check_honest(codecs[i], &spec, PREDICTOR_NONE);
            }
}

TEST_CASE(verify, honest_codecs_pass_with_half_floats)
{
    for (int i = 0; i < CODECS; i++)
        for (int predictor = 1; predictor <= 3; predictor++) {
            const LayoutSpec spec = spec_of(3, 4, 16);
            Fixture fixture = fixture_new(&spec, codecs[i]);
            test_context("%s, predictor %d", codecs[i]->name, predictor);
            fixture.image.sample_format = SAMPLE_FORMAT_FLOAT;
            fixture.image.half_float = true;
            fixture.image.predictor = predictor;
            expect_verified(&fixture);
            free(fixture.pixels);
        }
}

TEST_CASE(verify, empty_and_flat_tiles_and_replaced_nan_pass)
{
    const LayoutSpec spec = spec_of(2, 4, 32);
    Fixture fixture = fixture_new(&spec, &codec_deflate);
    const float nan = NAN, nodata = -9999;
    fixture.image.sample_format = SAMPLE_FORMAT_FLOAT;
    fixture.image.replace_nan = true;
    memcpy(fixture.image.nan_sample, &nodata, sizeof nodata);
    memcpy(fixture.image.empty_sample, &nodata, sizeof nodata);
    for (size_t i = 0; i < HEIGHT * fixture.row_nbytes; i += sizeof nan)
        memcpy(fixture.pixels + i, &nan, sizeof nan);
    expect_verified(&fixture); /* one is like the other */
    fixture.image.skip_empty = true;
    expect_verified(&fixture);
    fixture.image.skip_empty = false;
    for (size_t i = 0; i < HEIGHT * fixture.row_nbytes; i += 12)
        memcpy(fixture.pixels + i, &nodata, sizeof nodata);
    expect_verified(&fixture);
    free(fixture.pixels);
}

/* -------------------------------------------------------------------------- */
/* Codecs that say success and lie. */

typedef enum Lie {
    LIE_OTHER_BYTE, /**< one byte of what went in was another */
    LIE_SHORT,      /**< the last encoded byte is missing */
    LIE_LONG,       /**< there is one byte more */
    LIE_ANOTHER,    /**< the tile before this one */
    LIE_CUT,        /**< the last row is missing */
    LIES
} Lie;

static const char *const lies[LIES] = {"another byte", "short", "long",
                                       "another tile", "a row less"};

static const Codec *liar; /**< who lies */
static Lie lie;
static int lies_from;  /**< the tile, counted from 0 */
static size_t lies_at; /**< the byte */
static int tiles_encoded;
static uint8_t before[1 << 16];
static size_t before_nbytes;

static bool encode_altered(void *state, const CodecInput *in, uint8_t *out,
                           size_t capacity, size_t *nbytes, Status *status)
{
    CodecInput altered = *in;
    uint8_t *copy = malloc(codec_input_nbytes(in));
    memcpy(copy, in->bytes, codec_input_nbytes(in));
    if (lie == LIE_OTHER_BYTE)
        copy[lies_at % codec_input_nbytes(in)] ^= 1;
    if (lie == LIE_CUT)
        altered.rows--;
    altered.bytes = copy;
    const bool ok =
        liar->encode(state, &altered, out, capacity, nbytes, status);
    free(copy);
    return ok;
}

static bool encode_lying(void *state, const CodecInput *in, void *out,
                         size_t capacity, size_t *nbytes, Status *status)
{
    const bool lies_now = tiles_encoded++ >= lies_from;
    uint8_t *bytes = out;
    if (lies_now && (lie == LIE_OTHER_BYTE || lie == LIE_CUT))
        return encode_altered(state, in, out, capacity, nbytes, status);
    const bool ok = liar->encode(state, in, out, capacity, nbytes, status);
    if (lies_now && lie == LIE_SHORT)
        (*nbytes)--;
    if (lies_now && lie == LIE_LONG)
        bytes[(*nbytes)++] = 0;
    if (lies_now && lie == LIE_ANOTHER) {
        *nbytes = before_nbytes;
        memcpy(bytes, before, before_nbytes);
    }
    before_nbytes = *nbytes;
    memcpy(before, bytes, *nbytes);
    return ok;
}

/** Room for a byte more. */
static size_t lying_bound(const CodecSetup *setup)
{
    return liar->bound(setup) + 1;
}

static Codec lying(const Codec *codec, Lie kind, int from)
{
    Codec result = *codec;
    result.encode = encode_lying;
    result.bound = lying_bound;
    liar = codec;
    lie = kind;
    lies_from = from;
    tiles_encoded = 0;
    return result;
}

static void expect_caught(const Fixture *fixture, int honest_tiles,
                          const char *words)
{
    Status status = {.code = STATUS_OK};
    expect_int_eq(verified(fixture, &status), honest_tiles);
    expect_int_eq(status.code, STATUS_CODEC);
    if (strstr(status.message, words) == NULL)
        expect_str_eq(status.message, words);
}

TEST_CASE(verify, every_lie_of_every_codec_is_caught)
{
    for (int i = 0; i < CODECS; i++)
        for (int kind = 0; kind < LIES; kind++)
            for (int from = 1; from <= 4; from += 3) {
                const LayoutSpec spec = spec_of(3, 2, 16);
                const Codec codec = lying(codecs[i], kind, from);
                Fixture fixture = fixture_new(&spec, &codec);
                test_context("%s, %s, tile %d", codec.name, lies[kind], from);
                fixture.image.predictor = PREDICTOR_HORIZONTAL;
                lies_at = 300;
                expect_caught(&fixture, from, codec.name);
                free(fixture.pixels);
            }
}

/* Wherever the byte is: in the last row of the raster, in the padding beside it
 * and below it. */
TEST_CASE(verify, any_other_byte_of_a_tile_is_caught)
{
    for (int kind = 0; kind < 3; kind++) {
        LayoutSpec spec = spec_of(1, kind == 1 ? 2 : 4, kind == 1 ? 12 : 32);
        const Codec codec = lying(&codec_none, LIE_OTHER_BYTE, 5);
        Fixture fixture = fixture_new(&spec, &codec);
        if (kind == 2) {
            fixture.image.sample_format = SAMPLE_FORMAT_FLOAT;
            fixture.image.predictor = PREDICTOR_FLOATING_POINT;
        }
        for (lies_at = 0; lies_at < fixture.image.layout.tile_nbytes;
             lies_at++) {
            test_context("kind %d, byte %d", kind, (int)lies_at);
            tiles_encoded = 0;
            expect_caught(&fixture, 5, "tile 2,1");
        }
        free(fixture.pixels);
    }
}

TEST_CASE(verify, message_says_where)
{
    LayoutSpec spec = spec_of(3, 2, 16);
    const Codec codec = lying(&codec_none, LIE_OTHER_BYTE, 4);
    Fixture fixture = fixture_new(&spec, &codec);
    /* Of tile 1,1, which begins at 16,16: row 3, pixel 5, band 2. */
    lies_at = (3 * TILE + 5) * 6 + 2;
    expect_caught(&fixture, 4,
                  "VERIFY: tile 1,1 does not hold its pixels: NONE gives "
                  "another value for band 2 at pixel 21,19");
    fixture.image.is_mask = true;
    fixture.image.overview = 2;
    fixture.image.compress = "LERC";
    tiles_encoded = 0;
    expect_caught(&fixture, 4,
                  "tile 1,1 of the mask of overview 2 does not "
                  "hold its pixels: LERC gives");
    free(fixture.pixels);

    spec.planar = spec.strips = true;
    fixture = fixture_new(&spec, &codec);
    lies_from = 1;
    tiles_encoded = 0;
    expect_caught(&fixture, 1, "strip 1 of band 1 does not hold");
    free(fixture.pixels);
}

TEST_CASE(verify, a_tile_that_is_found_again_is_verified_too)
{
    const LayoutSpec spec = spec_of(1, 1, 8);
    const Codec codec = lying(&codec_deflate, LIES, 0);
    Fixture fixture = fixture_new(&spec, &codec);
    const size_t bound = encoder_bound(&fixture.image, 1);
    uint8_t *out = malloc(bound);
    Status status = {.code = STATUS_OK};
    Payload encoded;
    memset(fixture.pixels, 5, HEIGHT * fixture.row_nbytes);
    Encoder *encoder = encoder_new(&fixture.image, 1);
    const TileJob first = job_at(&fixture, 0, 0), next = job_at(&fixture, 1, 0);
    expect_true(encoder_encode(encoder, &first, out, bound, &encoded, &status));
    expect_true(encoder_encode(encoder, &next, out, bound, &encoded, &status));
    expect_int_eq(tiles_encoded, 1);
    /* What was kept is not what it was. */
    ((uint8_t *)encoded.of.encoded.bytes)[encoded.of.encoded.nbytes - 1] ^= 1;
    expect_true(!encoder_encode(encoder, &next, out, bound, &encoded, &status));
    expect_int_eq(status.code, STATUS_CODEC);
    encoder_free(encoder);
    free(out);
    free(fixture.pixels);
}

TEST_CASE(verify, nothing_is_decoded_unless_it_is_asked_for)
{
    const LayoutSpec spec = spec_of(1, 1, 8);
    const Codec codec = lying(&codec_deflate, LIE_OTHER_BYTE, 0);
    Fixture fixture = fixture_new(&spec, &codec);
    fixture.image.fidelity = FIDELITY_UNKNOWN;
    expect_verified(&fixture);
    free(fixture.pixels);
}

TEST_CASE(verify, its_memory_is_charged)
{
    const LayoutSpec spec = spec_of(3, 2, 16);
    Fixture fixture = fixture_new(&spec, &codec_deflate);
    const ImageSpec *image = &fixture.image;
    const CodecSetup setup = {.layout = &image->layout, .level = 1};
    const uint64_t with = encoder_nbytes(image, 1);
    fixture.image.fidelity = FIDELITY_UNKNOWN;
    expect_int_eq(with - encoder_nbytes(image, 1),
                  image->layout.tile_nbytes + image->layout.row_nbytes +
                      codec_deflate.decoder->state_nbytes(&setup));
    free(fixture.pixels);
}

/* -------------------------------------------------------------------------- */
/* Codecs with loss. */

/** Takes samples, moves each by a number, and writes them as they are. */
static double moved_by;

static size_t samples_bound(const CodecSetup *setup)
{
    return setup->layout->tile_nbytes;
}

static bool encode_moved(void *state, const CodecInput *in, void *out,
                         size_t capacity, size_t *nbytes, Status *status)
{
    float *to = out;
    (void)state;
    *nbytes = 0;
    for (int64_t y = 0; y < in->rows; y++)
        for (int64_t x = 0; x < in->columns; x++) {
            float sample;
            memcpy(&sample,
                   in->bytes + (size_t)y * in->row_nbytes +
                       (size_t)x * sizeof sample,
                   sizeof sample);
            *to++ = (float)(sample + moved_by);
            *nbytes += sizeof sample;
        }
    return *nbytes <= capacity ||
           status_fail(status, STATUS_CODEC, "no room for the tile");
}

static void check_moved(double by, Fidelity fidelity, bool passes)
{
    const LayoutSpec spec = spec_of(1, 4, 32);
    Codec codec = codec_none;
    codec.name = "MOVING";
    codec.takes_samples = true;
    codec.bound = samples_bound;
    codec.encode = encode_moved;
    Fixture fixture = fixture_new(&spec, &codec);
    test_context("moved by %g", by);
    for (size_t i = 0; i < HEIGHT * fixture.row_nbytes / 4; i++)
        ((float *)(void *)fixture.pixels)[i] = i % 9 ? (float)i / 7 : NAN;
    fixture.image.sample_format = SAMPLE_FORMAT_FLOAT;
    fixture.image.fidelity = fidelity;
    fixture.image.max_error = 0.5;
    moved_by = by;
    if (passes)
        expect_verified(&fixture);
    else
        expect_caught(&fixture, 0, "MOVING gives another value");
    free(fixture.pixels);
}

TEST_CASE(verify, loss_is_held_to_its_bound)
{
    check_moved(0, FIDELITY_WITHIN, true);
    check_moved(0.5, FIDELITY_WITHIN, true);
    check_moved(-0.5, FIDELITY_WITHIN, true);
    check_moved(0.501, FIDELITY_WITHIN, false);
    check_moved(-0.501, FIDELITY_WITHIN, false);
    check_moved(NAN, FIDELITY_WITHIN, false);
    check_moved(0.001, FIDELITY_EXACT, false);
    check_moved(99, FIDELITY_SHAPE, true);
}
