/* SPDX-License-Identifier: MIT */
/* Placements: which source pixels an output window needs, and which output
 * windows a source block serves, are one question asked from two sides. */
#include <limits.h>
#include <string.h>

#include "affine_placement.h"
#include "copying.h"
#include "gtest_c.h"
#include "random.h"

/** An axis in whole numbers: a source pixel p lies at (offset + scale * p) /
 * unit. */
typedef struct Exact {
    int64_t unit, offset, scale, halo;
    int64_t begin, end; /**< of what it can touch, in units too */
} Exact;

static Exact random_exact(Random *random)
{
    Exact axis = {.unit = random_in(random, 1, 12)};
    axis.scale = random_magnitude(random, 1, 40 * axis.unit);
    axis.offset = random_in(random, -300, 900);
    axis.halo = random_in(random, 1, 9);
    if (random_once_in(random, 3)) {
        axis.scale = axis.unit * random_in(random, 1, 3);
        axis.offset -= axis.offset % axis.unit;
        axis.halo = 0;
    }
    axis.begin = random_in(random, 0, 100 * axis.unit);
    axis.end = axis.begin + random_in(random, 1, 20000 * axis.unit);
    return axis;
}

static Placement *place_of(const Exact *x, const Exact *y)
{
    const double unit_x = (double)x->unit, unit_y = (double)y->unit;
    const Affine where = {.offset_x = (double)x->offset / unit_x,
                          .offset_y = (double)y->offset / unit_y,
                          .scale_x = (double)x->scale / unit_x,
                          .scale_y = (double)y->scale / unit_y,
                          .halo_x = (double)x->halo,
                          .halo_y = (double)y->halo,
                          .left = (double)x->begin / unit_x,
                          .top = (double)y->begin / unit_y,
                          .right = (double)x->end / unit_x,
                          .bottom = (double)y->end / unit_y};
    return affine_placement_new(&where);
}

/** An output pixel near where a source pixel lies, so that edges are met. */
static int64_t random_near(Random *random, const Exact *axis, int64_t source)
{
    const int64_t step = 1 + axis->scale / axis->unit;
    const int64_t at = (axis->offset + axis->scale * source) / axis->unit +
                       random_in(random, -12, 12) * step +
                       random_in(random, -2, 2);
    return at > 0 ? at : 0;
}

static Window random_source(Random *random)
{
    return (Window){.x = random_in(random, 0, 500),
                    .y = random_in(random, 0, 500),
                    .width = random_magnitude(random, 1, 500),
                    .height = random_magnitude(random, 1, 500)};
}

static Window random_output(Random *random, const Exact *x, const Exact *y,
                            const Window *source)
{
    return (Window){.x = random_near(random, x, source->x),
                    .y = random_near(random, y, source->y),
                    .width = random_magnitude(random, 1, 500),
                    .height = random_magnitude(random, 1, 500)};
}

static bool share_a_pixel(const Window *a, const Window *b)
{
    const Window shared = window_intersection(a, b);
    return !window_is_empty(&shared);
}

TEST_CASE(placement, a_window_needs_just_the_blocks_that_serve_it)
{
    enum { PLACES = 1000, PAIRS = 300 };
    Random random = {1};
    int served = 0;
    for (int i = 0; i < PLACES && !test_failed(); i++) {
        const Exact x = random_exact(&random), y = random_exact(&random);
        Placement *place = place_of(&x, &y);
        require(place != NULL);
        test_context("place %d", i);
        for (int j = 0; j < PAIRS; j++) {
            const Window source = random_source(&random);
            const Window output = random_output(&random, &x, &y, &source);
            const Window reached = placement_output(place, &source);
            const Window needed = placement_input(place, &output);
            const bool serves = share_a_pixel(&reached, &output);
            expect_int_eq(share_a_pixel(&needed, &source), serves);
            served += serves;
        }
        placement_free(place);
    }
    /* Neither always nor never. */
    expect_int_lt(PLACES * PAIRS / 20, served);
    expect_int_lt(served, PLACES * PAIRS * 19 / 20);
}

/** @return whether the output pixel lies where the source pixel with its halo
 * does, in exact numbers */
static bool lies_there(const Exact *axis, int64_t output, int64_t source)
{
    const int64_t begin = axis->offset + axis->scale * (source - axis->halo);
    const int64_t end = axis->offset + axis->scale * (source + 1 + axis->halo);
    const int64_t pixel = output * axis->unit;
    return begin < pixel + axis->unit && end > pixel;
}

/** @return whether the place touches the output pixel at all */
static bool is_touched(const Exact *axis, int64_t output)
{
    const int64_t pixel = output * axis->unit;
    return axis->begin < pixel + axis->unit && axis->end > pixel;
}

static void check_pixels(const Exact *axis, const Placement *place,
                         int64_t output, int64_t source)
{
    const Window from = {source, source, 1, 1}, to = {output, output, 1, 1};
    const Window reached = placement_output(place, &from);
    const Window needed = placement_input(place, &to);
    const bool reaches = share_a_pixel(&reached, &to);
    expect_int_eq(share_a_pixel(&needed, &from), reaches);
    if (lies_there(axis, output, source) && is_touched(axis, output))
        expect_true(reaches);
    if (!reaches)
        return;
    expect_true(is_touched(axis, output));
    /* One pixel of slack, and one by which numbers may be off. */
    const int64_t slack = axis->halo > 0 ? 2 : 0;
    bool near = false;
    for (int64_t i = output - slack; i <= output + slack; i++)
        near = near || lies_there(axis, i, source);
    expect_true(near);
}

TEST_CASE(placement, says_each_dependence_and_few_others)
{
    enum { PLACES = 300, PAIRS = 500 };
    Random random = {2};
    for (int i = 0; i < PLACES && !test_failed(); i++) {
        const Exact axis = random_exact(&random);
        Placement *place = place_of(&axis, &axis);
        require(place != NULL);
        test_context("place %d", i);
        for (int j = 0; j < PAIRS; j++) {
            const int64_t source = random_in(&random, 0, 1200);
            check_pixels(&axis, place, random_near(&random, &axis, source),
                         source);
        }
        placement_free(place);
    }
}

TEST_CASE(placement, pixels_in_part_are_pixels)
{
    const Affine where = {.offset_x = 0,
                          .scale_x = 1,
                          .scale_y = 1,
                          .left = 0.9,
                          .right = 2.6,
                          .top = 1,
                          .bottom = 3};
    Placement *place = affine_placement_new(&where);
    require(place != NULL);
    const Window all = {0, 0, 10, 10};
    const Window output = placement_output(place, &all);
    const Window input = placement_input(place, &all);
    placement_free(place);
    expect_int_eq(output.x, 0);
    expect_int_eq(output.width, 3);
    expect_int_eq(output.y, 1);
    expect_int_eq(output.height, 2);
    expect_int_eq(input.width, 3);
    expect_int_eq(input.y, 1);
    expect_int_eq(input.height, 2);
}

TEST_CASE(placement, halo_is_part_of_what_a_window_needs)
{
    const Affine where = {.offset_x = -10,
                          .offset_y = 5,
                          .scale_x = 2,
                          .scale_y = 0.5,
                          .halo_x = 3,
                          .halo_y = 4,
                          .right = 1000,
                          .bottom = 1000};
    Placement *place = affine_placement_new(&where);
    require(place != NULL);
    const Window output = {100, 100, 20, 20};
    const Window input = placement_input(place, &output);
    placement_free(place);
    /* Columns 110 to 130 of twice the size, one output pixel of slack, and the
     * halo; rows likewise. */
    expect_int_eq(input.x, 51);
    expect_int_eq(window_right(&input), 69);
    expect_int_eq(input.y, 184);
    expect_int_eq(window_bottom(&input), 236);
}

/** Expects the source's blocks to begin at lines of their grid. */
static void check_grid(const Exact *x, const Exact *y, int width, int height)
{
    Placement *place = place_of(x, y);
    require(place != NULL);
    const PlacedBlocks blocks = placement_blocks(place, width, height);
    const BlockGrid *grid = &blocks.grid;
    const bool exact = x->scale * width % x->unit == 0 && x->halo == 0 &&
                       y->scale * height % y->unit == 0 && y->halo == 0;
    placement_free(place);
    expect_int_eq(blocks.exact, exact);
    expect_true(grid->x0 >= 0 && grid->x0 < grid->block_width);
    expect_true(grid->y0 >= 0 && grid->y0 < grid->block_height);
    for (int k = 0; exact && k < 5; k++) {
        const int64_t column = (x->offset + x->scale * k * width) / x->unit;
        const int64_t row = (y->offset + y->scale * k * height) / y->unit;
        expect_int_eq((column - grid->x0) % grid->block_width, 0);
        expect_int_eq((row - grid->y0) % grid->block_height, 0);
        expect_int_eq(grid->block_width, x->scale * width / x->unit);
    }
    /* The halo's pixels, scaled up to whole ones. */
    expect_int_le(x->halo * x->scale, blocks.halo_x * x->unit);
    expect_int_lt((blocks.halo_x - 1) * x->unit, x->halo * x->scale + 1);
}

TEST_CASE(placement, blocks_lie_on_a_grid_with_a_phase)
{
    Random random = {3};
    for (int i = 0; i < 2000 && !test_failed(); i++) {
        const Exact x = random_exact(&random), y = random_exact(&random);
        test_context("place %d", i);
        check_grid(&x, &y, (int)random_magnitude(&random, 1, 500),
                   (int)random_magnitude(&random, 1, 500));
    }
    const Exact shifted = {.unit = 1, .offset = -100, .scale = 1, .end = 900};
    Placement *place = place_of(&shifted, &shifted);
    require(place != NULL);
    const PlacedBlocks blocks = placement_blocks(place, 300, 64);
    placement_free(place);
    expect_true(blocks.exact);
    expect_int_eq(blocks.grid.x0, 200);
    expect_int_eq(blocks.grid.y0, 28);
    expect_int_eq(blocks.area, 900 * 900);
    expect_int_eq(blocks.source_pixels, 1);
}

TEST_CASE(placement, equal_places_are_known_to_be)
{
    Exact x = {.unit = 3, .offset = 2, .scale = 7, .halo = 1, .end = 50};
    const Exact y = x;
    Placement *one = place_of(&x, &y), *same = place_of(&x, &y);
    x.end++;
    Placement *other = place_of(&x, &y);
    require(one != NULL && same != NULL && other != NULL);
    expect_true(placement_equal(one, same));
    expect_true(!placement_equal(one, other));
    placement_free(one);
    placement_free(same);
    placement_free(other);
    placement_free(NULL);
}

/* As far as a VRT is believed; sanitizers see what is no number of pixels. */
TEST_CASE(placement, far_away_is_nowhere)
{
    static const double offsets[] = {-1e12, 1e12, -7.5, 0};
    static const double scales[] = {1e-6, 1e6, 1. / 3, 1};
    for (int i = 0; i < COUNT_OF(offsets) * COUNT_OF(scales); i++) {
        const Affine where = {.offset_x = offsets[i / COUNT_OF(scales)],
                              .offset_y = offsets[i / COUNT_OF(scales)],
                              .scale_x = scales[i % COUNT_OF(scales)],
                              .scale_y = scales[i % COUNT_OF(scales)],
                              .halo_x = 1e9,
                              .halo_y = 2,
                              .right = INT_MAX,
                              .bottom = INT_MAX};
        Placement *place = affine_placement_new(&where);
        require(place != NULL);
        const Window all = {0, 0, INT_MAX, INT_MAX};
        const Window output = placement_output(place, &all);
        const Window input = placement_input(place, &all);
        test_context("offset %g, scale %g", where.offset_x, where.scale_x);
        placement_free(place);
        expect_true(window_is_empty(&output) ||
                    (output.x >= 0 && window_right(&output) <= INT_MAX));
        expect_true(input.x >= 0 && window_right(&input) <= INT_MAX);
        expect_int_eq(window_is_empty(&input), window_is_empty(&output));
    }
}
