/* SPDX-License-Identifier: MIT */
#include "leaf.h"

#include <pthread.h>
#include <stdlib.h>

#include "affine_placement.h"
#include "block_store.h"
#include "cpl_error.h"
#include "int_math.h"
#include "live_band.h"
#include "pages.h"

/* Blocks smaller than this are decoded several at a time. */
static const int64_t unit_small_nbytes = (int64_t)64 << 10;

/** Bands are decoded together; a mask has blocks of its own. */
typedef struct Layer {
    int unit_width, unit_height;
    int64_t units_across;
    size_t pixel_nbytes; /**< of all needed planes */
    BlockStore *store;   /**< made at the first read */
} Layer;

struct Leaf {
    ReaderHandles handles;
    ReaderHandle *first_handle;

    pthread_mutex_t mutex; /**< guards the making of stores */
    int width, height, bands;
    Plane *planes; /**< by band number; LEAF_MASK is the first */
    Layer layers[LEAF_LAYERS];
    Placement **places;
    int place_count;
    bool has_unknown_place;
    uint64_t limit_nbytes;
    Leaf **overviews;
    int overview_count;
};

static int min_int(int64_t a, int64_t b)
{
    return (int)(a < b ? a : b);
}

/** Chooses what is decoded at once from the blocks of a layer's first band. */
static void choose_units(const Leaf *leaf, Layer *layer, GDALRasterBandH band)
{
    int width = 1, height = 1;
    GDALGetBlockSize(band, &width, &height);
    width = min_int(width < 1 ? 1 : width, leaf->width);
    height = min_int(height < 1 ? 1 : height, leaf->height);
    const int64_t row_nbytes =
        (int64_t)width * GDALGetDataTypeSizeBytes(GDALGetRasterDataType(band));
    const int64_t together = 1 + unit_small_nbytes / (row_nbytes * height + 1);
    layer->unit_width = width;
    layer->unit_height = min_int(together * height, leaf->height);
    layer->units_across = (leaf->width + (int64_t)width - 1) / width;
}

static GDALDatasetH dataset_of(const Leaf *leaf)
{
    return reader_handle_dataset(leaf->first_handle);
}

static bool describe(Leaf *leaf, GDALDatasetH dataset)
{
    const GDALRasterBandH first = leaf_pixels_first_band(dataset);
    leaf->width = GDALGetRasterXSize(dataset);
    leaf->height = GDALGetRasterYSize(dataset);
    leaf->bands = GDALGetRasterCount(dataset);
    leaf->first_handle = reader_handles_lend(&leaf->handles, 0, dataset);
    leaf->planes = calloc((size_t)leaf->bands + 1, sizeof *leaf->planes);
    if (first == NULL || leaf->first_handle == NULL || leaf->planes == NULL)
        return false;
    choose_units(leaf, &leaf->layers[LEAF_LAYER_BANDS], first);
    leaf->planes[LEAF_MASK].type = GDT_Byte;
    for (int i = 1; i <= leaf->bands; i++) {
        const GDALRasterBandH band = GDALGetRasterBand(dataset, i);
        if (band != NULL)
            leaf->planes[i].type = GDALGetRasterDataType(band);
    }
    return true;
}

Leaf *leaf_new(GDALDatasetH dataset)
{
    Leaf *leaf = calloc(1, sizeof *leaf);
    if (leaf == NULL)
        return NULL;
    reader_handles_init(&leaf->handles);
    leaf->limit_nbytes = UINT64_MAX;
    pthread_mutex_init(&leaf->mutex, NULL);
    if (!describe(leaf, dataset)) {
        leaf_free(leaf);
        return NULL;
    }
    return leaf;
}

Leaf *leaf_of_mask(GDALDatasetH dataset)
{
    Leaf *leaf = leaf_new(dataset);
    if (leaf == NULL)
        return NULL;
    const Affine whole = {.scale_x = 1,
                          .scale_y = 1,
                          .right = leaf->width,
                          .bottom = leaf->height};
    leaf_need_mask(leaf);
    if (!leaf_add_placement(leaf, affine_placement_new(&whole))) {
        leaf_free(leaf);
        return NULL;
    }
    return leaf;
}

void leaf_free(Leaf *leaf)
{
    if (leaf == NULL)
        return;
    pthread_mutex_destroy(&leaf->mutex);
    for (int i = 0; i < LEAF_LAYERS; i++)
        block_store_free(leaf->layers[i].store);
    for (int i = 0; i < leaf->place_count; i++)
        placement_free(leaf->places[i]);
    free(leaf->places);
    free(leaf->planes);
    free(leaf->overviews);
    reader_handles_clear(&leaf->handles);
    free(leaf);
}

bool leaf_need_band(Leaf *leaf, int band)
{
    if (band < 1 || band > leaf->bands ||
        GDALGetRasterBand(dataset_of(leaf), band) == NULL)
        return false;
    leaf->planes[band].needed = true;
    return true;
}

int leaf_first_needed_band(const Leaf *leaf)
{
    int band = 1;
    while (band <= leaf->bands && !leaf->planes[band].needed)
        band++;
    return band <= leaf->bands ? band : 0;
}

/** Has the mask, which is data, decoded in units of its own. */
static void need_mask_data(Leaf *leaf, GDALRasterBandH of)
{
    if (leaf->planes[LEAF_MASK].needed)
        return;
    choose_units(leaf, &leaf->layers[LEAF_LAYER_MASK], GDALGetMaskBand(of));
    leaf->planes[LEAF_MASK].needed = true;
}

void leaf_need_mask(Leaf *leaf)
{
    const GDALRasterBandH band = leaf_pixels_first_band(dataset_of(leaf));
    const int flags = GDALGetMaskFlags(band);
    if (flags == GMF_PER_DATASET)
        need_mask_data(leaf, band);
    else if (flags & GMF_ALPHA)
        leaf_need_band(leaf, leaf->bands);
    else if ((flags & GMF_NODATA) && (flags & GMF_PER_DATASET))
        leaf_need_all_bands(leaf); /* NODATA_VALUES */
}

void leaf_need_all_bands(Leaf *leaf)
{
    for (int i = 1; i <= leaf->bands; i++)
        leaf_need_band(leaf, i);
}

bool leaf_set_overview(Leaf *leaf, int level, Leaf *overview)
{
    if (level >= leaf->overview_count) {
        Leaf **all = realloc(leaf->overviews,
                             ((size_t)level + 1) * sizeof *leaf->overviews);
        if (all == NULL)
            return false;
        for (int i = leaf->overview_count; i <= level; i++)
            all[i] = NULL;
        leaf->overviews = all;
        leaf->overview_count = level + 1;
    }
    leaf->overviews[level] = overview;
    return true;
}

Leaf *leaf_overview(const Leaf *leaf, int level)
{
    return level < leaf->overview_count ? leaf->overviews[level] : NULL;
}

bool leaf_add_placement(Leaf *leaf, Placement *place)
{
    const int count = leaf->place_count;
    if (place == NULL)
        return false;
    /* The bands of a VRT mostly lie in the same place. */
    for (int i = 0; i < count; i++)
        if (placement_equal(leaf->places[i], place)) {
            placement_free(place);
            return true;
        }
    Placement **places =
        realloc(leaf->places, ((size_t)count + 1) * sizeof *places);
    if (places == NULL) {
        placement_free(place);
        return false;
    }
    places[leaf->place_count++] = place;
    leaf->places = places;
    return true;
}

int leaf_placement_count(const Leaf *leaf)
{
    return leaf->place_count;
}

const Placement *leaf_placement(const Leaf *leaf, int i)
{
    return leaf->places[i];
}

void leaf_add_unknown_placement(Leaf *leaf)
{
    leaf->has_unknown_place = true;
}

bool leaf_is_placed(const Leaf *leaf)
{
    return !leaf->has_unknown_place;
}

void leaf_set_limit(Leaf *leaf, uint64_t nbytes)
{
    leaf->limit_nbytes = nbytes;
}

ReaderHandles *leaf_handles(Leaf *leaf)
{
    return &leaf->handles;
}

ReaderHandle *leaf_first_handle(const Leaf *leaf)
{
    return leaf->first_handle;
}

/** The bands of a layer: the first, and the one after the last. */
static int layer_first(LeafLayer layer)
{
    return layer == LEAF_LAYER_MASK ? LEAF_MASK : 1;
}

static int layer_end(const Leaf *leaf, LeafLayer layer)
{
    return layer == LEAF_LAYER_MASK ? LEAF_MASK + 1 : leaf->bands + 1;
}

uint64_t leaf_units(const Leaf *leaf, LeafLayer layer, int *width, int *height)
{
    uint64_t nbytes = 0;
    for (int i = layer_first(layer); i < layer_end(leaf, layer); i++)
        if (leaf->planes[i].needed)
            nbytes += (uint64_t)GDALGetDataTypeSizeBytes(leaf->planes[i].type);
    *width = leaf->layers[layer].unit_width;
    *height = leaf->layers[layer].unit_height;
    return nbytes;
}

/** The part of the leaf that a unit is. */
static Window unit_window(const Leaf *leaf, const Layer *layer, int64_t index)
{
    const int64_t x = index % layer->units_across * layer->unit_width;
    const int64_t y = index / layer->units_across * layer->unit_height;
    return (Window){.x = x,
                    .y = y,
                    .width = min_int(layer->unit_width, leaf->width - x),
                    .height = min_int(layer->unit_height, leaf->height - y)};
}

/** Makes the layer's store, once the needed bands are known. */
static void make_store(Leaf *leaf, LeafLayer which)
{
    Layer *layer = &leaf->layers[which];
    layer->pixel_nbytes = 0;
    for (int i = layer_first(which); i < layer_end(leaf, which); i++)
        if (leaf->planes[i].needed) {
            leaf->planes[i].before = layer->pixel_nbytes;
            layer->pixel_nbytes +=
                (size_t)GDALGetDataTypeSizeBytes(leaf->planes[i].type);
        }
    const int64_t units_down = divide_up(leaf->height, layer->unit_height);
    layer->store =
        block_store_new(layer->units_across * units_down,
                        (size_t)layer->unit_width * (size_t)layer->unit_height *
                            layer->pixel_nbytes,
                        leaf->limit_nbytes);
}

/** @return false, reported, if there is no memory */
static bool prepare(Leaf *leaf, LeafLayer which)
{
    pthread_mutex_lock(&leaf->mutex);
    if (leaf->layers[which].store == NULL)
        make_store(leaf, which);
    const bool ok = leaf->layers[which].store != NULL;
    pthread_mutex_unlock(&leaf->mutex);
    if (!ok)
        CPLError(CE_Failure, CPLE_OutOfMemory, "out of memory for %s",
                 GDALGetDescription(dataset_of(leaf)));
    return ok;
}

static bool decode(const Leaf *leaf, ReaderHandle *handle, LeafLayer which,
                   const Window *at, uint8_t *data)
{
    const GDALDatasetH dataset = reader_handle_lock(handle);
    const bool ok = which == LEAF_LAYER_MASK
                        ? leaf_pixels_read_mask(dataset, at, data)
                        : leaf_pixels_read_bands(dataset, leaf->planes,
                                                 leaf->bands, at, data);
    /* What is open for writing may have blocks there that are not written. */
    if (GDALGetAccess(dataset) == GA_ReadOnly)
        live_band_drop_blocks(dataset);
    pages_freed((size_t)(at->width * at->height) *
                leaf->layers[which].pixel_nbytes);
    reader_handle_unlock(handle);
    return ok;
}

/** The unit @p at, decoded and pinned; NULL after a failure that is reported.
 */
static Block *fetch(Leaf *leaf, ReaderHandle *handle, LeafLayer which,
                    int64_t index, const Window *at)
{
    BlockStore *store = leaf->layers[which].store;
    bool to_fill;
    Block *block = block_store_pin(store, index, &to_fill);
    if (block == NULL)
        CPLError(CE_Failure, CPLE_OutOfMemory,
                 "out of memory for a block of %s",
                 GDALGetDescription(dataset_of(leaf)));
    if (block == NULL || !to_fill)
        return block;
    const bool ok = decode(leaf, handle, which, at, block_data(block));
    block_store_filled(store, block, ok);
    return ok ? block : NULL;
}

/** Copies a rectangle out of the units of a layer. */
static CPLErr read_held(Leaf *leaf, ReaderHandle *handle, LeafLayer which,
                        const Plane *plane, const PlaneTarget *target)
{
    const Layer *layer = &leaf->layers[which];
    const Window *wanted = &target->rectangle;
    const int64_t right = window_right(wanted) - 1;
    const int64_t bottom = window_bottom(wanted) - 1;
    if (!prepare(leaf, which))
        return CE_Failure;
    for (int64_t row = wanted->y / layer->unit_height;
         row <= bottom / layer->unit_height; row++)
        for (int64_t column = wanted->x / layer->unit_width;
             column <= right / layer->unit_width; column++) {
            const int64_t index = row * layer->units_across + column;
            const Window unit = unit_window(leaf, layer, index);
            Block *block = fetch(leaf, handle, which, index, &unit);
            if (block == NULL)
                return CE_Failure;
            leaf_pixels_copy_out(plane, &unit, block_data(block), target);
            block_store_unpin(layer->store, block);
        }
    return CE_None;
}

static CPLErr read_below(ReaderHandle *handle, int band,
                         const PlaneTarget *target)
{
    const CPLErr err = leaf_pixels_read(
        leaf_pixels_band(reader_handle_lock(handle), band), target, NULL);
    reader_handle_unlock(handle);
    return err;
}

CPLErr leaf_read(Leaf *leaf, ReaderHandle *handle, int band,
                 const PlaneTarget *target)
{
    const Plane *plane = &leaf->planes[band];
    const LeafLayer which =
        band == LEAF_MASK ? LEAF_LAYER_MASK : LEAF_LAYER_BANDS;
    return plane->needed ? read_held(leaf, handle, which, plane, target)
                         : read_below(handle, band, target);
}

/** What block_store_drop() asks about. */
typedef struct Position {
    const Leaf *leaf;
    const Layer *layer;
    const Plan *plan;
    const Window *done;
} Position;

static bool needed_later(void *user, int64_t index)
{
    const Position *position = user;
    const Leaf *leaf = position->leaf;
    const Window at = unit_window(leaf, position->layer, index);
    for (int i = 0; i < leaf->place_count; i++) {
        const Window output = placement_output(leaf->places[i], &at);
        if (!window_is_empty(&output) &&
            plan_needs_later(position->plan, position->done, &output))
            return true;
    }
    return leaf->has_unknown_place;
}

void leaf_drop_behind(Leaf *leaf, const Plan *plan, const Window *done)
{
    for (int i = 0; i < LEAF_LAYERS; i++) {
        pthread_mutex_lock(&leaf->mutex);
        BlockStore *store = leaf->layers[i].store;
        pthread_mutex_unlock(&leaf->mutex);
        Position position = {leaf, &leaf->layers[i], plan, done};
        if (store != NULL)
            block_store_drop(store, needed_later, &position);
    }
}

void leaf_count(const Leaf *leaf, int64_t *decodes, int64_t *again)
{
    for (int i = 0; i < LEAF_LAYERS; i++)
        if (leaf->layers[i].store != NULL) {
            *decodes += block_store_added(leaf->layers[i].store);
            *again += block_store_added_again(leaf->layers[i].store);
        }
}
