/* SPDX-License-Identifier: MIT */
#include "verifier.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agreement.h"
#include "pack.h"
#include "tile_samples.h"

/** What is being checked. */
typedef struct Check {
    Verifier *verifier;
    const ImageSpec *image;
    const TileJob *job;
    CodecInput shape; /**< of what was encoded */
} Check;

static size_t sample_row_nbytes(const ImageSpec *image)
{
    return (size_t)image->layout.spec.tile_width *
           layout_pixel_nbytes(&image->layout);
}

static size_t tile_room(const ImageSpec *image)
{
    if (image->fidelity == FIDELITY_UNKNOWN)
        return 0;
    return image->codec->takes_samples
               ? sample_row_nbytes(image) *
                     (size_t)image->layout.spec.tile_height
               : image->layout.tile_nbytes;
}

static size_t row_room(const ImageSpec *image)
{
    if (image->fidelity == FIDELITY_UNKNOWN || image->codec->takes_samples)
        return 0;
    return sample_row_nbytes(image) +
           (image->half_float ? image->layout.row_nbytes : 0);
}

static size_t largest(const ImageSpec *images, int image_count,
                      size_t (*room)(const ImageSpec *))
{
    size_t result = 0;
    for (int i = 0; i < image_count; i++)
        if (room(&images[i]) > result)
            result = room(&images[i]);
    return result;
}

bool verifier_init(Verifier *verifier, const ImageSpec *images, int image_count)
{
    const size_t tile = largest(images, image_count, tile_room);
    const size_t row = largest(images, image_count, row_room);
    *verifier = (Verifier){.tile = tile > 0 ? malloc(tile) : NULL,
                           .row = row > 0 ? malloc(row) : NULL};
    return (tile == 0 || verifier->tile != NULL) &&
           (row == 0 || verifier->row != NULL);
}

void verifier_clear(Verifier *verifier)
{
    free(verifier->row);
    free(verifier->tile);
}

uint64_t verifier_nbytes(const ImageSpec *images, int image_count)
{
    return (uint64_t)largest(images, image_count, tile_room) +
           largest(images, image_count, row_room);
}

/** What codecs are given of this tile: see encoder.c. */
static CodecInput shape_of(const ImageSpec *image, const TileJob *job)
{
    const Layout *layout = &image->layout;
    CodecInput shape = {.row_nbytes = layout->row_nbytes,
                        .columns = layout->spec.tile_width,
                        .rows = layout_encoded_rows(layout, job->tile_y),
                        .plane = job->plane};
    if (image->codec->takes_samples) {
        shape.columns = layout_valid_columns(layout, job->tile_x);
        shape.rows = layout_valid_rows(layout, job->tile_y);
        shape.row_nbytes = tile_shape(layout, job).row_nbytes;
    }
    return shape;
}

/** Says which tile it is that @p how is said of. */
static bool fail(const Check *check, const char *how, Status *status)
{
    const ImageSpec *image = check->image;
    const LayoutSpec *spec = &image->layout.spec;
    char place[64], plane[32] = "", level[32] = "";
    if (spec->strips)
        snprintf(place, sizeof place, "strip %" PRId64, check->job->tile_y);
    else
        snprintf(place, sizeof place, "tile %" PRId64 ",%" PRId64,
                 check->job->tile_x, check->job->tile_y);
    if (spec->planar)
        snprintf(plane, sizeof plane, " of band %d", check->job->plane + 1);
    if (image->overview > 0)
        snprintf(level, sizeof level, " of overview %d", image->overview);
    return status_fail(
        status, STATUS_CODEC, "VERIFY: %s%s%s%s does not hold its pixels: %s%s",
        place, plane, image->is_mask ? " of the mask" : "", level,
        image->compress != NULL ? image->compress : image->codec->name, how);
}

/** Says that sample @p i of a row differs. */
static bool fail_at(const Check *check, int64_t row, size_t i, Status *status)
{
    const Layout *layout = &check->image->layout;
    const size_t samples = (size_t)layout->samples_per_pixel;
    const int64_t x = check->job->tile_x * layout->spec.tile_width;
    const int64_t y = check->job->tile_y * layout->spec.tile_height + row;
    char how[128];
    snprintf(how, sizeof how,
             " gives another value for band %d at pixel %" PRId64 ",%" PRId64,
             check->job->plane + (int)(i % samples) + 1,
             x + (int64_t)(i / samples), y);
    return fail(check, how, status);
}

static bool is_zero(const uint8_t *bytes, size_t nbytes)
{
    return nbytes == 0 ||
           (bytes[0] == 0 && memcmp(bytes, bytes + 1, nbytes - 1) == 0);
}

/** The samples of a row that was predicted and packed. The row does not
 * survive. */
static const uint8_t *samples_of_row(const Check *check, uint8_t *row)
{
    const ImageSpec *image = check->image;
    const LayoutSpec *spec = &image->layout.spec;
    const size_t stride = (size_t)image->layout.samples_per_pixel;
    const size_t samples = (size_t)spec->tile_width * stride;
    uint8_t *out = check->verifier->row;
    if (image->half_float) {
        uint8_t *halves = out + sample_row_nbytes(image);
        predictor_undo_row(image->predictor, halves, row, samples, stride, 2);
        unpack_half_row(out, halves, samples);
        return out;
    }
    if (spec->sample_nbits < 8 * spec->sample_nbytes) {
        unpack_row(out, row, samples, spec->sample_nbytes, spec->sample_nbits);
        return out;
    }
    if (image->predictor <= PREDICTOR_NONE)
        return row;
    predictor_undo_row(image->predictor, out, row, samples, stride,
                       spec->sample_nbytes);
    return out;
}

/** Compares a row of the raster's part of the tile. */
static bool check_row(const Check *check, int64_t y, const uint8_t *samples,
                      Status *status)
{
    const TileShape valid = tile_shape(&check->image->layout, check->job);
    const size_t end = agreement_end(check->image, tile_row(check->job, y),
                                     samples, valid.samples);
    if (end < valid.samples)
        return fail_at(check, y, end, status);
    return check->image->codec->takes_samples ||
           is_zero(samples + valid.row_nbytes,
                   sample_row_nbytes(check->image) - valid.row_nbytes) ||
           fail(check, " fills it up with something", status);
}

/** @param tile as the codec was given it; it does not survive */
static bool check_rows(const Check *check, uint8_t *tile, Status *status)
{
    const CodecInput *shape = &check->shape;
    const int64_t valid_rows =
        layout_valid_rows(&check->image->layout, check->job->tile_y);
    bool ok = true;
    for (int64_t y = 0; ok && y < shape->rows; y++) {
        uint8_t *row = tile + (size_t)y * shape->row_nbytes;
        if (y >= valid_rows)
            ok = is_zero(row, shape->row_nbytes) ||
                 fail(check, " fills it up with something", status);
        else
            ok = check_row(check, y,
                           check->image->codec->takes_samples
                               ? row
                               : samples_of_row(check, row),
                           status);
    }
    return ok;
}

/** Brings what a reader has before it undoes predictor and packing into the
 * verifier's tile. */
static bool decode(const Check *check, void *decoder_state,
                   const EncodedTile *encoded, Status *status)
{
    const Decoder *decoder = encoding_decoder(check->image);
    uint8_t *tile = check->verifier->tile;
    Status why = {.code = STATUS_OK};
    char how[256];
    if (decoder == NULL) {
        const size_t nbytes = codec_input_nbytes(&check->shape);
        if (encoded->nbytes != nbytes)
            return fail(check, " gives another number of bytes", status);
        memcpy(tile, encoded->bytes, nbytes);
        return true;
    }
    if (decoder->decode(decoder_state, &check->shape, encoded->bytes,
                        encoded->nbytes, tile, &why))
        return true;
    if (why.code != STATUS_CODEC)
        return status_merge(status, &why);
    snprintf(how, sizeof how, " does not decode: %.200s", why.message);
    return fail(check, how, status);
}

bool verifier_check(Verifier *verifier, const ImageSpec *image,
                    void *decoder_state, const TileJob *job,
                    const EncodedTile *encoded, Status *status)
{
    const Check check = {.verifier = verifier,
                         .image = image,
                         .job = job,
                         .shape = shape_of(image, job)};
    return decode(&check, decoder_state, encoded, status) &&
           (image->fidelity == FIDELITY_SHAPE ||
            check_rows(&check, verifier->tile, status));
}
