/* SPDX-License-Identifier: MIT */
#include "raster.h"

#include <string.h>

static Layout layout_of(const LayoutSpec *spec)
{
    Layout layout = {.tile_count = 0};
    Status status = {.code = STATUS_OK};
    layout_init(&layout, spec, &status);
    return layout;
}

Raster raster_random(Random *random, int64_t pixels_max)
{
    static const int sample_nbytes[] = {1, 2, 4, 8};
    const int64_t width = random_magnitude(random, 1, pixels_max);
    LayoutSpec spec = {.width = width,
                       .height =
                           random_magnitude(random, 1, pixels_max / width),
                       .bands = (int)random_magnitude(random, 1, 5),
                       .sample_nbytes = sample_nbytes[random_in(random, 0, 3)],
                       .planar = random_once_in(random, 2),
                       .strips = random_once_in(random, 3)};
    spec.sample_nbits = 8 * spec.sample_nbytes;
    /* Some tiles are larger than the raster; tiny ones need not be many. */
    const int64_t least = 1 + spec.width * spec.height / 4096;
    spec.tile_width = random_magnitude(random, min64(least, 64), 96);
    spec.tile_height = random_magnitude(random, min64(least, 64), 96);

    LayoutSpec mask = spec;
    mask.bands = mask.sample_nbytes = 1;
    mask.sample_nbits = 8;
    return (Raster){.layouts = {layout_of(&spec), layout_of(&mask)},
                    .image_count = (int)random_in(random, 1, 2)};
}

static void random_axis(Random *random, int64_t size, int64_t *phase,
                        int64_t *block)
{
    *block = random_magnitude(random, 1, size + size / 2);
    *phase = random_once_in(random, 2) ? 0 : random_in(random, 0, *block - 1);
}

BlockGrid raster_random_grid(Random *random, int64_t width, int64_t height)
{
    BlockGrid grid;
    random_axis(random, width, &grid.x0, &grid.block_width);
    random_axis(random, height, &grid.y0, &grid.block_height);
    return grid;
}

PlanInput raster_plan_input(const Raster *raster)
{
    const LayoutSpec *spec = &raster->layouts[0].spec;
    return (PlanInput){.width = spec->width,
                       .height = spec->height,
                       .tile_width = spec->tile_width,
                       .tile_height = spec->tile_height,
                       .grid = {0, 0, 1, 1},
                       .pixel_nbytes = swath_pixel_nbytes(raster->layouts,
                                                          raster->image_count),
                       .workers = 1,
                       .readers = 1};
}

Plan raster_random_plan(Random *random, const Raster *raster)
{
    const LayoutSpec *spec = &raster->layouts[0].spec;
    Plan plan = {.width = spec->width,
                 .height = spec->height,
                 .workers = 1,
                 .readers = 1,
                 .window_buffers = (int)random_in(random, 1, 2),
                 .slots = (int)random_in(random, 1, 4)};
    plan.carry_in_flight = (uint64_t)plan.slots;
    plan.grid = raster_random_grid(random, spec->width, spec->height);
    plan.step_x = plan.grid.block_width * random_magnitude(random, 1, 8);
    plan.step_y = plan.grid.block_height * random_magnitude(random, 1, 8);
    plan.traversal =
        random_once_in(random, 2) ? TRAVERSE_ROWS : TRAVERSE_COLUMNS;
    if (random_once_in(random, 3)) {
        plan.grid.x0 = 0;
        plan.step_x = spec->width;
    }
    plan.full_width = plan.grid.x0 == 0 && plan.step_x >= spec->width;
    plan.window_nbytes =
        (uint64_t)(min64(plan.step_x, spec->width) *
                   min64(plan.step_y, spec->height)) *
        swath_pixel_nbytes(raster->layouts, raster->image_count);
    return plan;
}

void raster_sample(const Raster *raster, int image, int band, int64_t x,
                   int64_t y, uint8_t *out)
{
    const uint64_t place =
        (uint64_t)((x * 65537 + y) * 64 + band) * 2 + (uint64_t)image;
    const uint64_t bytes = random_mix(place);
    memcpy(out, &bytes, (size_t)raster->layouts[image].spec.sample_nbytes);
}

void raster_fill(const Raster *raster, const Window *window, uint8_t *data)
{
    for (int image = 0; image < raster->image_count; image++) {
        const Layout *layout = &raster->layouts[image];
        for (int plane = 0; plane < layout->planes; plane++)
            for (int64_t y = window->y; y < window->y + window->height; y++)
                for (int64_t x = window->x; x < window->x + window->width; x++)
                    for (int i = 0; i < layout->samples_per_pixel; i++) {
                        raster_sample(raster, image, plane + i, x, y, data);
                        data += layout->spec.sample_nbytes;
                    }
    }
}

bool raster_tile_matches(const Raster *raster, int image, int plane,
                         int64_t tile_x, int64_t tile_y, const uint8_t *pixels,
                         size_t row_nbytes)
{
    const Layout *layout = &raster->layouts[image];
    const LayoutSpec *spec = &layout->spec;
    const int64_t x0 = tile_x * spec->tile_width;
    const int64_t y0 = tile_y * spec->tile_height;
    const int64_t x_end = min64(x0 + spec->tile_width, spec->width);
    const int64_t y_end = min64(y0 + spec->tile_height, spec->height);

    for (int64_t y = y0; y < y_end; y++) {
        const uint8_t *at = pixels + (size_t)(y - y0) * row_nbytes;
        for (int64_t x = x0; x < x_end; x++)
            for (int i = 0; i < layout->samples_per_pixel; i++) {
                uint8_t expected[8];
                raster_sample(raster, image, plane + i, x, y, expected);
                if (memcmp(at, expected, (size_t)spec->sample_nbytes) != 0)
                    return false;
                at += spec->sample_nbytes;
            }
    }
    return true;
}
