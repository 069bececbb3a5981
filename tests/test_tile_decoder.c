/* SPDX-License-Identifier: MIT */
/* What the encoder has made of tiles comes back, bit for bit, and nothing else.
 */
#include "tile_decoder.h"

#include <stdlib.h>

#include "encoder.h"
#include "gtest_c.h"
#include "predictor.h"
#include "random.h"

enum { WIDTH = 45, HEIGHT = 30, TILE = 16, BANDS = 3, ALL = WIDTH * HEIGHT };

/** A raster, whole, and an image of it. */
typedef struct Raster {
    ImageSpec image;
    uint8_t pixels[ALL * BANDS * 8];
    uint8_t out[ALL * BANDS * 8];
} Raster;

static void raster_init(Raster *raster, const Codec *codec, Predictor predictor,
                        int sample_nbytes, bool planar, bool strips)
{
    const LayoutSpec spec = {.width = WIDTH,
                             .height = HEIGHT,
                             .bands = BANDS,
                             .sample_nbytes = sample_nbytes,
                             .sample_nbits = 8 * sample_nbytes,
                             .planar = planar,
                             .strips = strips,
                             .tile_width = strips ? WIDTH : TILE,
                             .tile_height = TILE};
    Random random = {17};
    Status status = {.code = STATUS_OK};
    raster->image = (ImageSpec){.sample_format = SAMPLE_FORMAT_UINT,
                                .codec = codec,
                                .level = 6,
                                .predictor = predictor};
    expect_true(layout_init(&raster->image.layout, &spec, &status));
    random_fill(&random, raster->pixels, sizeof raster->pixels);
    memset(raster->out, 0xa5, sizeof raster->out);
}

static PlaneView view_of(Raster *raster, uint8_t *pixels, const TileJob *job)
{
    const Layout *layout = &raster->image.layout;
    return plane_from(swath_plane(pixels, layout, 0, job->plane, WIDTH, HEIGHT),
                      job->tile_x * layout->spec.tile_width,
                      job->tile_y * layout->spec.tile_height);
}

/** Encodes a tile and decodes it again. */
static void pass_through(Raster *raster, Encoder *encoder, TileDecoder *decoder,
                         TileJob *job)
{
    const size_t bound = encoder_bound(&raster->image, 1);
    uint8_t *bytes = malloc(bound);
    Payload encoded;
    Status status = {.code = STATUS_OK};
    const PlaneView from = view_of(raster, raster->pixels, job);
    const PlaneView to = view_of(raster, raster->out, job);
    job->payload = (Payload){
        .kind = PAYLOAD_PIXELS,
        .of.pixels = {.samples = from.pixels, .row_nbytes = from.row_nbytes}};
    expect_true(encoder_encode(encoder, job, bytes, bound, &encoded, &status));
    const EncodedTile *tile = &encoded.of.encoded;
    uint8_t *room = tile_decoder_room(decoder, tile->nbytes);
    require(room != NULL);
    memcpy(room, tile->bytes, tile->nbytes);
    expect_true(tile_decoder_decode(decoder, job->tile_x, job->tile_y,
                                    tile->nbytes, &to, &status));
    /* Another number of bytes is no tile. */
    expect_true(!tile_decoder_decode(decoder, job->tile_x, job->tile_y,
                                     tile->nbytes - 1, &to, &status));
    expect_int_eq(status.code, STATUS_CODEC);
    memcpy(room, tile->bytes, tile->nbytes);
    expect_true(tile_decoder_decode(decoder, job->tile_x, job->tile_y,
                                    tile->nbytes, &to, &status));
    free(bytes);
}

static void check_all_tiles(Raster *raster)
{
    const Layout *layout = &raster->image.layout;
    Encoder *encoder = encoder_new(&raster->image, 1);
    TileDecoder *decoder = tile_decoder_new(&raster->image);
    expect_true(tile_decoder_can(&raster->image));
    for (int plane = 0; plane < layout->planes; plane++)
        for (int64_t y = 0; y < layout->tiles_down; y++)
            for (int64_t x = 0; x < layout->tiles_across; x++) {
                TileJob job = {.plane = plane, .tile_x = x, .tile_y = y};
                pass_through(raster, encoder, decoder, &job);
            }
    expect_mem_eq(raster->out, raster->pixels,
                  (size_t)ALL * BANDS * (size_t)layout->spec.sample_nbytes);
    tile_decoder_free(decoder);
    encoder_free(encoder);
}

TEST_CASE(tile_decoder, what_was_encoded_comes_back)
{
    static const Codec *const codecs[] = {&codec_none, &codec_deflate,
                                          &codec_lzw, &codec_packbits};
    Raster *raster = malloc(sizeof *raster);
    for (int i = 0; i < 4; i++)
        for (int predictor = PREDICTOR_NONE;
             predictor <=
             (codecs[i]->predicts ? PREDICTOR_FLOATING_POINT : PREDICTOR_NONE);
             predictor++)
            for (int nbytes = 1; nbytes <= 8; nbytes *= 2)
                for (int shape = 0; shape < 4; shape++) {
                    if (predictor == PREDICTOR_FLOATING_POINT && nbytes == 1)
                        continue;
                    test_context("%s, predictor %d, %d bytes, shape %d",
                                 codecs[i]->name, predictor, nbytes, shape);
                    raster_init(raster, codecs[i], (Predictor)predictor, nbytes,
                                shape & 1, shape & 2);
                    check_all_tiles(raster);
                }
    free(raster);
}

TEST_CASE(tile_decoder, samples_of_other_bits_are_for_others)
{
    Raster *raster = malloc(sizeof *raster);
    raster_init(raster, &codec_deflate, PREDICTOR_NONE, 2, false, false);
    expect_true(tile_decoder_can(&raster->image));
    raster->image.layout.spec.sample_nbits = 12;
    expect_true(!tile_decoder_can(&raster->image));
    raster->image.layout.spec.sample_nbits = 16;
    raster->image.predictor = PREDICTOR_AUTO;
    expect_true(!tile_decoder_can(&raster->image));
    raster->image.predictor = PREDICTOR_NONE;
    raster->image.half_float = true;
    expect_true(!tile_decoder_can(&raster->image));
    free(raster);
}
