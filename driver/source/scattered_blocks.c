/* SPDX-License-Identifier: MIT */
#include "scattered_blocks.h"

#include <math.h>

#include "int_math.h"

/* So many pieces of an axis are told apart at most, and so many blocks of a
 * leaf; of more, several are taken for one. */
enum { BINS_MAX = 2048, BLOCKS_MAX = 1 << 20 };

/** The output along one axis, in bins as long as a window at least is. */
typedef struct Axis {
    int64_t phase, bin, size;
    int64_t count, longest; /**< of bins; that a block serves */
    /* Bytes of blocks that are first needed there, and that are last. */
    double begun[BINS_MAX + 2], ended[BINS_MAX + 2];
} Axis;

static void axis_init(Axis *axis, int64_t phase, int64_t block, int64_t size)
{
    const int64_t bins = divide_up(size, block);
    *axis = (Axis){
        .phase = phase, .bin = block * divide_up(bins, BINS_MAX), .size = size};
    axis->count = size / axis->bin + 2;
}

static int64_t axis_bin(const Axis *axis, int64_t at)
{
    return at < axis->phase
               ? 0
               : min64(axis->count - 1,
                       (at - axis->phase) / axis->bin + (axis->phase > 0));
}

static void axis_add(Axis *axis, int64_t begin, int64_t end, double nbytes)
{
    const int64_t first = axis_bin(axis, begin);
    const int64_t last = axis_bin(axis, end - 1);
    axis->begun[first] += nbytes;
    axis->ended[last] += nbytes;
    axis->longest = max64(axis->longest, last - first + 1);
}

/** The most bytes that a bin needs.
 * @param[out] cut the most that are needed on both sides of a line */
static uint64_t axis_most(const Axis *axis, uint64_t *cut)
{
    double held = 0, most = 0, most_cut = 0;
    for (int64_t i = 0; i < axis->count; i++) {
        held += axis->begun[i];
        most = fmax(most, held);
        held -= axis->ended[i];
        most_cut = fmax(most_cut, held);
    }
    *cut = (uint64_t)ceil(most_cut);
    return (uint64_t)ceil(most);
}

/** The most bytes that begin in a row of bins as long as the longest block is
 * needed, for each of its pixels. */
static double axis_density(const Axis *axis, int64_t across)
{
    double sum = 0, most = 0;
    for (int64_t i = 0; i < axis->count; i++) {
        sum += axis->begun[i];
        if (i >= axis->longest)
            sum -= axis->begun[i - axis->longest];
        most = fmax(most, sum);
    }
    const int64_t length = min64(axis->longest * axis->bin, axis->size);
    return length == 0 ? 0 : most / ((double)length * (double)across);
}

/** What part of the output the scattered places of a leaf have of a block. */
static Window served(const Leaf *leaf, const Window *block)
{
    Window all = {0};
    for (int i = 0; i < leaf_placement_count(leaf); i++) {
        const Placement *place = leaf_placement(leaf, i);
        const PlacedBlocks blocks = placement_blocks(place, 1, 1);
        const Window output =
            blocks.scattered ? placement_output(place, block) : (Window){0};
        all = window_union(&all, &output);
    }
    return all;
}

static bool is_scattered(const Leaf *leaf)
{
    for (int i = 0; i < leaf_placement_count(leaf); i++)
        if (placement_blocks(leaf_placement(leaf, i), 1, 1).scattered)
            return true;
    return false;
}

/** @return bytes of what is decoded at once */
static uint64_t add_layer(Axis *x, Axis *y, Leaf *leaf, LeafLayer layer)
{
    int width, height;
    const uint64_t pixel_nbytes = leaf_units(leaf, layer, &width, &height);
    const GDALDatasetH dataset = reader_handle_dataset(leaf_first_handle(leaf));
    const int64_t right = GDALGetRasterXSize(dataset);
    const int64_t bottom = GDALGetRasterYSize(dataset);
    if (pixel_nbytes == 0)
        return 0;
    const int64_t across = divide_up(right, width);
    const int64_t step_y =
        height * divide_up(across * divide_up(bottom, height), BLOCKS_MAX);
    Window block = {.width = width, .height = step_y};
    const double nbytes =
        (double)pixel_nbytes * (double)block.width * (double)block.height;
    for (block.y = 0; block.y < bottom; block.y += block.height)
        for (block.x = 0; block.x < right; block.x += block.width) {
            const Window output = served(leaf, &block);
            if (window_is_empty(&output))
                continue;
            axis_add(x, output.x, window_right(&output), nbytes);
            axis_add(y, output.y, window_bottom(&output), nbytes);
        }
    return pixel_nbytes * (uint64_t)width * (uint64_t)height;
}

static void tell(ScatteredCost *cost, const Axis *x, const Axis *y)
{
    const double pixel_nbytes =
        fmax(axis_density(x, y->size), axis_density(y, x->size));
    cost->pixel_nbytes = (uint64_t)ceil(pixel_nbytes);
    cost->width = min64(x->longest * x->bin, x->size);
    cost->height = min64(y->longest * y->bin, y->size);
    cost->row_nbytes = axis_most(y, &cost->row_cut_nbytes);
    cost->column_nbytes = axis_most(x, &cost->column_cut_nbytes);
}

ScatteredCost scattered_blocks_weigh(Leaf *const *leaves, int count,
                                     const BlockGrid *grid, int64_t width,
                                     int64_t height)
{
    ScatteredCost cost = {0};
    Axis x, y;
    axis_init(&x, grid->x0, grid->block_width, width);
    axis_init(&y, grid->y0, grid->block_height, height);
    for (int i = 0; i < count; i++)
        for (int layer = 0; layer < LEAF_LAYERS; layer++)
            if (is_scattered(leaves[i])) {
                const uint64_t nbytes =
                    add_layer(&x, &y, leaves[i], (LeafLayer)layer);
                if (cost.block_nbytes < nbytes)
                    cost.block_nbytes = nbytes;
            }
    if (cost.block_nbytes > 0)
        tell(&cost, &x, &y);
    return cost;
}
