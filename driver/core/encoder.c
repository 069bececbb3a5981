/* SPDX-License-Identifier: MIT */
#include "encoder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "flat_tile_cache.h"
#include "pack.h"

/** What a worker holds for images that are encoded alike. */
typedef struct Station {
    const ImageSpec *image; /**< the first of them; NULL: there is none */
    CodecSetup codec, filter;
    void *codec_state, *filter_state;
    bool clipped;
} Station;

struct Encoder {
    const ImageSpec *images;
    int image_count;
    Station encodings[ENCODINGS_MAX];
    uint8_t *samples;  /**< a tile of them, NaN replaced; only if one must be */
    uint8_t *filtered; /**< likewise, as the filter gives them */
    uint8_t *tile;     /**< what the codec is given */
    uint8_t *row;      /**< one row of samples, padded */
    FlatTileCache flat_tiles;
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
static size_t replaced_nbytes(const ImageSpec *image)
{
    return image->replace_nan ? samples_nbytes(image) : 0;
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

static CodecSetup codec_setup(const ImageSpec *image)
{
    return (CodecSetup){.layout = &image->layout,
                        .level = image->level,
                        .custom = image->codec_custom};
}

static CodecSetup filter_setup(const ImageSpec *image)
{
    return (CodecSetup){.layout = &image->layout,
                        .custom = image->filter_custom};
}

static bool station_open(Station *encoding, const ImageSpec *image)
{
    encoding->image = image;
    encoding->codec = codec_setup(image);
    encoding->filter = filter_setup(image);
    encoding->codec_state = image->codec->open(&encoding->codec);
    if (image->filter != NULL)
        encoding->filter_state = image->filter->open(&encoding->filter);
    return encoding->codec_state != NULL &&
           (image->filter == NULL || encoding->filter_state != NULL);
}

static void station_close(Station *encoding)
{
    if (encoding->codec_state != NULL)
        encoding->image->codec->close(encoding->codec_state);
    if (encoding->filter_state != NULL)
        encoding->image->filter->close(encoding->filter_state);
}

/** @return whether no image before image @p i is at its encoding */
static bool first_of_station(const ImageSpec *images, int i)
{
    int first = 0;
    while (images[first].encoding != images[i].encoding)
        first++;
    return first == i;
}

static Station *station_of(Encoder *encoder, int image)
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
    bool ok = allocate(&encoder->samples, encoder, replaced_nbytes) &&
              allocate(&encoder->filtered, encoder, filtered_nbytes) &&
              allocate(&encoder->tile, encoder, tile_nbytes) &&
              allocate(&encoder->row, encoder, row_nbytes);
    /* Always, so that it can be cleared. */
    ok = flat_tile_cache_init(&encoder->flat_tiles,
                              largest(images, image_count, pixel_nbytes)) &&
         ok;
    for (int i = 0; ok && i < image_count; i++)
        ok = !first_of_station(images, i) ||
             station_open(station_of(encoder, i), &images[i]);
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
        station_close(&encoder->encodings[i]);
    flat_tile_cache_clear(&encoder->flat_tiles);
    free(encoder->row);
    free(encoder->tile);
    free(encoder->filtered);
    free(encoder->samples);
    free(encoder);
}

bool encoder_has_clipped(const Encoder *encoder, int image)
{
    return encoder->encodings[encoder->images[image].encoding].clipped;
}

static uint64_t states_nbytes(const ImageSpec *image)
{
    const CodecSetup codec = codec_setup(image);
    const CodecSetup filter = filter_setup(image);
    return image->codec->state_nbytes(&codec) +
           (image->filter != NULL ? image->filter->state_nbytes(&filter) : 0);
}

uint64_t encoder_nbytes(const ImageSpec *images, int image_count)
{
    uint64_t nbytes = FLAT_TILE_NBYTES +
                      largest(images, image_count, pixel_nbytes) +
                      largest(images, image_count, replaced_nbytes) +
                      largest(images, image_count, filtered_nbytes) +
                      largest(images, image_count, tile_nbytes) +
                      largest(images, image_count, row_nbytes);
    for (int i = 0; i < image_count; i++)
        if (first_of_station(images, i))
            nbytes += states_nbytes(&images[i]);
    return nbytes;
}

static size_t encoded_bound(const ImageSpec *image)
{
    const CodecSetup setup = codec_setup(image);
    return image->codec->bound(&setup);
}

size_t encoder_bound(const ImageSpec *images, int image_count)
{
    return largest(images, image_count, encoded_bound);
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
    if (image->layout.spec.sample_nbytes == 2) {
        /* Half floats, for which C11 has no type. */
        enum { WITHOUT_SIGN = 0x7fff, INFINITE = 0x7c00 };
        uint16_t *values = (uint16_t *)(void *)row, by;
        memcpy(&by, image->nan_sample, sizeof by);
        for (size_t i = 0; i < samples; i++)
            values[i] = (values[i] & WITHOUT_SIGN) > INFINITE ? by : values[i];
    } else if (image->layout.spec.sample_nbytes == 4) {
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

/** Makes @p job one of a copy in which no sample is NaN. */
static void replace_all_nan(const Encoder *encoder, const ImageSpec *image,
                            TileJob *job)
{
    const TileShape shape = tile_shape(&image->layout, job);
    uint8_t *to = encoder->samples;
    for (int64_t y = 0; y < shape.rows; y++, to += shape.row_nbytes) {
        memcpy(to, job->pixels + (size_t)y * job->row_nbytes, shape.row_nbytes);
        replace_nan(image, to, shape.samples);
    }
    job->pixels = encoder->samples;
    job->row_nbytes = shape.row_nbytes;
}

/** The raster's part of a tile, for who takes samples. */
static CodecInput samples_of(const Layout *layout, const TileJob *job)
{
    return (CodecInput){.bytes = job->pixels,
                        .row_nbytes = job->row_nbytes,
                        .columns = layout_valid_columns(layout, job->tile_x),
                        .rows = layout_valid_rows(layout, job->tile_y),
                        .plane = job->plane};
}

/** Makes @p job one of a filtered copy. */
static bool filter(Encoder *encoder, const ImageSpec *image, TileJob *job,
                   Status *status)
{
    const CodecInput in = samples_of(&image->layout, job);
    const size_t capacity = samples_nbytes(image);
    size_t nbytes = 0;
    if (!image->filter->encode(station_of(encoder, job->image)->filter_state,
                               &in, encoder->filtered, capacity, &nbytes,
                               status))
        return false;
    job->pixels = encoder->filtered;
    job->row_nbytes = sample_row_nbytes(&image->layout);
    return true;
}

/** @return whether the rows of a tile are @p unit again and again. Bit for bit:
 * -0.0 and 0.0 differ, so that none is ever lost. */
static bool repeats(const Layout *layout, const TileJob *job,
                    const uint8_t *unit, size_t unit_nbytes)
{
    const TileShape shape = tile_shape(layout, job);
    for (int64_t y = 0; y < shape.rows; y++) {
        const uint8_t *row = job->pixels + (size_t)y * job->row_nbytes;
        /* The first is the unit, and each equals the one before it. */
        if (memcmp(row, unit, unit_nbytes) != 0 ||
            memcmp(row, row + unit_nbytes, shape.row_nbytes - unit_nbytes) != 0)
            return false;
    }
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
    bool *clipped = &station_of(encoder, job->image)->clipped;

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

/** Brings the tile into the form that the codec is given. */
static CodecInput prepare_tile(Encoder *encoder, const ImageSpec *image,
                               const TileJob *job)
{
    const Layout *layout = &image->layout;
    if (image->codec->takes_samples)
        return samples_of(layout, job);

    const TileShape shape = tile_shape(layout, job);
    const CodecInput in = {.bytes = encoder->tile,
                           .row_nbytes = layout->row_nbytes,
                           .columns = layout->spec.tile_width,
                           .rows = layout_encoded_rows(layout, job->tile_y),
                           .plane = job->plane};
    uint8_t *out = encoder->tile;
    for (int64_t y = 0; y < shape.rows; y++, out += layout->row_nbytes)
        encode_row(encoder, job, out,
                   pad_row(encoder, image, &shape,
                           job->pixels + (size_t)y * job->row_nbytes));
    /* Rows of zeros stay zeros under every predictor. */
    memset(out, 0, (size_t)(in.rows - shape.rows) * layout->row_nbytes);
    return in;
}

/** Fills the records of the tile, which no other job has to do with. */
static void count_pixels(const ImageSpec *image, const TileJob *job)
{
    const Layout *layout = &image->layout;
    const TileShape shape = tile_shape(layout, job);
    const size_t sample_nbytes = (size_t)layout->spec.sample_nbytes;
    const int samples = layout->samples_per_pixel;
    Statistics *records =
        image->statistics +
        layout_tile_index(layout, job->plane, job->tile_x, job->tile_y) *
            samples;
    for (int i = 0; i < samples; i++) {
        const bool masked =
            job->validity.pixels != NULL && job->plane + i != image->alpha;
        for (int64_t y = 0; y < shape.rows; y++) {
            const StatisticsRow row = {
                .samples = job->pixels + (size_t)y * job->row_nbytes +
                           (size_t)i * sample_nbytes,
                .count = shape.samples / (size_t)samples,
                .stride = sample_nbytes * (size_t)samples,
                .validity = masked ? job->validity.pixels +
                                         (size_t)y * job->validity.row_nbytes
                                   : NULL,
                .validity_nbytes = image->validity_nbytes,
                .validity_stride = job->validity.pixel_nbytes};
            statistics_add_row(&records[i], &image->rule, &row);
        }
    }
}

/** Encodes a tile, unless it is a flat one that was just encoded. */
static bool encode_once(Encoder *encoder, const TileJob *job, uint8_t *out,
                        size_t out_capacity, size_t *out_nbytes, Status *status)
{
    const ImageSpec *image = &encoder->images[job->image];
    const Layout *layout = &image->layout;
    FlatTileCache *flat_tiles = &encoder->flat_tiles;
    const bool flat =
        repeats(layout, job, job->pixels, layout_pixel_nbytes(layout));
    if (flat && flat_tile_cache_has(flat_tiles, layout, job)) {
        memcpy(out, flat_tiles->bytes, flat_tiles->nbytes);
        *out_nbytes = flat_tiles->nbytes;
        return true;
    }
    const CodecInput in = prepare_tile(encoder, image, job);
    if (!image->codec->encode(station_of(encoder, job->image)->codec_state, &in,
                              out, out_capacity, out_nbytes, status))
        return false;
    if (flat)
        flat_tile_cache_keep(flat_tiles, layout, job, out, *out_nbytes);
    return true;
}

bool encoder_encode(Encoder *encoder, const TileJob *given, uint8_t *out,
                    size_t out_capacity, size_t *out_nbytes, Status *status)
{
    const ImageSpec *image = &encoder->images[given->image];
    TileJob job = *given;
    *out_nbytes = 0;
    if (image->replace_nan)
        replace_all_nan(encoder, image, &job);
    const bool empty =
        image->skip_empty && repeats(&image->layout, &job, image->empty_sample,
                                     (size_t)image->layout.spec.sample_nbytes);
    if (!empty && image->filter != NULL &&
        !filter(encoder, image, &job, status))
        return false;
    if (image->statistics != NULL)
        count_pixels(image, &job);
    if (empty)
        return true;
    return encode_once(encoder, &job, out, out_capacity, out_nbytes, status);
}
