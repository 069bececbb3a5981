/* SPDX-License-Identifier: MIT */
#include "tile_statistics.h"

#include "tile_samples.h"

Statistics *tile_statistics(const ImageSpec *image, const TileJob *job)
{
    const Layout *layout = &image->layout;
    return image->statistics +
           layout_tile_index(layout, job->plane, job->tile_x, job->tile_y) *
               layout->samples_per_pixel;
}

void tile_statistics_count(const ImageSpec *image, const TileJob *job,
                           bool is_hole)
{
    const Layout *layout = &image->layout;
    const TileShape shape = tile_shape(layout, job);
    const PlaneView *validity = &job->payload.of.pixels.validity;
    const size_t sample_nbytes = (size_t)layout->spec.sample_nbytes;
    const int samples = layout->samples_per_pixel;
    Statistics *records = tile_statistics(image, job);
    for (int i = 0; i < samples; i++) {
        const bool may_be_masked = job->plane + i != image->alpha;
        const bool masked = image->validity_nbytes > 0 &&
                            validity->pixels != NULL && may_be_masked;
        if (is_hole && image->validity_nbytes > 0 && may_be_masked)
            continue;
        for (int64_t y = 0; y < shape.rows; y++) {
            const StatisticsRow row = {
                .samples = tile_row(job, y) + (size_t)i * sample_nbytes,
                .count = shape.samples / (size_t)samples,
                .stride = sample_nbytes * (size_t)samples,
                .validity =
                    masked ? validity->pixels + (size_t)y * validity->row_nbytes
                           : NULL,
                .validity_nbytes = image->validity_nbytes,
                .validity_stride = validity->pixel_nbytes};
            statistics_add_row(&records[i], &image->rule, &row);
        }
    }
}
