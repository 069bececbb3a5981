/* SPDX-License-Identifier: MIT */
#include "held_blocks.h"

#include <stdlib.h>
#include <string.h>

#include "int_math.h"

struct HeldBlocks {
    HeldBlocksSpec spec;
    int64_t across, down; /**< blocks of an image */
    uint64_t count;       /**< of those that are held */
    size_t nbytes;        /**< of the bits */
    uint8_t bits[];       /**< a bit a block, set if it is held */
};

/** Blocks, not pixels. */
typedef struct BlockRange {
    int64_t left, top, right, bottom; /**< one after the last */
} BlockRange;

HeldBlocks *held_blocks_new(const HeldBlocksSpec *spec)
{
    const int64_t across = divide_up(spec->width, spec->block_width);
    const int64_t down = divide_up(spec->height, spec->block_height);
    const size_t nbytes =
        (size_t)(divide_up(across * down, 8) * (int64_t)spec->images);
    HeldBlocks *held = calloc(1, sizeof *held + nbytes);
    if (held == NULL)
        return NULL;
    held->spec = *spec;
    held->across = across;
    held->down = down;
    held->nbytes = nbytes;
    return held;
}

void held_blocks_free(HeldBlocks *held)
{
    free(held);
}

static BlockRange range_of(const HeldBlocks *held, const Window *window)
{
    const int64_t width = held->spec.block_width;
    const int64_t height = held->spec.block_height;
    return (BlockRange){window->x / width, window->y / height,
                        divide_up(window_right(window), width),
                        divide_up(window_bottom(window), height)};
}

uint64_t held_blocks_nbytes_of(const HeldBlocks *held, const Window *window)
{
    const BlockRange range = range_of(held, window);
    return (uint64_t)((range.right - range.left) * (range.bottom - range.top)) *
           held->spec.block_nbytes;
}

/** @return how many blocks of @p window are not held; counts them as held if
 * @p add */
static uint64_t visit(const HeldBlocks *held, int image, const Window *window,
                      uint8_t *add)
{
    const BlockRange range = range_of(held, window);
    const size_t first =
        (size_t)(divide_up(held->across * held->down, 8) * (int64_t)image);
    uint64_t missing = 0;
    for (int64_t y = range.top; y < range.bottom; y++) {
        for (int64_t x = range.left; x < range.right; x++) {
            const size_t block = (size_t)(y * held->across + x);
            const size_t byte = first + block / 8;
            const uint8_t bit = (uint8_t)(1U << (block % 8));
            if ((held->bits[byte] & bit) != 0)
                continue;
            missing++;
            if (add != NULL)
                add[byte] |= bit;
        }
    }
    return missing;
}

uint64_t held_blocks_missing(const HeldBlocks *held, int image,
                             const Window *window)
{
    return visit(held, image, window, NULL) * held->spec.block_nbytes;
}

void held_blocks_add(HeldBlocks *held, int image, const Window *window)
{
    held->count += visit(held, image, window, held->bits);
}

uint64_t held_blocks_nbytes(const HeldBlocks *held)
{
    return held->count * held->spec.block_nbytes;
}

void held_blocks_clear(HeldBlocks *held)
{
    if (held->count > 0)
        memset(held->bits, 0, held->nbytes);
    held->count = 0;
}
