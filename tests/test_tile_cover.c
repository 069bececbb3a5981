/* SPDX-License-Identifier: MIT */
#include "tile_cover.h"

#include "gtest_c.h"
#include "random.h"

enum { WIDTH = 45, HEIGHT = 30, TILE = 10, ACROSS = 5, DOWN = 3 };

static void cover_init(TileCover *cover, Layout *layout)
{
    const LayoutSpec spec = {.width = WIDTH,
                             .height = HEIGHT,
                             .bands = 2,
                             .planar = true,
                             .sample_nbytes = 1,
                             .sample_nbits = 8,
                             .tile_width = TILE,
                             .tile_height = TILE};
    Status status = {.code = STATUS_OK};
    expect_true(layout_init(layout, &spec, &status));
    expect_true(tile_cover_init(cover, layout, &status));
}

TEST_CASE(tile_cover, last_one_that_covers_a_tile_shows)
{
    static const Window first = {0, 0, 30, 20}, second = {20, 0, 10, 30},
                        part = {35, 15, 3, 3}, beyond = {-9, 20, 19, 99};
    static const int32_t expected[] = {0,  0, 1,  -1,
                                       -1, /* */
                                       0,  0, 1,  TILE_COVER_MIXED,
                                       -1, 7, -1, 1,
                                       -1, -1};
    TileCover cover;
    Layout layout;
    cover_init(&cover, &layout);
    tile_cover_paint(&cover, &first, 0);
    tile_cover_paint(&cover, &second, 1);
    tile_cover_paint(&cover, &part, 2);
    tile_cover_paint(&cover, &beyond, 7);
    for (int i = 0; i < ACROSS * DOWN; i++) {
        test_context("tile %d", i);
        expect_int_eq(cover.shown[i], expected[i]);
    }
    tile_cover_free(&cover);
}

TEST_CASE(tile_cover, tile_at_the_edge_is_what_it_has_of_the_raster)
{
    static const Window strip = {40, 0, 5, 30};
    TileCover cover;
    Layout layout;
    cover_init(&cover, &layout);
    tile_cover_paint(&cover, &strip, 3);
    for (int y = 0; y < DOWN; y++)
        expect_int_eq(cover.shown[y * ACROSS + 4], 3);
    tile_cover_free(&cover);
}

TEST_CASE(tile_cover, picture_that_lets_through_is_alone_on_its_ground)
{
    static const Window all = {0, 0, WIDTH, HEIGHT}, tile = {0, 0, 10, 10},
                        next = {10, 0, 10, 10};
    TileCover cover;
    Layout layout;
    cover_init(&cover, &layout);
    tile_cover_paint_on(&cover, &tile, 1, TILE_COVER_GROUND);
    expect_int_eq(cover.shown[0], 1);
    tile_cover_paint_on(&cover, &all, 2, TILE_COVER_GROUND);
    expect_int_eq(cover.shown[0], TILE_COVER_MIXED);
    expect_int_eq(cover.shown[1], 2);
    /* Grounds are several. */
    tile_cover_paint(&cover, &all, -2);
    tile_cover_paint_on(&cover, &tile, 3, TILE_COVER_GROUND);
    tile_cover_paint_on(&cover, &next, 4, -2);
    expect_int_eq(cover.shown[0], TILE_COVER_MIXED);
    expect_int_eq(cover.shown[1], 4);
    tile_cover_free(&cover);
}

/** Paints random rectangles on pixels, too. */
TEST_CASE(tile_cover, tile_shows_what_all_its_pixels_show)
{
    enum { ROUNDS = 300, PICTURES = 6 };
    Random random = {4711};
    for (int round = 0; round < ROUNDS; round++) {
        int32_t pixels[HEIGHT][WIDTH];
        TileCover cover;
        Layout layout;
        cover_init(&cover, &layout);
        for (int i = 0; i < HEIGHT * WIDTH; i++)
            pixels[i / WIDTH][i % WIDTH] = TILE_COVER_GROUND;
        for (int32_t picture = 0; picture < PICTURES; picture++) {
            const int64_t step = random_once_in(&random, 2) ? TILE : 1;
            const Window at = {step * random_in(&random, -8 / step, 50 / step),
                               step * random_in(&random, -8 / step, 40 / step),
                               step * random_in(&random, 1, 30 / step),
                               step * random_in(&random, 1, 30 / step)};
            bool any = false;
            tile_cover_paint(&cover, &at, picture);
            for (int64_t y = max64(0, at.y);
                 y < min64(HEIGHT, window_bottom(&at)); y++)
                for (int64_t x = max64(0, at.x);
                     x < min64(WIDTH, window_right(&at)); x++)
                    pixels[y][x] = picture;
            for (int i = 0; i < ACROSS * DOWN; i++)
                any = any || cover.shown[i] == picture;
            expect_true(any == tile_cover_holds_any(&layout, &at));
        }
        for (int i = 0; i < ACROSS * DOWN; i++) {
            const int32_t shown = cover.shown[i];
            const int64_t left = i % ACROSS * TILE, top = i / ACROSS * TILE;
            for (int64_t y = top; y < min64(HEIGHT, top + TILE); y++)
                for (int64_t x = left; x < min64(WIDTH, left + TILE); x++)
                    expect_true(shown == TILE_COVER_MIXED ||
                                shown == pixels[y][x]);
        }
        tile_cover_free(&cover);
    }
}
