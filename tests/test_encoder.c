/* SPDX-License-Identifier: MIT */
#include "encoder.h"

#include <math.h>
#include <stdlib.h>

#include "decode.h"
#include "gtest_c.h"
#include "random.h"

enum { WIDTH = 37, HEIGHT = 21, TILE = 16, NBYTES_MAX = WIDTH * HEIGHT * 24 };

/** A raster of 37 x 21 pixels whose rows lie with a gap between them. */
typedef struct Fixture {
    ImageSpec image;
    uint8_t *pixels;
    size_t pixel_nbytes, row_nbytes;
    uint8_t *out;
    Payload encoded;
} Fixture;

static LayoutSpec spec_of(int bands, int sample_nbytes)
{
    return (LayoutSpec){.width = WIDTH,
                        .height = HEIGHT,
                        .bands = bands,
                        .sample_nbytes = sample_nbytes,
                        .sample_nbits = 8 * sample_nbytes,
                        .tile_width = TILE,
                        .tile_height = TILE};
}

static Fixture fixture_new(const LayoutSpec *spec)
{
    Fixture fixture = {.image = {.codec = &codec_none,
                                 .level = 6,
                                 .predictor = PREDICTOR_NONE}};
    Status status = {.code = STATUS_OK};
    Random random = {.state = 1};
    expect_true(layout_init(&fixture.image.layout, spec, &status));
    fixture.pixel_nbytes = (size_t)(spec->bands * spec->sample_nbytes);
    fixture.row_nbytes = (WIDTH + 3) * fixture.pixel_nbytes;
    fixture.pixels = malloc(HEIGHT * fixture.row_nbytes);
    random_fill(&random, fixture.pixels, HEIGHT * fixture.row_nbytes);
    fixture.out = malloc(encoder_bound(&fixture.image, 1) * 2);
    return fixture;
}

static void fixture_free(Fixture *fixture)
{
    free(fixture->out);
    free(fixture->pixels);
}

static const uint8_t *pixel_at(const Fixture *fixture, int64_t x, int64_t y)
{
    return fixture->pixels + (size_t)y * fixture->row_nbytes +
           (size_t)x * fixture->pixel_nbytes;
}

static TileJob job_at(const Fixture *fixture, int64_t x, int64_t y)
{
    const LayoutSpec *spec = &fixture->image.layout.spec;
    return (TileJob){
        .tile_x = x,
        .tile_y = y,
        .payload = {
            .kind = PAYLOAD_PIXELS,
            .of.pixels = {.samples = pixel_at(fixture, x * spec->tile_width,
                                              y * spec->tile_height),
                          .row_nbytes = fixture->row_nbytes}}};
}

static size_t encoded_nbytes(const Fixture *fixture)
{
    expect_int_eq(fixture->encoded.kind, PAYLOAD_ENCODED);
    return fixture->encoded.of.encoded.nbytes;
}

/** Encodes tile (@p x, @p y) into fixture->out. */
static void encode(Fixture *fixture, int64_t x, int64_t y)
{
    const TileJob job = job_at(fixture, x, y);
    const size_t bound = encoder_bound(&fixture->image, 1);
    Status status = {.code = STATUS_OK};
    Encoder *encoder = encoder_new(&fixture->image, 1);
    expect_true(encoder_encode(encoder, &job, fixture->out, bound,
                               &fixture->encoded, &status));
    expect_int_eq(status.code, STATUS_OK);
    if (fixture->encoded.kind == PAYLOAD_ENCODED)
        expect_int_le(encoded_nbytes(fixture), bound);
    encoder_free(encoder);
}

/** The tile in fixture->out is what the raster holds, zeros outside it. */
static void expect_tile(const Fixture *fixture, int64_t x, int64_t y)
{
    const Layout *layout = &fixture->image.layout;
    const size_t rows = (size_t)layout_encoded_rows(layout, y);
    const size_t nbytes = rows * layout->row_nbytes;
    uint8_t *expected = calloc(1, nbytes), *tile = malloc(nbytes);
    for (int64_t row = 0; row < layout_valid_rows(layout, y); row++)
        memcpy(expected + (size_t)row * layout->row_nbytes,
               pixel_at(fixture, x * layout->spec.tile_width,
                        y * layout->spec.tile_height + row),
               (size_t)layout_valid_columns(layout, x) * fixture->pixel_nbytes);

    expect_true(decode_bytes(fixture->image.codec,
                             fixture->encoded.of.encoded.bytes,
                             encoded_nbytes(fixture), tile, nbytes));
    for (size_t row = 0; row < rows; row++)
        decode_row(fixture->image.predictor, tile + row * layout->row_nbytes,
                   layout->row_nbytes / (size_t)layout->spec.sample_nbytes,
                   (size_t)layout->samples_per_pixel,
                   (size_t)layout->spec.sample_nbytes);
    expect_mem_eq(tile, expected, nbytes);
    free(tile);
    free(expected);
}

static void expect_all_tiles(Fixture *fixture)
{
    const Layout *layout = &fixture->image.layout;
    for (int64_t y = 0; y < layout->tiles_down; y++)
        for (int64_t x = 0; x < layout->tiles_across; x++) {
            encode(fixture, x, y);
            expect_tile(fixture, x, y);
        }
}

TEST_CASE(encoder, tiles_at_the_edges_are_padded_with_zeros)
{
    const LayoutSpec spec = spec_of(3, 2);
    Fixture fixture = fixture_new(&spec);
    expect_all_tiles(&fixture);
    expect_int_eq(encoded_nbytes(&fixture), TILE * TILE * 6);
    fixture_free(&fixture);
}

TEST_CASE(encoder, last_strip_is_short)
{
    LayoutSpec spec = spec_of(3, 2);
    spec.strips = true;
    Fixture fixture = fixture_new(&spec);
    expect_all_tiles(&fixture);
    expect_int_eq(encoded_nbytes(&fixture), WIDTH * (HEIGHT - TILE) * 6);
    fixture_free(&fixture);
}

TEST_CASE(encoder, every_predictor_and_sample_size_decodes)
{
    for (int nbytes = 1; nbytes <= 8; nbytes *= 2)
        for (int predictor = 1; predictor <= 3; predictor++)
            for (int bands = 1; bands <= 4; bands += 3) {
                if (!predictor_applies(predictor, 8 * nbytes, true))
                    continue;
                test_context("%d bands of %d bytes, predictor %d", bands,
                             nbytes, predictor);
                const LayoutSpec spec = spec_of(bands, nbytes);
                Fixture fixture = fixture_new(&spec);
                fixture.image.codec = &codec_deflate;
                fixture.image.predictor = predictor;
                expect_all_tiles(&fixture);
                fixture_free(&fixture);
            }
}

TEST_CASE(encoder, empty_tile_is_left_out_and_any_other_sample_keeps_it)
{
    const LayoutSpec spec = spec_of(2, 2);
    Fixture fixture = fixture_new(&spec);
    const uint16_t nodata = 0xff01;
    fixture.image.skip_empty = true;
    memcpy(fixture.image.empty_sample, &nodata, sizeof nodata);
    for (int64_t y = 0; y < HEIGHT; y++)
        for (int64_t i = 0; i < WIDTH * 2; i++)
            memcpy(fixture.pixels + (size_t)y * fixture.row_nbytes +
                       (size_t)i * 2,
                   &nodata, sizeof nodata);

    for (int64_t y = 0; y < 2; y++)
        for (int64_t x = 0; x < 3; x++) {
            encode(&fixture, x, y);
            expect_int_eq(fixture.encoded.kind, PAYLOAD_EMPTY);
        }
    /* Edge tile (2, 1) holds 5 x 5 pixels. */
    for (int64_t y = 16; y < HEIGHT; y++)
        for (size_t i = 32 * 4; i < WIDTH * 4; i++) {
            test_context("row %d, byte %d", (int)y, (int)i);
            fixture.pixels[(size_t)y * fixture.row_nbytes + i] ^= 1;
            encode(&fixture, 2, 1);
            expect_tile(&fixture, 2, 1);
            fixture.pixels[(size_t)y * fixture.row_nbytes + i] ^= 1;
        }
    fixture_free(&fixture);
}

TEST_CASE(encoder, minus_zero_is_not_empty)
{
    const LayoutSpec spec = spec_of(1, 4);
    Fixture fixture = fixture_new(&spec);
    const float minus_zero = -0.0f;
    fixture.image.skip_empty = true;
    memset(fixture.pixels, 0, HEIGHT * fixture.row_nbytes);
    encode(&fixture, 0, 0);
    expect_int_eq(fixture.encoded.kind, PAYLOAD_EMPTY);
    memcpy(fixture.pixels + 5 * fixture.row_nbytes + 8, &minus_zero,
           sizeof minus_zero);
    encode(&fixture, 0, 0);
    expect_tile(&fixture, 0, 0);
    fixture_free(&fixture);
}

/** Puts every kind of number into a row, and into @p expected what shall
 * become of it. */
static void put_halfs(Fixture *fixture, uint8_t *expected)
{
    static const uint16_t kept[] = {0,      0x8000, 1,      0x7c00,
                                    0xfc00, 0x7bff, 0x83ff, 0x3c00};
    static const uint16_t nans[] = {0x7e00, 0xfe00, 0x7c01, 0xffff};
    for (size_t i = 0; i < TILE; i++) {
        const bool is_nan = i % 4 == 1;
        const uint16_t value = is_nan ? nans[i / 4] : kept[i % 8];
        memcpy(fixture->pixels + i * 2, &value, 2);
        memcpy(expected + i * 2,
               is_nan ? fixture->image.nan_sample : (const uint8_t *)&value, 2);
    }
}

static void put_floats(Fixture *fixture, uint8_t *expected)
{
    static const uint32_t kept[] = {0,          0x80000000, 1,
                                    0x7f800000, 0xff800000, 0x7f7fffff,
                                    0x807fffff, 0x3f800000};
    static const uint32_t nans[] = {0x7fc00000, 0xffc00000, 0x7f800001,
                                    0xffffffff};
    for (size_t i = 0; i < TILE; i++) {
        const bool is_nan = i % 4 == 1;
        const uint32_t value = is_nan ? nans[i / 4] : kept[i % 8];
        memcpy(fixture->pixels + i * 4, &value, 4);
        memcpy(expected + i * 4,
               is_nan ? fixture->image.nan_sample : (const uint8_t *)&value, 4);
    }
}

static void put_doubles(Fixture *fixture, uint8_t *expected)
{
    static const uint64_t kept[] = {0,
                                    UINT64_C(1) << 63,
                                    1,
                                    UINT64_C(0x7ff0000000000000),
                                    UINT64_C(0xfff0000000000000),
                                    UINT64_C(0x7fefffffffffffff),
                                    UINT64_C(0x800fffffffffffff),
                                    UINT64_C(0x3ff0000000000000)};
    static const uint64_t nans[] = {
        UINT64_C(0x7ff8000000000000), UINT64_C(0xfff8000000000000),
        UINT64_C(0x7ff0000000000001), UINT64_C(0xffffffffffffffff)};
    for (size_t i = 0; i < TILE; i++) {
        const bool is_nan = i % 4 == 1;
        const uint64_t value = is_nan ? nans[i / 4] : kept[i % 8];
        memcpy(fixture->pixels + i * 8, &value, 8);
        memcpy(expected + i * 8,
               is_nan ? fixture->image.nan_sample : (const uint8_t *)&value, 8);
    }
}

TEST_CASE(encoder, only_nan_is_replaced_and_all_else_kept_bit_for_bit)
{
    const uint16_t by_half = 0xc900; /* -10 */
    const float by_float = -9999.0f;
    const double by_double = -9999.0;
    for (int nbytes = 2; nbytes <= 8; nbytes *= 2) {
        const LayoutSpec spec = spec_of(1, nbytes);
        Fixture fixture = fixture_new(&spec);
        uint8_t expected[TILE * 8];
        fixture.image.replace_nan = true;
        memset(fixture.pixels, 0, HEIGHT * fixture.row_nbytes);
        if (nbytes == 2) {
            memcpy(fixture.image.nan_sample, &by_half, 2);
            put_halfs(&fixture, expected);
        } else if (nbytes == 4) {
            memcpy(fixture.image.nan_sample, &by_float, 4);
            put_floats(&fixture, expected);
        } else {
            memcpy(fixture.image.nan_sample, &by_double, 8);
            put_doubles(&fixture, expected);
        }
        uint8_t source[TILE * 8];
        memcpy(source, fixture.pixels, (size_t)(TILE * nbytes));
        encode(&fixture, 0, 0);
        expect_mem_eq(fixture.out, expected, (size_t)(TILE * nbytes));
        expect_mem_eq(fixture.pixels, source, (size_t)(TILE * nbytes));
        fixture_free(&fixture);
    }
}

TEST_CASE(encoder, tile_of_nan_is_empty_where_nan_becomes_the_empty_sample)
{
    const LayoutSpec spec = spec_of(1, 4);
    Fixture fixture = fixture_new(&spec);
    const float nodata = -1.0f, nan = NAN;
    fixture.image.replace_nan = fixture.image.skip_empty = true;
    memcpy(fixture.image.nan_sample, &nodata, sizeof nodata);
    memcpy(fixture.image.empty_sample, &nodata, sizeof nodata);
    for (size_t i = 0; i < HEIGHT * fixture.row_nbytes; i += 4)
        memcpy(fixture.pixels + i, i % 8 ? &nan : &nodata, 4);
    encode(&fixture, 2, 1);
    expect_int_eq(fixture.encoded.kind, PAYLOAD_EMPTY);
    fixture_free(&fixture);
}

static void check_packed(int nbits, int sample_nbytes)
{
    LayoutSpec spec = spec_of(3, sample_nbytes);
    spec.sample_nbits = nbits;
    Fixture fixture = fixture_new(&spec);
    const size_t row_nbytes = fixture.image.layout.row_nbytes;
    const uint64_t largest = (UINT64_C(1) << nbits) - 1;
    encode(&fixture, 2, 1);
    expect_int_eq(encoded_nbytes(&fixture), TILE * row_nbytes);
    for (size_t y = 0; y < TILE; y++)
        for (size_t i = 0; i < TILE * 3; i++) {
            uint64_t value = 0;
            if (y < HEIGHT - TILE && i < (WIDTH - 2 * TILE) * 3)
                memcpy(&value,
                       pixel_at(&fixture, 2 * TILE, TILE + (int64_t)y) +
                           i * (size_t)sample_nbytes,
                       (size_t)sample_nbytes);
            expect_int_eq(decode_bits(fixture.out + y * row_nbytes,
                                      i * (size_t)nbits, nbits),
                          value < largest ? value : largest);
        }
    fixture_free(&fixture);
}

TEST_CASE(encoder, samples_of_few_bits_are_packed_row_by_row)
{
    check_packed(1, 1);
    check_packed(4, 1);
    check_packed(7, 1);
    check_packed(12, 2);
    check_packed(31, 4);
}

TEST_CASE(encoder, bound_and_memory_are_those_of_the_larger_image)
{
    ImageSpec images[2];
    Status status = {.code = STATUS_OK};
    for (int i = 0; i < 2; i++) {
        const LayoutSpec spec = spec_of(i == 0 ? 4 : 1, i == 0 ? 8 : 1);
        images[i] =
            (ImageSpec){.encoding = i, .codec = &codec_deflate, .level = 6};
        require(layout_init(&images[i].layout, &spec, &status));
    }
    expect_int_eq(encoder_bound(images, 2), encoder_bound(images, 1));
    const CodecSetup large = {.layout = &images[0].layout, .level = 6};
    const CodecSetup small = {.layout = &images[1].layout, .level = 6};
    expect_int_le(codec_deflate.bound(&large), encoder_bound(images, 2));
    expect_int_eq(encoder_nbytes(images, 2) - encoder_nbytes(images, 1),
                  codec_deflate.state_nbytes(&small));
}

/** codec_none with a count. */
static int encoded;

static bool encode_counted(void *state, const CodecInput *in, void *out,
                           size_t out_capacity, size_t *out_nbytes,
                           Status *status)
{
    encoded++;
    return codec_none.encode(state, in, out, out_capacity, out_nbytes, status);
}

static void fill(Fixture *fixture, int64_t tile_x, int64_t tile_y, int value)
{
    const LayoutSpec *spec = &fixture->image.layout.spec;
    for (int64_t y = 0; y < layout_valid_rows(&fixture->image.layout, tile_y);
         y++)
        memset((uint8_t *)pixel_at(fixture, tile_x * spec->tile_width,
                                   tile_y * spec->tile_height + y),
               value,
               (size_t)layout_valid_columns(&fixture->image.layout, tile_x) *
                   fixture->pixel_nbytes);
}

TEST_CASE(encoder, a_flat_tile_like_the_last_one_is_encoded_once)
{
    /* Tiles of 16x16 but for those at the edges. */
    static const struct {
        int x, y, value;
        int encoded; /* so far */
    } tiles[] = {{0, 0, 7, 1}, {1, 0, 7, 1}, {0, 0, 7, 1}, {1, 0, 8, 2},
                 {0, 0, 8, 2}, {2, 0, 8, 3}, {0, 1, 8, 4}, {0, 0, -1, 5},
                 {0, 1, 8, 5}, {0, 0, 8, 6}};
    const LayoutSpec spec = spec_of(3, 2);
    Fixture fixture = fixture_new(&spec);
    Codec counted = codec_none;
    Status status = {.code = STATUS_OK};
    Random random = {.state = 3};
    counted.encode = encode_counted;
    fixture.image.codec = &counted;
    fixture.image.predictor = PREDICTOR_HORIZONTAL;
    Encoder *encoder = encoder_new(&fixture.image, 1);
    encoded = 0;
    for (size_t i = 0; i < sizeof tiles / sizeof *tiles; i++) {
        const int x = tiles[i].x, y = tiles[i].y;
        test_context("tile %d", (int)i);
        fill(&fixture, x, y, tiles[i].value);
        if (tiles[i].value < 0) /* all but the last row */
            random_fill(&random, (uint8_t *)pixel_at(&fixture, 15, 15), 6);
        const TileJob job = job_at(&fixture, x, y);
        expect_true(encoder_encode(encoder, &job, fixture.out,
                                   encoder_bound(&fixture.image, 1),
                                   &fixture.encoded, &status));
        expect_int_eq(encoded, tiles[i].encoded);
        fixture.image.codec = &codec_none;
        expect_tile(&fixture, x, y);
        fixture.image.codec = &counted;
    }
    encoder_free(encoder);
    fixture_free(&fixture);
}
