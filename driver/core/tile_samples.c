/* SPDX-License-Identifier: MIT */
#include "tile_samples.h"

#include <math.h>
#include <string.h>

TileShape tile_shape(const Layout *layout, const TileJob *job)
{
    TileShape shape;
    shape.samples = (size_t)layout_valid_columns(layout, job->tile_x) *
                    (size_t)layout->samples_per_pixel;
    shape.row_nbytes = shape.samples * (size_t)layout->spec.sample_nbytes;
    shape.rows = layout_valid_rows(layout, job->tile_y);
    return shape;
}

bool tile_is_copied(const ImageSpec *image, const TileJob *job)
{
    return image->copied != NULL &&
           image->copied[layout_tile_index(&image->layout, job->plane,
                                           job->tile_x, job->tile_y)] != 0;
}

bool tile_repeats(const Layout *layout, const TileJob *job, const uint8_t *unit,
                  size_t unit_nbytes)
{
    const TileShape shape = tile_shape(layout, job);
    for (int64_t y = 0; y < shape.rows; y++) {
        const uint8_t *row = tile_row(job, y);
        /* The first is the unit, and each equals the one before it. */
        if (memcmp(row, unit, unit_nbytes) != 0 ||
            memcmp(row, row + unit_nbytes, shape.row_nbytes - unit_nbytes) != 0)
            return false;
    }
    return true;
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

void tile_copy(const Layout *layout, TileJob *job, uint8_t *copy)
{
    const TileShape shape = tile_shape(layout, job);
    if (job->payload.of.pixels.samples == copy)
        return;
    for (int64_t y = 0; y < shape.rows; y++)
        memcpy(copy + (size_t)y * shape.row_nbytes, tile_row(job, y),
               shape.row_nbytes);
    job->payload.of.pixels.samples = copy;
    job->payload.of.pixels.row_nbytes = shape.row_nbytes;
}

void tile_replace_nan(const ImageSpec *image, TileJob *job, uint8_t *copy)
{
    const TileShape shape = tile_shape(&image->layout, job);
    tile_copy(&image->layout, job, copy);
    for (int64_t y = 0; y < shape.rows; y++)
        replace_nan(image, copy + (size_t)y * shape.row_nbytes, shape.samples);
}

void tile_fill_empty(const ImageSpec *image, TileJob *job, uint8_t *samples)
{
    const TileShape shape = tile_shape(&image->layout, job);
    const size_t nbytes = (size_t)image->layout.spec.sample_nbytes;
    const size_t count = shape.samples * (size_t)shape.rows;
    for (size_t i = 0; i < count; i++)
        memcpy(samples + i * nbytes, image->empty_sample, nbytes);
    job->payload = (Payload){
        .kind = PAYLOAD_PIXELS,
        .of.pixels = {.samples = samples, .row_nbytes = shape.row_nbytes}};
}
