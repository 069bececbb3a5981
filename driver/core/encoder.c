/* SPDX-License-Identifier: MIT */
#include "encoder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pack.h"

struct Encoder {
    const ImageSpec *images;
    int image_count;
    void *states[SWATH_IMAGES_MAX];
    uint8_t *tile; /**< what the codec is given */
    uint8_t *row;  /**< one row of samples, replaced and padded */
    bool clipped[SWATH_IMAGES_MAX];
};

/** Bytes of one unpacked tile row. */
static size_t sample_row_nbytes(const Layout *layout)
{
    return (size_t)layout->spec.tile_width * (size_t)layout->samples_per_pixel *
           (size_t)layout->spec.sample_nbytes;
}

static size_t largest(const ImageSpec *images, int image_count,
                      size_t (*size)(const Layout *))
{
    size_t result = 0;
    for (int i = 0; i < image_count; i++)
        if (size(&images[i].layout) > result)
            result = size(&images[i].layout);
    return result;
}

static size_t tile_nbytes(const Layout *layout)
{
    return layout->tile_nbytes;
}

Encoder *encoder_new(const ImageSpec *images, int image_count)
{
    Encoder *encoder = calloc(1, sizeof *encoder);
    if (encoder == NULL)
        return NULL;
    encoder->images = images;
    encoder->image_count = image_count;
    encoder->tile = malloc(largest(images, image_count, tile_nbytes));
    encoder->row = malloc(largest(images, image_count, sample_row_nbytes));
    bool ok = encoder->tile != NULL && encoder->row != NULL;
    for (int i = 0; ok && i < image_count; i++) {
        encoder->states[i] = images[i].codec->open(images[i].level);
        ok = encoder->states[i] != NULL;
    }
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
    for (int i = 0; i < encoder->image_count; i++)
        if (encoder->states[i] != NULL)
            encoder->images[i].codec->close(encoder->states[i]);
    free(encoder->row);
    free(encoder->tile);
    free(encoder);
}

bool encoder_has_clipped(const Encoder *encoder, int image)
{
    return encoder->clipped[image];
}

uint64_t encoder_nbytes(const ImageSpec *images, int image_count)
{
    uint64_t nbytes = largest(images, image_count, tile_nbytes) +
                      largest(images, image_count, sample_row_nbytes);
    for (int i = 0; i < image_count; i++)
        nbytes += images[i].codec->state_nbytes(images[i].level,
                                                images[i].layout.tile_nbytes);
    return nbytes;
}

size_t encoder_bound(const ImageSpec *images, int image_count)
{
    size_t bound = 0;
    for (int i = 0; i < image_count; i++) {
        const size_t own = images[i].codec->bound(images[i].layout.tile_nbytes);
        bound = own > bound ? own : bound;
    }
    return bound;
}

/** The valid part of the tile that a job carries. */
typedef struct TileShape {
    size_t samples;    /**< of a valid row */
    size_t row_nbytes; /**< of a valid row in memory */
    int64_t rows;
} TileShape;

static TileShape tile_shape(const Layout *layout, const TileJob *job)
{
    TileShape shape;
    shape.samples = (size_t)layout_valid_columns(layout, job->tile_x) *
                    (size_t)layout->samples_per_pixel;
    shape.row_nbytes = shape.samples * (size_t)layout->spec.sample_nbytes;
    shape.rows = layout_valid_rows(layout, job->tile_y);
    return shape;
}

static void replace_nan(const ImageSpec *image, uint8_t *row, size_t samples)
{
    if (image->layout.spec.sample_nbytes == 4) {
        float *values = (float *)(void *)row, by;
        memcpy(&by, image->nan_sample, sizeof by);
        for (size_t i = 0; i < samples; i++)
            values[i] = isnan(values[i]) ? by : values[i];
    } else {
        double *values = (double *)(void *)row, by;
        memcpy(&by, image->nan_sample, sizeof by);
        for (size_t i = 0; i < samples; i++)
            values[i] = isnan(values[i]) ? by : values[i];
    }
}

/** @return the row at @p pixels, or a copy of it where it must be changed:
 * padded with zeros to the tile's width, as GDAL's block cache pads. */
static const uint8_t *prepare_row(Encoder *encoder, const ImageSpec *image,
                                  const TileShape *shape, const uint8_t *pixels)
{
    const size_t full_nbytes = sample_row_nbytes(&image->layout);
    if (shape->row_nbytes == full_nbytes && !image->replace_nan)
        return pixels;
    memcpy(encoder->row, pixels, shape->row_nbytes);
    if (image->replace_nan)
        replace_nan(image, encoder->row, shape->samples);
    memset(encoder->row + shape->row_nbytes, 0,
           full_nbytes - shape->row_nbytes);
    return encoder->row;
}

/** Bit for bit: -0.0 and 0.0 differ, so that none is ever lost. */
static bool holds_only(Encoder *encoder, const ImageSpec *image,
                       const TileJob *job, const uint8_t *sample)
{
    const size_t nbytes = (size_t)image->layout.spec.sample_nbytes;
    const TileShape shape = tile_shape(&image->layout, job);
    for (int64_t y = 0; y < shape.rows; y++) {
        const uint8_t *row = prepare_row(
            encoder, image, &shape, job->pixels + (size_t)y * job->row_nbytes);
        /* The first is the sample, and each equals the one before it. */
        if (memcmp(row, sample, nbytes) != 0 ||
            memcmp(row, row + nbytes, shape.row_nbytes - nbytes) != 0)
            return false;
    }
    return true;
}

/** Brings one row of samples into the form that the codec is given. */
static void encode_row(Encoder *encoder, const TileJob *job, uint8_t *out,
                       const uint8_t *row)
{
    const ImageSpec *image = &encoder->images[job->image];
    const LayoutSpec *spec = &image->layout.spec;
    const size_t stride = (size_t)image->layout.samples_per_pixel;
    const size_t samples = (size_t)spec->tile_width * stride;
    bool *clipped = &encoder->clipped[job->image];

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

/** Brings the tile into the form that the codec is given.
 * @return its size */
static size_t prepare_tile(Encoder *encoder, const ImageSpec *image,
                           const TileJob *job)
{
    const Layout *layout = &image->layout;
    const TileShape shape = tile_shape(layout, job);
    const size_t nbytes =
        layout->row_nbytes * (size_t)layout_encoded_rows(layout, job->tile_y);
    uint8_t *out = encoder->tile;

    for (int64_t y = 0; y < shape.rows; y++, out += layout->row_nbytes)
        encode_row(encoder, job, out,
                   prepare_row(encoder, image, &shape,
                               job->pixels + (size_t)y * job->row_nbytes));
    /* Rows of zeros stay zeros under every predictor. */
    memset(out, 0, (size_t)(encoder->tile + nbytes - out));
    return nbytes;
}

bool encoder_encode(Encoder *encoder, const TileJob *job, uint8_t *out,
                    size_t out_capacity, size_t *out_nbytes, Status *status)
{
    const ImageSpec *image = &encoder->images[job->image];
    *out_nbytes = 0;
    if (image->skip_empty &&
        holds_only(encoder, image, job, image->empty_sample))
        return true;
    const size_t nbytes = prepare_tile(encoder, image, job);
    return image->codec->encode(encoder->states[job->image], encoder->tile,
                                nbytes, out, out_capacity, out_nbytes, status);
}
