/* SPDX-License-Identifier: MIT */
#include "layout.h"

#include <limits.h>
#include <stdlib.h>

#include "gtest_c.h"
#include "raster.h"

static const LayoutSpec rgb = {.width = 1000,
                               .height = 700,
                               .bands = 3,
                               .sample_nbytes = 2,
                               .sample_nbits = 16,
                               .tile_width = 256,
                               .tile_height = 128};

/** @return whether layout_init() refuses @p spec with a message */
static bool refuses(const LayoutSpec *spec)
{
    Layout layout;
    Status status = {.code = STATUS_OK};
    return !layout_init(&layout, spec, &status) &&
           status.code == STATUS_INVALID && status.message[0] != '\0';
}

static Layout layout_of(const LayoutSpec *spec)
{
    Layout layout = {.tile_count = -1};
    Status status = {.code = STATUS_OK};
    expect_true(layout_init(&layout, spec, &status));
    expect_int_eq(status.code, STATUS_OK);
    return layout;
}

TEST_CASE(layout, pixel_interleaved_tile_holds_all_bands)
{
    const Layout layout = layout_of(&rgb);
    expect_int_eq(layout.planes, 1);
    expect_int_eq(layout.samples_per_pixel, 3);
    expect_int_eq(layout.tiles_across, 4);
    expect_int_eq(layout.tiles_down, 6);
    expect_int_eq(layout.tile_count, 24);
    expect_int_eq(layout.row_nbytes, 256 * 3 * 2);
    expect_int_eq(layout.tile_nbytes, 256 * 3 * 2 * 128);
}

TEST_CASE(layout, band_interleaved_tile_holds_one_band)
{
    LayoutSpec spec = rgb;
    spec.planar = true;
    const Layout layout = layout_of(&spec);
    expect_int_eq(layout.planes, 3);
    expect_int_eq(layout.samples_per_pixel, 1);
    expect_int_eq(layout.tile_count, 3 * 24);
    expect_int_eq(layout.row_nbytes, 256 * 2);
    expect_int_eq(layout.tile_nbytes, 256 * 2 * 128);
}

TEST_CASE(layout, strip_spans_the_raster_and_is_no_higher)
{
    LayoutSpec spec = rgb;
    spec.strips = true;
    spec.tile_height = 5000;
    const Layout layout = layout_of(&spec);
    expect_int_eq(layout.spec.tile_width, 1000);
    expect_int_eq(layout.spec.tile_height, 700);
    expect_int_eq(layout.tile_count, 1);
}

TEST_CASE(layout, only_strips_end_with_the_raster)
{
    LayoutSpec spec = rgb;
    const Layout tiles = layout_of(&spec);
    spec.strips = true;
    const Layout strips = layout_of(&spec);
    expect_int_eq(layout_valid_rows(&tiles, 5), 700 - 5 * 128);
    expect_int_eq(layout_encoded_rows(&tiles, 5), 128);
    expect_int_eq(layout_encoded_rows(&strips, 4), 128);
    expect_int_eq(layout_encoded_rows(&strips, 5), 700 - 5 * 128);
}

TEST_CASE(layout, packed_rows_end_on_whole_bytes)
{
    LayoutSpec spec = rgb;
    spec.sample_nbits = 11;
    spec.tile_width = 3;
    const Layout layout = layout_of(&spec);
    expect_int_eq(layout.row_nbytes, (3 * 3 * 11 + 7) / 8);
    expect_int_eq(layout.tile_nbytes, 13 * 128);
}

TEST_CASE(layout, tiles_cover_each_pixel_once_and_have_an_index_each)
{
    Random random = {.state = 1};
    for (int i = 0; i < 2000 && !test_failed(); i++) {
        test_context("case %d", i);
        const Raster raster = raster_random(&random, 5000);
        const Layout *layout = &raster.layouts[0];
        uint8_t *seen = calloc((size_t)layout->tile_count, 1);
        int64_t pixels = 0;
        for (int plane = 0; plane < layout->planes; plane++)
            for (int64_t y = 0; y < layout->tiles_down; y++)
                for (int64_t x = 0; x < layout->tiles_across; x++) {
                    const int64_t columns = layout_valid_columns(layout, x);
                    const int64_t rows = layout_valid_rows(layout, y);
                    expect_int_le(1, columns);
                    expect_int_le(columns, layout->spec.tile_width);
                    expect_int_le(1, rows);
                    expect_int_le(rows, layout_encoded_rows(layout, y));
                    pixels += columns * rows;

                    const int64_t index =
                        layout_tile_index(layout, plane, x, y);
                    const bool fresh = index >= 0 &&
                                       index < layout->tile_count &&
                                       !seen[index];
                    expect_true(fresh);
                    if (fresh)
                        seen[index] = 1;
                }
        expect_int_eq(pixels, layout->spec.width * layout->spec.height *
                                  layout->planes);
        free(seen);
    }
}

TEST_CASE(layout, index_runs_along_rows_then_down_then_through_planes)
{
    LayoutSpec spec = rgb;
    spec.planar = true;
    const Layout layout = layout_of(&spec);
    expect_int_eq(layout_tile_index(&layout, 0, 0, 0), 0);
    expect_int_eq(layout_tile_index(&layout, 0, 1, 0), 1);
    expect_int_eq(layout_tile_index(&layout, 0, 0, 1), 4);
    expect_int_eq(layout_tile_index(&layout, 1, 0, 0), 24);
}

#define REFUSES(...)                                                           \
    do {                                                                       \
        LayoutSpec spec = rgb;                                                 \
        __VA_ARGS__;                                                           \
        expect_true(refuses(&spec));                                           \
    } while (0)

TEST_CASE(layout, refuses_numbers_out_of_range)
{
    const int64_t beyond = (int64_t)INT_MAX + 1;
    REFUSES(spec.width = 0);
    REFUSES(spec.width = beyond);
    REFUSES(spec.height = -1);
    REFUSES(spec.height = beyond);
    REFUSES(spec.bands = 0);
    REFUSES(spec.bands = 65536);
    REFUSES(spec.sample_nbytes = 0);
    REFUSES(spec.sample_nbits = 0);
    REFUSES(spec.sample_nbits = 17);
    REFUSES(spec.tile_width = 0);
    REFUSES(spec.tile_width = beyond);
    REFUSES(spec.tile_height = 0);
    REFUSES(spec.tile_height = beyond);
}

TEST_CASE(layout, tile_may_hold_int_max_bytes_and_no_more)
{
    LayoutSpec spec = rgb;
    spec.bands = 1;
    spec.sample_nbytes = 1;
    spec.sample_nbits = 8;
    spec.tile_width = INT_MAX;
    spec.tile_height = 1;
    expect_int_eq(layout_of(&spec).tile_nbytes, INT_MAX);
    spec.tile_height = 2;
    expect_true(refuses(&spec));
    REFUSES(spec.tile_width = 1 << 15, spec.tile_height = 1 << 14);
    REFUSES(spec.tile_width = spec.tile_height = INT_MAX, spec.bands = 65535,
            spec.sample_nbytes = 16, spec.sample_nbits = 128);
}

TEST_CASE(layout, there_may_be_int_max_tiles_and_no_more)
{
    LayoutSpec spec = rgb;
    spec.tile_width = spec.tile_height = 1;
    spec.width = INT_MAX;
    spec.height = 1;
    expect_int_eq(layout_of(&spec).tile_count, INT_MAX);
    spec.height = 2;
    expect_true(refuses(&spec));
    REFUSES(spec.tile_width = spec.tile_height = 1, spec.width = INT_MAX,
            spec.height = INT_MAX);
    REFUSES(spec.tile_width = spec.tile_height = 1, spec.planar = true,
            spec.width = INT_MAX / 2, spec.height = 1);
}
