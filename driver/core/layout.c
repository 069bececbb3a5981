/* SPDX-License-Identifier: MIT */
#include "layout.h"

#include <inttypes.h>
#include <limits.h>

#include "int_math.h"

static bool check_spec(const LayoutSpec *spec, Status *status)
{
    if (spec->width < 1 || spec->width > INT_MAX || spec->height < 1 ||
        spec->height > INT_MAX)
        return status_fail(status, STATUS_INVALID,
                           "raster size %" PRId64 "x%" PRId64
                           " is not one that TIFF can have",
                           spec->width, spec->height);
    if (spec->bands < 1 || spec->bands > UINT16_MAX)
        return status_fail(status, STATUS_INVALID,
                           "%d bands: TIFF holds 1 to 65535", spec->bands);
    if (spec->sample_nbits < 1 || spec->sample_nbytes < 1 ||
        spec->sample_nbytes > 16 ||
        spec->sample_nbits > 8 * spec->sample_nbytes)
        return status_fail(status, STATUS_INVALID,
                           "%d bits do not come from samples of %d bytes",
                           spec->sample_nbits, spec->sample_nbytes);
    if (spec->tile_width < 1 || spec->tile_width > INT_MAX ||
        spec->tile_height < 1 || spec->tile_height > INT_MAX)
        return status_fail(status, STATUS_INVALID,
                           "tile size %" PRId64 "x%" PRId64 " is out of range",
                           spec->tile_width, spec->tile_height);
    return true;
}

bool layout_init(Layout *layout, const LayoutSpec *spec, Status *status)
{
    if (!check_spec(spec, status))
        return false;

    layout->spec = *spec;
    LayoutSpec *own = &layout->spec;
    if (own->strips) {
        own->tile_width = own->width;
        if (own->tile_height > own->height)
            own->tile_height = own->height;
    }
    layout->planes = own->planar ? own->bands : 1;
    layout->samples_per_pixel = own->planar ? 1 : own->bands;
    layout->tiles_across = divide_up(own->width, own->tile_width);
    layout->tiles_down = divide_up(own->height, own->tile_height);

    /* In bits this fits 64: 2^31 columns * 2^16 samples * 2^7 bits. */
    const int64_t row_nbytes =
        divide_up(own->tile_width * layout->samples_per_pixel *
                      (int64_t)own->sample_nbits,
                  8);
    if (row_nbytes > INT_MAX || row_nbytes * own->tile_height > INT_MAX)
        return status_fail(
            status, STATUS_INVALID,
            "a %s of %" PRId64 "x%" PRId64 " pixels and %d samples holds more "
            "than 2 GiB: choose a smaller BLOCKXSIZE or BLOCKYSIZE, or "
            "INTERLEAVE=BAND",
            own->strips ? "strip" : "tile", own->tile_width, own->tile_height,
            layout->samples_per_pixel);
    const int64_t positions = layout->tiles_across * layout->tiles_down;
    if (positions > INT_MAX / layout->planes)
        return status_fail(status, STATUS_INVALID,
                           "more than 2^31 - 1 tiles: choose a larger "
                           "BLOCKXSIZE or BLOCKYSIZE");
    layout->tile_count = positions * layout->planes;
    layout->row_nbytes = (size_t)row_nbytes;
    layout->tile_nbytes = (size_t)(row_nbytes * own->tile_height);
    return true;
}

int64_t layout_encoded_rows(const Layout *layout, int64_t tile_y)
{
    return layout->spec.strips ? layout_valid_rows(layout, tile_y)
                               : layout->spec.tile_height;
}

size_t layout_pixel_nbytes(const Layout *layout)
{
    return (size_t)layout->samples_per_pixel *
           (size_t)layout->spec.sample_nbytes;
}

int64_t layout_valid_columns(const Layout *layout, int64_t tile_x)
{
    const int64_t left = layout->spec.width - tile_x * layout->spec.tile_width;
    return left < layout->spec.tile_width ? left : layout->spec.tile_width;
}

int64_t layout_valid_rows(const Layout *layout, int64_t tile_y)
{
    const int64_t left =
        layout->spec.height - tile_y * layout->spec.tile_height;
    return left < layout->spec.tile_height ? left : layout->spec.tile_height;
}

Window layout_tile_window(const Layout *layout, int64_t tile_x, int64_t tile_y)
{
    return (Window){.x = tile_x * layout->spec.tile_width,
                    .y = tile_y * layout->spec.tile_height,
                    .width = layout_valid_columns(layout, tile_x),
                    .height = layout_valid_rows(layout, tile_y)};
}

int64_t layout_tile_index(const Layout *layout, int plane, int64_t tile_x,
                          int64_t tile_y)
{
    return (plane * layout->tiles_down + tile_y) * layout->tiles_across +
           tile_x;
}
