/* SPDX-License-Identifier: MIT */
#include "held_blocks.h"

#include <string.h>

#include "gtest_c.h"
#include "random.h"

enum { WIDTH = 100, HEIGHT = 70, BLOCK_WIDTH = 16, BLOCK_HEIGHT = 9 };
enum { ACROSS = 7, DOWN = 8, IMAGES = 3, BLOCK_NBYTES = 10 };

static const HeldBlocksSpec spec = {.width = WIDTH,
                                    .height = HEIGHT,
                                    .block_width = BLOCK_WIDTH,
                                    .block_height = BLOCK_HEIGHT,
                                    .images = IMAGES,
                                    .block_nbytes = BLOCK_NBYTES};

static Window random_window(Random *random)
{
    const int64_t x = random_in(random, 0, WIDTH - 1);
    const int64_t y = random_in(random, 0, HEIGHT - 1);
    return (Window){.x = x,
                    .y = y,
                    .width = random_in(random, 1, WIDTH - x),
                    .height = random_in(random, 1, HEIGHT - y)};
}

/** Marks the blocks of all pixels of a window, one by one.
 * @return how many were not marked */
static int mark(bool held[DOWN][ACROSS], const Window *window)
{
    int missing = 0;
    for (int64_t y = window->y; y < window_bottom(window); y++) {
        for (int64_t x = window->x; x < window_right(window); x++) {
            bool *block = &held[y / BLOCK_HEIGHT][x / BLOCK_WIDTH];
            missing += !*block;
            *block = true;
        }
    }
    return missing;
}

TEST_CASE(held_blocks, each_block_counts_once_until_all_are_cleared)
{
    bool expected[IMAGES][DOWN][ACROSS] = {{{false}}};
    uint64_t blocks = 0;
    Random random = {.state = 18};
    HeldBlocks *held = held_blocks_new(&spec);
    require(held != NULL);
    for (int i = 0; i < 300; i++) {
        const int image = (int)random_in(&random, 0, IMAGES - 1);
        const Window window = random_window(&random);
        bool alone[DOWN][ACROSS] = {{false}};
        if (random_once_in(&random, 5)) {
            held_blocks_clear(held);
            memset(expected, 0, sizeof expected);
            blocks = 0;
        }
        const int missing = mark(expected[image], &window);
        expect_int_eq(held_blocks_missing(held, image, &window),
                      missing * BLOCK_NBYTES);
        expect_int_eq(held_blocks_nbytes_of(held, &window),
                      mark(alone, &window) * BLOCK_NBYTES);
        held_blocks_add(held, image, &window);
        blocks += (uint64_t)missing;
        expect_int_eq(held_blocks_nbytes(held), blocks * BLOCK_NBYTES);
    }
    held_blocks_free(held);
}
