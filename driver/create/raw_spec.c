/* SPDX-License-Identifier: MIT */
#include "raw_spec.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "int_math.h"

static bool describe(ImageSpec *raw, const ImageSpec *image, int64_t tile_width,
                     int64_t tile_height, Status *status)
{
    LayoutSpec spec = image->layout.spec;
    spec.planar = true;
    spec.strips = false;
    spec.sample_nbits = CHAR_BIT * spec.sample_nbytes;
    spec.tile_width = tile_width;
    spec.tile_height = tile_height;
    *raw = (ImageSpec){.encoding =
                           image->is_mask ? ENCODING_MASK : ENCODING_RASTER,
                       .sample_format = image->sample_format,
                       .codec = &codec_none,
                       .predictor = PREDICTOR_NONE,
                       .overview = image->overview,
                       .is_mask = image->is_mask};
    memcpy(raw->empty_sample, image->empty_sample, sizeof raw->empty_sample);
    return layout_init(&raw->layout, &spec, status);
}

FileSpec *raw_spec_new(const FileSpec *file, int level_count,
                       int64_t tile_width, int64_t tile_height, Status *status)
{
    FileSpec *raw = malloc(sizeof *raw);
    if (raw == NULL) {
        status_fail(status, STATUS_NO_MEMORY, "out of memory");
        return NULL;
    }
    *raw = *file;
    raw->level_count = level_count;
    raw->holes = NULL;
    raw->validity = (ValidityPlane){.present = false};
    raw->raster.options.statistics = false;
    /* No order is that of a file. */
    raw->cog.cog = false;
    for (int i = 0; i < file_spec_image_count(raw); i++) {
        if (!describe(&raw->images[i], &file->images[i], tile_width,
                      tile_height, status)) {
            free(raw);
            return NULL;
        }
        raw->layouts[i] = raw->images[i].layout;
    }
    return raw;
}
