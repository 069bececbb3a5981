/* SPDX-License-Identifier: MIT */
#include "told_blocks.h"

#include "block_size.h"
#include "decoding.h"
#include "int_math.h"
#include "leaf_pixels.h"

/* Asking for each of more units would take seconds. */
#define UNITS_ASKED_MAX ((int64_t)1 << 23)

/** @return whether any of the region comes from @p part */
static bool is_needed(const Leaf *leaf, const Window *region,
                      const Window *part)
{
    for (int i = 0; i < leaf_placement_count(leaf); i++) {
        const Window place = placement_output(leaf_placement(leaf, i), part);
        const Window output = window_intersection(&place, region);
        if (!window_is_empty(&output))
            return true;
    }
    return !leaf_is_placed(leaf);
}

/** How often a block is decoded: for each band that is needed, if a decode
 * yields no others. */
static int decodes_of_block(const Leaf *leaf, const ToldBlocks *told)
{
    int bands = 0;
    if (!told->apart)
        return 1;
    for (int i = 1; i <= GDALGetRasterCount(told->dataset); i++)
        bands += leaf_needs_band(leaf, i);
    return bands;
}

/** The rows that are decoded of a leaf: those that the output comes from, and
 * what lies between them, in whole blocks. */
static Window needed_rows(const Leaf *leaf, const ToldBlocks *told,
                          const Window *region)
{
    int64_t top = 0, bottom = told->height;
    Window row = {.width = told->width,
                  .height = min64(told->block_height, told->height)};
    while (row.y + row.height < told->height && !is_needed(leaf, region, &row))
        row.y = top = top + told->block_height;
    row.y = (told->height - 1) / told->block_height * told->block_height;
    row.height = told->height - row.y;
    for (; row.y > top && !is_needed(leaf, region, &row);
         row.y -= told->block_height) {
        bottom = row.y;
        row.height = told->block_height;
    }
    return (Window){.y = top, .width = told->width, .height = bottom - top};
}

/** Blocks that are decoded: those of each unit of which something is needed;
 * below zero if they are too many to be asked for.
 * @param width, height of what the leaf decodes at once: whole blocks */
static int64_t count_decoded(const Leaf *leaf, const ToldBlocks *told,
                             const Window *region, int width, int height)
{
    const int64_t across = divide_up(told->width, width);
    const int64_t down = divide_up(told->height, height);
    int64_t count = 0;
    if (across * down > UNITS_ASKED_MAX ||
        told->height / told->block_height > UNITS_ASKED_MAX)
        return -1;
    const Window rows = needed_rows(leaf, told, region);
    for (int64_t i = 0; i < across * down; i++) {
        const Window unit = {.x = i % across * width,
                             .y = i / across * height,
                             .width = width,
                             .height = height};
        const Window part = window_intersection(&unit, &rows);
        if (!window_is_empty(&part) && is_needed(leaf, region, &part))
            count += divide_up(part.width, told->block_width) *
                     divide_up(part.height, told->block_height);
    }
    return count;
}

static void add_places(ToldBlocks *told, const Leaf *leaf)
{
    const Window all = {.width = told->width, .height = told->height};
    for (int i = 0; i < leaf_placement_count(leaf); i++) {
        const Placement *place = leaf_placement(leaf, i);
        const PlacedBlocks blocks = placement_blocks(
            place, (int)told->block_width, (int)told->block_height);
        told->exact = told->exact && blocks.exact;
        if (blocks.scattered || told->place_count == TOLD_PLACES_MAX)
            continue;
        told->places[told->place_count++] =
            (ToldPlace){.window = placement_output(place, &all),
                        .grid = blocks.grid,
                        .exact = blocks.exact};
    }
}

/** The blocks that a layer has, whatever the leaf decodes at once. */
static void set_blocks(ToldBlocks *told, int unit_width, int unit_height)
{
    const Decoding decoding = decoding_of(told->dataset);
    const GDALRasterBandH first = leaf_pixels_first_band(told->dataset);
    int width, height;
    block_size_of(told->of_mask ? GDALGetMaskBand(first) : first, &width,
                  &height);
    if (!told->of_mask &&
        (decoding.yield == YIELDS_ROWS || decoding.yield == YIELDS_BAND))
        width = unit_width;
    if (!told->of_mask && decoding.yield == YIELDS_BAND)
        height = unit_height;
    told->apart =
        !told->of_mask && decoding_bands_apart(&decoding, told->dataset);
    told->block_width = min64(width, unit_width);
    told->block_height = min64(height, unit_height);
}

void told_blocks_of_leaf(const Leaf *leaf, const Window *region,
                         ToldBlocksVisit *visit, void *user)
{
    const GDALDatasetH dataset = reader_handle_dataset(leaf_first_handle(leaf));
    int64_t decoded = 0, again = 0; /* nothing yet */
    const bool counted = leaf_count(leaf, &decoded, &again);
    for (int layer = 0; layer < LEAF_LAYERS; layer++) {
        int width, height;
        if (leaf_units(leaf, (LeafLayer)layer, &width, &height) == 0)
            continue;
        ToldBlocks told = {.dataset = dataset,
                           .of_mask = layer == LEAF_LAYER_MASK,
                           .width = GDALGetRasterXSize(dataset),
                           .height = GDALGetRasterYSize(dataset),
                           .exact = counted && leaf_is_placed(leaf)};
        set_blocks(&told, width, height);
        const int64_t needed =
            count_decoded(leaf, &told, region, width, height);
        told.decodes = needed < 0 ? -1 : needed * decodes_of_block(leaf, &told);
        add_places(&told, leaf);
        visit(user, &told);
    }
}
