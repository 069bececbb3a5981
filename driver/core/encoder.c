/* SPDX-License-Identifier: MIT */
#include "encoder.h"

#include <stdlib.h>
#include <string.h>

#include "flat_tile_cache.h"
#include "mask_fill.h"
#include "pack.h"
#include "pages.h"
#include "tile_samples.h"
#include "tile_statistics.h"
#include "verifier.h"

struct Encoder {
    const ImageSpec *images;
    int image_count;
    EncodingState encodings[ENCODINGS_MAX];
    uint8_t *samples;  /**< a tile of them, NaN replaced or all empty; only if
                            there may be one */
    uint8_t *filtered; /**< likewise, as the filter gives them */
    uint8_t *filling;  /**< for mask_fill() */
    uint8_t *tile;     /**< what the codec is given */
    uint8_t *row;      /**< one row of samples, padded */
    FlatTileCache flat_tiles;
    EmptyTiles *empty_tiles; /**< not owned; or NULL */
    Verifier verifier;
};

/** Bytes of one unpacked tile row. */
static size_t sample_row_nbytes(const Layout *layout)
{
    return (size_t)layout->spec.tile_width * layout_pixel_nbytes(layout);
}

static size_t samples_nbytes(const ImageSpec *image)
{
    return sample_row_nbytes(&image->layout) *
           (size_t)image->layout.spec.tile_height;
}

/* How large the buffers of an Encoder have to be for one image. */
static size_t own_samples_nbytes(const ImageSpec *image)
{
    return image->replace_nan || image->accepts_empty ||
                   image->hiding_nbytes > 0
               ? samples_nbytes(image)
               : 0;
}

static size_t filling_nbytes(const ImageSpec *image)
{
    const LayoutSpec *spec = &image->layout.spec;
    return image->hiding_nbytes > 0
               ? mask_fill_nbytes(spec->tile_width, spec->tile_height)
               : 0;
}

static size_t filtered_nbytes(const ImageSpec *image)
{
    return image->filter != NULL ? samples_nbytes(image) : 0;
}

static size_t tile_nbytes(const ImageSpec *image)
{
    return image->codec->takes_samples ? 0 : image->layout.tile_nbytes;
}

static size_t row_nbytes(const ImageSpec *image)
{
    return image->codec->takes_samples ? 0 : sample_row_nbytes(&image->layout);
}

static size_t pixel_nbytes(const ImageSpec *image)
{
    return layout_pixel_nbytes(&image->layout);
}

static size_t largest(const ImageSpec *images, int image_count,
                      size_t (*size)(const ImageSpec *))
{
    size_t result = 0;
    for (int i = 0; i < image_count; i++)
        if (size(&images[i]) > result)
            result = size(&images[i]);
    return result;
}

/** Room for the largest, or NULL if none is needed.
 * @return false if there is no memory */
static bool allocate(uint8_t **buffer, const Encoder *encoder,
                     size_t (*size)(const ImageSpec *))
{
    const size_t nbytes = largest(encoder->images, encoder->image_count, size);
    *buffer = nbytes > 0 ? malloc(nbytes) : NULL;
    return nbytes == 0 || *buffer != NULL;
}

static EncodingState *encoding_of(Encoder *encoder, int image)
{
    return &encoder->encodings[encoder->images[image].encoding];
}

Encoder *encoder_new(const ImageSpec *images, int image_count)
{
    Encoder *encoder = calloc(1, sizeof *encoder);
    if (encoder == NULL)
        return NULL;
    encoder->images = images;
    encoder->image_count = image_count;
    bool ok = allocate(&encoder->samples, encoder, own_samples_nbytes) &&
              allocate(&encoder->filtered, encoder, filtered_nbytes) &&
              allocate(&encoder->filling, encoder, filling_nbytes) &&
              allocate(&encoder->tile, encoder, tile_nbytes) &&
              allocate(&encoder->row, encoder, row_nbytes);
    /* Always, so that it can be cleared. */
    ok = flat_tile_cache_init(&encoder->flat_tiles,
                              largest(images, image_count, pixel_nbytes)) &&
         ok;
    ok = verifier_init(&encoder->verifier, images, image_count) && ok;
    for (int i = 0; ok && i < image_count; i++)
        ok = !encoding_is_new(images, i) ||
             encoding_open(encoding_of(encoder, i), &images[i]);
    if (!ok) {
        encoder_free(encoder);
        return NULL;
    }
    return encoder;
}

void encoder_free(Encoder *encoder)
{
    if (encoder == NULL)
        return;
    for (int i = 0; i < ENCODINGS_MAX; i++)
        encoding_close(&encoder->encodings[i]);
    verifier_clear(&encoder->verifier);
    flat_tile_cache_clear(&encoder->flat_tiles);
    free(encoder->row);
    free(encoder->tile);
    free(encoder->filling);
    free(encoder->filtered);
    free(encoder->samples);
    free(encoder);
}

void encoder_share_empty_tiles(Encoder *encoder, EmptyTiles *tiles)
{
    encoder->empty_tiles = tiles;
}

bool encoder_has_clipped(const Encoder *encoder, int image)
{
    return encoder->encodings[encoder->images[image].encoding].clipped;
}

void encoder_add_levels(const Encoder *encoder, int64_t *counts)
{
    for (int i = 0; i < ENCODINGS_MAX; i++) {
        const EncodingState *encoding = &encoder->encodings[i];
        if (encoding->image != NULL &&
            encoding->image->codec->add_levels != NULL)
            encoding->image->codec->add_levels(encoding->codec_state, counts);
    }
}

uint64_t encoder_nbytes(const ImageSpec *images, int image_count)
{
    uint64_t nbytes = FLAT_TILE_NBYTES +
                      largest(images, image_count, pixel_nbytes) +
                      largest(images, image_count, own_samples_nbytes) +
                      largest(images, image_count, filtered_nbytes) +
                      largest(images, image_count, filling_nbytes) +
                      largest(images, image_count, tile_nbytes) +
                      largest(images, image_count, row_nbytes) +
                      verifier_nbytes(images, image_count);
    for (int i = 0; i < image_count; i++)
        if (encoding_is_new(images, i))
            nbytes += encoding_states_nbytes(&images[i]);
    return nbytes;
}

size_t encoder_bound(const ImageSpec *images, int image_count)
{
    return largest(images, image_count, encoding_bound);
}

/** The raster's part of a tile, for who takes samples. */
static CodecInput samples_of(const Layout *layout, const TileJob *job)
{
    const TilePixels *pixels = &job->payload.of.pixels;
    return (CodecInput){.bytes = pixels->samples,
                        .row_nbytes = pixels->row_nbytes,
                        .columns = layout_valid_columns(layout, job->tile_x),
                        .rows = layout_valid_rows(layout, job->tile_y),
                        .plane = job->plane};
}

/** Makes @p job one of a copy in which what the mask hides is filled. */
static void fill_hidden(const Encoder *encoder, const ImageSpec *image,
                        TileJob *job)
{
    const Layout *layout = &image->layout;
    const TileShape shape = tile_shape(layout, job);
    TilePixels *pixels = &job->payload.of.pixels;
    tile_copy(layout, job, encoder->samples);
    const MaskFill fill = {.columns = layout_valid_columns(layout, job->tile_x),
                           .rows = shape.rows,
                           .bands = layout->samples_per_pixel,
                           .format = image->sample_format,
                           .sample_nbytes = layout->spec.sample_nbytes,
                           .samples = encoder->samples,
                           .row_nbytes = shape.row_nbytes,
                           .mask = pixels->validity,
                           .mask_nbytes = image->hiding_nbytes,
                           .scratch = encoder->filling};
    mask_fill(&fill);
}

/** Makes @p job one of a filtered copy. */
static bool filter(Encoder *encoder, const ImageSpec *image, TileJob *job,
                   Status *status)
{
    const CodecInput in = samples_of(&image->layout, job);
    const size_t capacity = samples_nbytes(image);
    size_t nbytes = 0;
    if (!image->filter->encode(encoding_of(encoder, job->image)->filter_state,
                               &in, encoder->filtered, capacity, &nbytes,
                               status))
        return false;
    job->payload.of.pixels.samples = encoder->filtered;
    job->payload.of.pixels.row_nbytes = sample_row_nbytes(&image->layout);
    return true;
}

/** @return the row at @p pixels, or a copy of it that is padded with zeros to
 * the tile's width, as GDAL's block cache pads. */
static const uint8_t *pad_row(const Encoder *encoder, const ImageSpec *image,
                              const TileShape *shape, const uint8_t *pixels)
{
    const size_t full_nbytes = sample_row_nbytes(&image->layout);
    if (shape->row_nbytes == full_nbytes)
        return pixels;
    memcpy(encoder->row, pixels, shape->row_nbytes);
    memset(encoder->row + shape->row_nbytes, 0,
           full_nbytes - shape->row_nbytes);
    return encoder->row;
}

/** Brings one row of samples into the form that the codec is given. */
static void encode_row(Encoder *encoder, const TileJob *job, uint8_t *out,
                       const uint8_t *row)
{
    const ImageSpec *image = &encoder->images[job->image];
    const LayoutSpec *spec = &image->layout.spec;
    const size_t stride = (size_t)image->layout.samples_per_pixel;
    const size_t samples = (size_t)spec->tile_width * stride;
    bool *clipped = &encoding_of(encoder, job->image)->clipped;

    if (image->half_float) {
        *clipped |= pack_half_row(encoder->row, row, samples);
        predictor_row(image->predictor, out, encoder->row, samples, stride, 2);
    } else if (spec->sample_nbits < 8 * spec->sample_nbytes) {
        *clipped |= pack_row(out, row, samples, spec->sample_nbytes,
                             spec->sample_nbits);
    } else {
        predictor_row(image->predictor, out, row, samples, stride,
                      spec->sample_nbytes);
    }
}

/* Tiles so large hold all of hundreds of bands, and are one window: there is no
 * room for their pixels twice. */
enum { LARGE_TILE_NBYTES = 32 << 20, GIVEN_BACK_NBYTES = 4 << 20 };

/** @return whether pixels of a tile are of no use once it is prepared
 * @param flat whether they are kept to be found again */
static bool may_give_back(const Encoder *encoder, const ImageSpec *image,
                          const TileJob *job, bool flat)
{
    const uint8_t *samples = job->payload.of.pixels.samples;
    return image->layout.tile_nbytes >= LARGE_TILE_NBYTES && !flat &&
           image->fidelity == FIDELITY_UNKNOWN && job->owner != NULL &&
           samples != encoder->samples && samples != encoder->filtered;
}

/** Gives back what lies before @p end, once it is much, of a window that is
 * nobody else's.
 * @return where what is left begins */
static const uint8_t *give_back(const TileJob *job, const uint8_t *begin,
                                const uint8_t *end)
{
    if (end - begin < GIVEN_BACK_NBYTES || !buffer_is_sole(job->owner))
        return begin;
    pages_give_back(job->owner->data + (begin - job->owner->data), end);
    return end;
}

/** Brings the tile into the form that the codec is given. */
static CodecInput prepare_tile(Encoder *encoder, const ImageSpec *image,
                               const TileJob *job, bool flat)
{
    const Layout *layout = &image->layout;
    if (image->codec->takes_samples)
        return samples_of(layout, job);

    const TileShape shape = tile_shape(layout, job);
    const bool gives_back = may_give_back(encoder, image, job, flat);
    const CodecInput in = {.bytes = encoder->tile,
                           .row_nbytes = layout->row_nbytes,
                           .columns = layout->spec.tile_width,
                           .rows = layout_encoded_rows(layout, job->tile_y),
                           .plane = job->plane};
    const uint8_t *left = tile_row(job, 0);
    uint8_t *out = encoder->tile;
    for (int64_t y = 0; y < shape.rows; y++, out += layout->row_nbytes) {
        encode_row(encoder, job, out,
                   pad_row(encoder, image, &shape, tile_row(job, y)));
        if (gives_back)
            left = give_back(job, left, tile_row(job, y) + shape.row_nbytes);
    }
    /* Rows of zeros stay zeros under every predictor. */
    memset(out, 0, (size_t)(in.rows - shape.rows) * layout->row_nbytes);
    return in;
}

/** Encodes a tile, unless it is a flat one that was just encoded. */
static bool encode_once(Encoder *encoder, const TileJob *job, uint8_t *out,
                        size_t out_capacity, Payload *result, Status *status)
{
    const ImageSpec *image = &encoder->images[job->image];
    const Layout *layout = &image->layout;
    FlatTileCache *flat_tiles = &encoder->flat_tiles;
    const bool flat = tile_repeats(layout, job, tile_row(job, 0),
                                   layout_pixel_nbytes(layout));
    if (flat && flat_tile_cache_find(flat_tiles, layout, job, result))
        return true;
    const CodecInput in = prepare_tile(encoder, image, job, flat);
    size_t nbytes = 0;
    if (!image->codec->encode(encoding_of(encoder, job->image)->codec_state,
                              &in, out, out_capacity, &nbytes, status))
        return false;
    if (!image->codec->takes_samples &&
        layout->tile_nbytes >= LARGE_TILE_NBYTES)
        pages_give_back(encoder->tile, encoder->tile + layout->tile_nbytes);
    *result = payload_encoded(out, nbytes);
    if (flat)
        flat_tile_cache_keep(flat_tiles, layout, job, &result->of.encoded);
    return true;
}

/** Sees to it that the tile is what it should be, if that is asked for: one
 * that was found again as well. */
static bool verify(Encoder *encoder, const TileJob *job, const Payload *encoded,
                   Status *status)
{
    const ImageSpec *image = &encoder->images[job->image];
    return image->fidelity == FIDELITY_UNKNOWN ||
           verifier_check(&encoder->verifier, image,
                          encoding_of(encoder, job->image)->decoder_state, job,
                          &encoded->of.encoded, status);
}

static bool encode_pixels(Encoder *encoder, TileJob *job, bool is_hole,
                          uint8_t *out, size_t out_capacity, Payload *result,
                          Status *status)
{
    const ImageSpec *image = &encoder->images[job->image];
    if (image->replace_nan)
        tile_replace_nan(image, job, encoder->samples);
    const bool empty = image->skip_empty &&
                       tile_repeats(&image->layout, job, image->empty_sample,
                                    (size_t)image->layout.spec.sample_nbytes);
    if (!empty && image->hiding_nbytes > 0 &&
        job->payload.of.pixels.validity.pixels != NULL)
        fill_hidden(encoder, image, job);
    if (!empty && image->filter != NULL && !filter(encoder, image, job, status))
        return false;
    if (image->statistics != NULL)
        tile_statistics_count(image, job, is_hole);
    *result = (Payload){.kind = PAYLOAD_EMPTY};
    return empty ||
           (encode_once(encoder, job, out, out_capacity, result, status) &&
            verify(encoder, job, result, status));
}

/** @return whether an image can do with a tile that has no pixels */
static bool accept_without_pixels(const ImageSpec *image, PayloadKind kind,
                                  Status *status)
{
    if (image->statistics != NULL && kind == PAYLOAD_ENCODED)
        return status_fail(status, STATUS_INVALID,
                           "statistics need pixels, and a tile came without");
    return kind == PAYLOAD_ENCODED || image->skip_empty ||
           image->accepts_empty ||
           status_fail(status, STATUS_INVALID,
                       "an empty tile came for an image without empty tiles");
}

/** Encodes an empty tile, or takes what was encoded for another. */
static bool encode_empty(Encoder *encoder, const TileJob *given, uint8_t *out,
                         size_t out_capacity, Payload *result, Status *status)
{
    const ImageSpec *image = &encoder->images[given->image];
    TileJob job = *given;
    EncodedTile kept;
    int64_t like;
    if (empty_tiles_find(encoder->empty_tiles, given, &kept, &like)) {
        const size_t samples = (size_t)image->layout.samples_per_pixel;
        if (image->statistics != NULL)
            memcpy(tile_statistics(image, given),
                   image->statistics + (size_t)like * samples,
                   samples * sizeof(Statistics));
        *result = payload_encoded(kept.bytes, kept.nbytes);
        return true;
    }
    tile_fill_empty(image, &job, encoder->samples);
    if (!encode_pixels(encoder, &job, true, out, out_capacity, result, status))
        return false;
    if (result->kind == PAYLOAD_ENCODED)
        empty_tiles_keep(encoder->empty_tiles, given, &result->of.encoded);
    return true;
}

bool encoder_encode(Encoder *encoder, const TileJob *given, uint8_t *out,
                    size_t out_capacity, Payload *result, Status *status)
{
    const ImageSpec *image = &encoder->images[given->image];
    const PayloadKind kind = given->payload.kind;
    TileJob job = *given;
    if (kind != PAYLOAD_PIXELS && !accept_without_pixels(image, kind, status))
        return false;
    if (tile_is_copied(image, given) &&
        (kind == PAYLOAD_PIXELS || image->statistics == NULL)) {
        if (image->statistics != NULL)
            tile_statistics_count(image, given, false);
        *result = (Payload){.kind = PAYLOAD_EMPTY};
        return true;
    }
    const bool is_left_out = kind == PAYLOAD_EMPTY && image->skip_empty;
    if (kind == PAYLOAD_ENCODED || (is_left_out && image->statistics == NULL)) {
        *result = given->payload;
        return true;
    }
    return kind == PAYLOAD_EMPTY
               ? encode_empty(encoder, given, out, out_capacity, result, status)
               : encode_pixels(encoder, &job, false, out, out_capacity, result,
                               status);
}
