/* SPDX-License-Identifier: MIT */
#include "ahead.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "block_size.h"
#include "cpl_vsi.h"
#include "error_trap.h"
#include "hash.h"
#include "int_math.h"
#include "live_band.h"

/* Files that all readers may have open, and each of many. */
enum { OPEN_MAX = 128, OPEN_EACH = 8 };

/* As much of a block as is compared. */
enum { COMPARED_PIXELS = 1 << 17 };

/** A leaf, as all readers see it. */
typedef struct Target {
    AheadLeaf of;
    int band;            /**< the first that is decoded, or a mask */
    Window within;       /**< the output pixels that it has a part in */
    Window sample;       /**< of the leaf: what is compared, if anything is */
    uint64_t hash;       /**< of that, as the dataset in hand has it */
    atomic_bool ready;   /**< sample and hash are known, or not needed */
    atomic_bool refused; /**< it does not open, or has other pixels then */
} Target;

typedef struct Opened {
    int target;
    GDALDatasetH dataset;
    ReaderHandle *handle;
    uint64_t used; /**< when last */
} Opened;

/** What one reader has; its thread's alone. */
typedef struct AheadReader {
    Opened *opened;
    int count;
    uint64_t clock;
    uint8_t *proven; /**< by target */
} AheadReader;

struct Ahead {
    Target *targets;
    int target_count, reader_count;
    int open_limit; /**< of each reader */
    AheadReader *readers;
    const Holes *unneeded; /**< not owned; or NULL */
    int64_t unneeded_margin;
    atomic_bool started;
    atomic_llong compared;
};

static Window whole_of(const Leaf *leaf)
{
    const GDALDatasetH dataset = reader_handle_dataset(leaf_first_handle(leaf));
    return (Window){.width = GDALGetRasterXSize(dataset),
                    .height = GDALGetRasterYSize(dataset)};
}

static void describe(Target *target, const AheadLeaf *of)
{
    const Window whole = whole_of(of->leaf);
    const bool has_bands = of->layers[LEAF_LAYER_BANDS];
    target->of = *of;
    target->band = has_bands ? leaf_first_needed_band(of->leaf) : LEAF_MASK;
    for (int i = 0; i < leaf_placement_count(of->leaf); i++) {
        const Window output =
            placement_output(leaf_placement(of->leaf, i), &whole);
        target->within = window_union(&target->within, &output);
    }
    atomic_init(&target->ready, !same_again_is_to_be_compared(of->again));
    atomic_init(&target->refused, false);
}

static bool make_reader(Ahead *ahead, AheadReader *reader)
{
    reader->opened = calloc((size_t)ahead->open_limit, sizeof(Opened));
    reader->proven = calloc((size_t)ahead->target_count + 1, 1);
    return reader->opened != NULL && reader->proven != NULL;
}

Ahead *ahead_new(const AheadLeaf *leaves, int count, int readers)
{
    Ahead *ahead = calloc(1, sizeof *ahead);
    if (ahead == NULL)
        return NULL;
    atomic_init(&ahead->started, false);
    atomic_init(&ahead->compared, 0);
    ahead->open_limit = (int)max64(OPEN_EACH, OPEN_MAX / readers);
    ahead->target_count = count;
    ahead->reader_count = readers;
    ahead->targets = calloc((size_t)count + 1, sizeof *ahead->targets);
    ahead->readers = calloc((size_t)readers, sizeof *ahead->readers);
    bool ok = ahead->targets != NULL && ahead->readers != NULL;
    for (int i = 0; ok && i < count; i++)
        describe(&ahead->targets[i], &leaves[i]);
    for (int i = 0; ok && i < readers; i++)
        ok = make_reader(ahead, &ahead->readers[i]);
    if (ok)
        return ahead;
    ahead_free(ahead);
    return NULL;
}

void ahead_skip(Ahead *ahead, const Holes *holes, int64_t margin)
{
    ahead->unneeded = holes;
    ahead->unneeded_margin = margin;
}

static void close_one(Ahead *ahead, int reader, Opened *opened)
{
    Leaf *leaf = ahead->targets[opened->target].of.leaf;
    reader_handles_lend(leaf_handles(leaf), reader + 1, NULL);
    GDALClose(opened->dataset);
}

void ahead_free(Ahead *ahead)
{
    if (ahead == NULL)
        return;
    for (int i = 0; ahead->readers != NULL && i < ahead->reader_count; i++) {
        AheadReader *reader = &ahead->readers[i];
        for (int j = 0; j < reader->count; j++)
            close_one(ahead, i, &reader->opened[j]);
        free(reader->opened);
        free(reader->proven);
    }
    free(ahead->readers);
    free(ahead->targets);
    free(ahead);
}

/** The sample of a target, through a handle of its leaf or a dataset of its
 * own.
 * @param handle NULL: @p dataset
 * @param[out] varies whether it is not all of one value
 * @return false if it cannot be read */
static bool read_sample(const Target *target, ReaderHandle *handle,
                        GDALDatasetH dataset, uint64_t *hash, bool *varies)
{
    const Window *at = &target->sample;
    const GDALDataType type = leaf_type(target->of.leaf, target->band);
    const int pixel = GDALGetDataTypeSizeBytes(type);
    const size_t nbytes =
        (size_t)at->width * (size_t)at->height * (size_t)pixel;
    uint8_t *out = VSIMalloc(nbytes);
    if (out == NULL)
        return false;
    const PlaneTarget to = {.rectangle = *at,
                            .out = out,
                            .type = type,
                            .pixel_nbytes = pixel,
                            .row_nbytes = (GSpacing)pixel * at->width};
    const CPLErr err =
        handle != NULL
            ? leaf_read(target->of.leaf, handle, target->band, &to)
            : leaf_pixels_read(leaf_pixels_band(dataset, target->band), &to,
                               NULL);
    *hash = hash_add(hash_begin(), out, nbytes);
    *varies = memcmp(out, out + pixel, nbytes - (size_t)pixel) != 0;
    VSIFree(out);
    return err == CE_None;
}

/** What of a target lies below an output window.
 * @param place of it */
static Window below(const Target *target, int place, const Window *window)
{
    const Window input =
        placement_input(leaf_placement(target->of.leaf, place), window);
    const Window whole = whole_of(target->of.leaf);
    return window_intersection(&input, &whole);
}

/** Chooses what to compare of a target: rows of one block in the middle of what
 * lies below the window.
 * @return false if nothing does */
static bool choose_sample(Target *target, const Window *window)
{
    Leaf *leaf = target->of.leaf;
    const LeafLayer layer =
        target->band == LEAF_MASK ? LEAF_LAYER_MASK : LEAF_LAYER_BANDS;
    Window input = {0};
    for (int i = 0; window_is_empty(&input) && i < leaf_placement_count(leaf);
         i++)
        input = below(target, i, window);
    if (window_is_empty(&input))
        return false;
    int width, height, block_width, block_height;
    leaf_units(leaf, layer, &width, &height);
    block_size_of(
        leaf_pixels_band(reader_handle_dataset(leaf_first_handle(leaf)),
                         target->band),
        &block_width, &block_height);
    const Window whole = whole_of(leaf);
    width = block_width < width ? block_width : width;
    const int64_t x = (input.x + input.width / 2) / width * width;
    /* Above that, units may not be decoded. */
    const int64_t y =
        (input.y + input.height / 2) / block_height * block_height;
    const int64_t rows = max64(1, COMPARED_PIXELS / width);
    const Window block = {x, y, width,
                          min64(min64(block_height, rows), height)};
    target->sample = window_intersection(&block, &whole);
    return true;
}

/** Makes a window a part of it in which something is read.
 * @return false if there is none */
static bool find_needed(const Ahead *ahead, Window *window)
{
    const Holes *unneeded = ahead->unneeded;
    if (unneeded == NULL)
        return true;
    const int64_t side = holes_side(unneeded);
    const Window all = *window;
    for (int64_t y = all.y; y < window_bottom(&all); y = (y / side + 1) * side)
        for (int64_t x = all.x; x < window_right(&all);
             x = (x / side + 1) * side) {
            *window =
                (Window){x, y, step_end64(x, side, window_right(&all)) - x,
                         step_end64(y, side, window_bottom(&all)) - y};
            if (!holes_skip(unneeded, window, ahead->unneeded_margin))
                return true;
        }
    return false;
}

void ahead_look(Ahead *ahead, const Window *window)
{
    for (int i = 0; i < ahead->target_count; i++) {
        Target *target = &ahead->targets[i];
        Window common = window_intersection(&target->within, window);
        if (window_is_empty(&common) || atomic_load(&target->ready) ||
            !find_needed(ahead, &common) || !choose_sample(target, &common))
            continue;
        bool varies;
        /* Pixels that are all the same would prove little. */
        if (read_sample(target, leaf_first_handle(target->of.leaf), NULL,
                        &target->hash, &varies) &&
            varies)
            atomic_store(&target->ready, true);
    }
}

void ahead_start(Ahead *ahead)
{
    atomic_store(&ahead->started, true);
}

/** @return whether the dataset, which a reader has opened, is the same */
static bool prove(Ahead *ahead, AheadReader *reader, int i,
                  GDALDatasetH dataset)
{
    const Target *target = &ahead->targets[i];
    if (reader->proven[i] || !same_again_is_to_be_compared(target->of.again))
        return true;
    uint64_t hash;
    bool varies;
    atomic_fetch_add(&ahead->compared, 1);
    reader->proven[i] = read_sample(target, NULL, dataset, &hash, &varies) &&
                        hash == target->hash;
    live_band_drop_blocks(dataset);
    return reader->proven[i];
}

/** Opens a target for a reader.
 * @return NULL if it cannot be, or is not the same */
static GDALDatasetH open_target(Ahead *ahead, AheadReader *reader, int i)
{
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_ALL);
    GDALDatasetH dataset = same_again_open(ahead->targets[i].of.again);
    if (dataset != NULL && (trap.failed || !prove(ahead, reader, i, dataset))) {
        GDALClose(dataset);
        dataset = NULL;
    }
    error_trap_end(&trap);
    return dataset;
}

/** Where a reader is to put one more: in the place of what it used longest
 * ago, if it has as many open as it may. */
static Opened *make_room(Ahead *ahead, int number)
{
    AheadReader *reader = &ahead->readers[number];
    if (reader->count < ahead->open_limit)
        return &reader->opened[reader->count++];
    Opened *oldest = &reader->opened[0];
    for (int i = 1; i < reader->count; i++)
        if (reader->opened[i].used < oldest->used)
            oldest = &reader->opened[i];
    close_one(ahead, number, oldest);
    return oldest;
}

/** @return the reader's handle of a target; NULL: there can be none */
static ReaderHandle *handle_of(Ahead *ahead, int number, int i)
{
    AheadReader *reader = &ahead->readers[number];
    Target *target = &ahead->targets[i];
    for (int j = 0; j < reader->count; j++)
        if (reader->opened[j].target == i) {
            reader->opened[j].used = ++reader->clock;
            return reader->opened[j].handle;
        }
    const GDALDatasetH dataset = open_target(ahead, reader, i);
    ReaderHandle *handle = NULL;
    if (dataset != NULL)
        handle = reader_handles_lend(leaf_handles(target->of.leaf), number + 1,
                                     dataset);
    if (handle == NULL) {
        atomic_store(&target->refused, true);
        if (dataset != NULL)
            GDALClose(dataset);
        return NULL;
    }
    *make_room(ahead, number) = (Opened){i, dataset, handle, ++reader->clock};
    return handle;
}

/** @return whether a unit of the leaf at a place shows where something is read
 */
static bool is_needed(const Ahead *ahead, const Target *target, int place,
                      const Window *unit)
{
    if (ahead->unneeded == NULL)
        return true;
    const Window output =
        placement_output(leaf_placement(target->of.leaf, place), unit);
    return window_is_empty(&output) ||
           !holes_skip(ahead->unneeded, &output, ahead->unneeded_margin);
}

/** Decodes the units of a layer that @p input touches; stops where one fails.
 */
static bool decode_layer(const Ahead *ahead, const Target *target, int place,
                         LeafLayer layer, const Window *input,
                         ReaderHandle *handle, const GoOn *go_on)
{
    int width, height;
    uint8_t pixel;
    const int band = layer == LEAF_LAYER_MASK
                         ? LEAF_MASK
                         : leaf_first_needed_band(target->of.leaf);
    if (leaf_units(target->of.leaf, layer, &width, &height) == 0)
        return true;
    for (int64_t y = input->y; y < window_bottom(input);
         y = (y / height + 1) * height)
        for (int64_t x = input->x; x < window_right(input);
             x = (x / width + 1) * width) {
            const Window corner = {x / width * width, y / height * height,
                                   width, height};
            const Window unit = window_intersection(&corner, input);
            if (!is_needed(ahead, target, place, &unit))
                continue;
            const PlaneTarget to = {.rectangle = {x, y, 1, 1},
                                    .out = &pixel,
                                    .type = GDT_Byte,
                                    .pixel_nbytes = 1,
                                    .row_nbytes = 1};
            if (!go_on->ask(go_on->user) ||
                leaf_read(target->of.leaf, handle, band, &to) != CE_None)
                return false;
        }
    return true;
}

static void decode_target(Ahead *ahead, int reader, int i, const Window *window,
                          const GoOn *go_on)
{
    const Target *target = &ahead->targets[i];
    const Leaf *leaf = target->of.leaf;
    ReaderHandle *handle = NULL;
    for (int place = 0; place < leaf_placement_count(leaf); place++) {
        const Window input = below(target, place, window);
        if (window_is_empty(&input))
            continue;
        if (handle == NULL)
            handle = handle_of(ahead, reader, i);
        if (handle == NULL)
            return;
        for (int layer = 0; layer < LEAF_LAYERS; layer++)
            if (target->of.layers[layer] &&
                !decode_layer(ahead, target, place, (LeafLayer)layer, &input,
                              handle, go_on))
                return;
    }
}

void ahead_decode(Ahead *ahead, int reader, const Window *window,
                  const GoOn *go_on)
{
    if (!atomic_load(&ahead->started))
        return;
    for (int i = 0; i < ahead->target_count && go_on->ask(go_on->user); i++) {
        Target *target = &ahead->targets[i];
        const Window common = window_intersection(&target->within, window);
        if (!window_is_empty(&common) && atomic_load(&target->ready) &&
            !atomic_load(&target->refused))
            decode_target(ahead, reader, i, window, go_on);
    }
}

int64_t ahead_compared(const Ahead *ahead)
{
    return atomic_load(&ahead->compared);
}
