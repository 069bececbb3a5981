/* SPDX-License-Identifier: MIT */
#include "tile_decoder.h"

#include <stdlib.h>
#include <string.h>

#include "predictor.h"

struct TileDecoder {
    const ImageSpec *image;
    CodecSetup setup;
    void *state;      /**< the codec's; NULL: there is none */
    uint8_t *encoded; /**< bound bytes */
    size_t bound;
    uint8_t *tile; /**< decoded, predicted */
    uint8_t *row;  /**< one row of samples */
};

static CodecSetup setup_of(const ImageSpec *image)
{
    return (CodecSetup){.layout = &image->layout,
                        .level = image->level,
                        .custom = image->codec_custom};
}

static size_t bound_of(const ImageSpec *image)
{
    const CodecSetup setup = setup_of(image);
    return image->codec->bound(&setup);
}

bool tile_decoder_can(const ImageSpec *image)
{
    const LayoutSpec *spec = &image->layout.spec;
    return !image->codec->takes_samples && !image->half_float &&
           spec->sample_nbits == 8 * spec->sample_nbytes &&
           image->predictor >= PREDICTOR_NONE &&
           (image->codec == &codec_none || image->codec->decoder != NULL);
}

uint64_t tile_decoder_nbytes(const ImageSpec *image)
{
    const CodecSetup setup = setup_of(image);
    const Decoder *decoder = image->codec->decoder;
    return sizeof(TileDecoder) + bound_of(image) + image->layout.tile_nbytes +
           image->layout.row_nbytes +
           (decoder != NULL ? decoder->state_nbytes(&setup) : 0);
}

TileDecoder *tile_decoder_new(const ImageSpec *image)
{
    TileDecoder *decoder = calloc(1, sizeof *decoder);
    if (decoder == NULL)
        return NULL;
    const Decoder *codec = image->codec->decoder;
    decoder->image = image;
    decoder->setup = setup_of(image);
    decoder->bound = bound_of(image);
    decoder->encoded = malloc(decoder->bound);
    decoder->tile = malloc(image->layout.tile_nbytes);
    decoder->row = malloc(image->layout.row_nbytes);
    if (codec != NULL)
        decoder->state = codec->open(&decoder->setup);
    if (decoder->encoded != NULL && decoder->tile != NULL &&
        decoder->row != NULL && (codec == NULL || decoder->state != NULL))
        return decoder;
    tile_decoder_free(decoder);
    return NULL;
}

void tile_decoder_free(TileDecoder *decoder)
{
    if (decoder == NULL)
        return;
    if (decoder->state != NULL)
        decoder->image->codec->decoder->close(decoder->state);
    free(decoder->encoded);
    free(decoder->tile);
    free(decoder->row);
    free(decoder);
}

uint8_t *tile_decoder_room(TileDecoder *decoder, size_t nbytes)
{
    return nbytes <= decoder->bound ? decoder->encoded : NULL;
}

/** @return the tile, predicted; NULL with STATUS_CODEC */
static uint8_t *decode(TileDecoder *decoder, const CodecInput *shape,
                       size_t nbytes, Status *status)
{
    const Decoder *codec = decoder->image->codec->decoder;
    if (codec != NULL)
        return codec->decode(decoder->state, shape, decoder->encoded, nbytes,
                             decoder->tile, status)
                   ? decoder->tile
                   : NULL;
    if (nbytes == codec_input_nbytes(shape))
        return decoder->encoded;
    status_fail(status, STATUS_CODEC, "it has another number of bytes");
    return NULL;
}

/** Undoes the predictor of one row. Of floats bytes lie apart, and all columns
 * count. */
static void put_row(TileDecoder *decoder, uint8_t *row, uint8_t *to,
                    size_t valid_nbytes)
{
    const ImageSpec *image = decoder->image;
    const LayoutSpec *spec = &image->layout.spec;
    const size_t stride = (size_t)image->layout.samples_per_pixel;
    const size_t all_nbytes = image->layout.row_nbytes;
    const bool in_place =
        image->predictor == PREDICTOR_HORIZONTAL || valid_nbytes == all_nbytes;
    if (image->predictor == PREDICTOR_NONE) {
        memcpy(to, row, valid_nbytes);
        return;
    }
    predictor_undo_row(image->predictor, in_place ? to : decoder->row, row,
                       (in_place ? valid_nbytes : all_nbytes) /
                           (size_t)spec->sample_nbytes,
                       stride, spec->sample_nbytes);
    if (!in_place)
        memcpy(to, decoder->row, valid_nbytes);
}

bool tile_decoder_decode(TileDecoder *decoder, int64_t tile_x, int64_t tile_y,
                         size_t nbytes, const PlaneView *to, Status *status)
{
    const Layout *layout = &decoder->image->layout;
    const CodecInput shape = {.row_nbytes = layout->row_nbytes,
                              .columns = layout->spec.tile_width,
                              .rows = layout_encoded_rows(layout, tile_y)};
    const size_t valid_nbytes = (size_t)layout_valid_columns(layout, tile_x) *
                                layout_pixel_nbytes(layout);
    const int64_t rows = layout_valid_rows(layout, tile_y);
    uint8_t *tile = decode(decoder, &shape, nbytes, status);
    if (tile == NULL)
        return false;
    for (int64_t y = 0; y < rows; y++)
        put_row(decoder, tile + (size_t)y * layout->row_nbytes,
                to->pixels + (size_t)y * to->row_nbytes, valid_nbytes);
    return true;
}
