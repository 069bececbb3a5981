/* SPDX-License-Identifier: MIT */
#include "leaf.h"

#include <pthread.h>
#include <stdlib.h>

#include "band_spool.h"
#include "cpl_error.h"
#include "decoding.h"
#include "leaf_decode.h"
#include "leaf_layer.h"
#include "leaf_places.h"
#include "leaf_planes.h"
#include "live_band.h"
#include "pages.h"

struct Leaf {
    ReaderHandles handles;
    ReaderHandle *first_handle;
    Decoding decoding;
    BandSpool *spool; /**< that bands are read from; or NULL */

    pthread_mutex_t mutex; /**< guards the making of stores */
    int width, height;
    LeafPlanes planes;
    Layer layers[LEAF_LAYERS];
    LeafPlaces places;
    uint64_t limit_nbytes;
    Leaf **overviews;
    int overview_count;
};

static GDALDatasetH dataset_of(const Leaf *leaf)
{
    return reader_handle_dataset(leaf->first_handle);
}

static bool describe(Leaf *leaf, GDALDatasetH dataset)
{
    const GDALRasterBandH first = leaf_pixels_first_band(dataset);
    leaf->width = GDALGetRasterXSize(dataset);
    leaf->height = GDALGetRasterYSize(dataset);
    leaf->first_handle = reader_handles_lend(&leaf->handles, 0, dataset);
    if (!leaf_planes_init(&leaf->planes, dataset) || first == NULL ||
        leaf->first_handle == NULL)
        return false;
    leaf->decoding = decoding_of(dataset);
    leaf_layer_choose_units(&leaf->layers[LEAF_LAYER_BANDS], &leaf->decoding,
                            first);
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

void leaf_free(Leaf *leaf)
{
    if (leaf == NULL)
        return;
    pthread_mutex_destroy(&leaf->mutex);
    for (int i = 0; i < LEAF_LAYERS; i++)
        block_store_free(leaf->layers[i].store);
    leaf_places_clear(&leaf->places);
    leaf_planes_clear(&leaf->planes);
    free(leaf->overviews);
    band_spool_free(leaf->spool);
    reader_handles_clear(&leaf->handles);
    free(leaf);
}

bool leaf_need_band(Leaf *leaf, int band)
{
    return leaf_planes_need_band(&leaf->planes, dataset_of(leaf), band);
}

int leaf_first_needed_band(const Leaf *leaf)
{
    return leaf_planes_first_needed(&leaf->planes);
}

/** Has the mask, which is data, decoded in units of its own. */
static void need_mask_data(Leaf *leaf, GDALRasterBandH of)
{
    Plane *plane = &leaf->planes.planes[LEAF_MASK];
    if (plane->needed)
        return;
    const Decoding by_block = {.calls = CALL_FEW_BLOCKS};
    leaf_layer_choose_units(&leaf->layers[LEAF_LAYER_MASK], &by_block,
                            GDALGetMaskBand(of));
    plane->needed = true;
}

void leaf_need_mask(Leaf *leaf)
{
    const GDALRasterBandH band = leaf_pixels_first_band(dataset_of(leaf));
    const int flags = GDALGetMaskFlags(band);
    if (flags == GMF_PER_DATASET)
        need_mask_data(leaf, band);
    else if (flags & GMF_ALPHA)
        leaf_need_band(leaf, leaf->planes.bands);
    else if ((flags & GMF_NODATA) && (flags & GMF_PER_DATASET))
        leaf_need_all_bands(leaf); /* NODATA_VALUES */
}

void leaf_need_all_bands(Leaf *leaf)
{
    for (int i = 1; i <= leaf->planes.bands; i++)
        leaf_need_band(leaf, i);
}

void leaf_need_masks_of(Leaf *leaf, int band)
{
    leaf_need_mask(leaf);
    leaf_planes_need_own_mask(&leaf->planes, dataset_of(leaf), band);
}

int leaf_own_mask(const Leaf *leaf, int band)
{
    return leaf_planes_own_mask(&leaf->planes, band);
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
    return leaf_places_add(&leaf->places, place);
}

int leaf_placement_count(const Leaf *leaf)
{
    return leaf->places.count;
}

const Placement *leaf_placement(const Leaf *leaf, int i)
{
    return leaf->places.places[i];
}

void leaf_add_unknown_placement(Leaf *leaf)
{
    leaf->places.has_unknown = true;
}

bool leaf_is_placed(const Leaf *leaf)
{
    return !leaf->places.has_unknown;
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

/** The planes of a layer: the first, and the one after the last. */
static int layer_first(LeafLayer layer)
{
    return layer == LEAF_LAYER_MASK ? LEAF_MASK : 1;
}

static int layer_end(const Leaf *leaf, LeafLayer layer)
{
    return layer == LEAF_LAYER_MASK ? LEAF_MASK + 1
                                    : leaf_planes_end(&leaf->planes);
}

uint64_t leaf_units(const Leaf *leaf, LeafLayer layer, int *width, int *height)
{
    *width = leaf->layers[layer].unit_width;
    *height = leaf->layers[layer].unit_height;
    return leaf_planes_pixel_nbytes(&leaf->planes, layer_first(layer),
                                    layer_end(leaf, layer));
}

/** Of units that begin before and end behind what is needed of the leaf no more
 * is decoded than that; of a mask all. */
static void make_store(Leaf *leaf, LeafLayer which)
{
    Layer *layer = &leaf->layers[which];
    leaf_layer_make_store(layer, leaf->planes.planes, layer_first(which),
                          layer_end(leaf, which), leaf->limit_nbytes);
    if (which == LEAF_LAYER_BANDS)
        leaf_places_rows(&leaf->places, leaf->width, leaf->height,
                         layer->block_height, &layer->top, &layer->bottom);
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

/** One leaf_read(). */
typedef struct LeafReading {
    Leaf *leaf;
    ReaderHandle *handle;
    LeafLayer which;
    Window wanted;
    Window brought; /**< what GDAL's cache holds of it for units to come */
} LeafReading;

static bool decode(LeafReading *reading, const Window *at, uint8_t *data)
{
    const Leaf *leaf = reading->leaf;
    const LeafLayer which = reading->which;
    const bool is_spooled = leaf->spool != NULL && which == LEAF_LAYER_BANDS;
    const GDALDatasetH own = reader_handle_lock(reading->handle);
    const GDALDatasetH dataset =
        is_spooled ? band_spool_dataset(leaf->spool) : own;
    const Layer *layer = &leaf->layers[which];
    const Window rows = {.y = layer->top,
                         .width = layer->width,
                         .height = layer->bottom - layer->top};
    const Window part = window_intersection(at, &rows);
    const bool ok =
        which == LEAF_LAYER_MASK
            ? leaf_pixels_read_mask(dataset, at, data)
            : leaf_decode_bring(dataset, &leaf->decoding, &leaf->planes, at,
                                &reading->wanted, &reading->brought) &&
                  leaf_decode_all(dataset, own, &leaf->decoding, &leaf->planes,
                                  at, &part, data);
    /* What is open for writing may have blocks there that are not written. */
    if (window_is_empty(&reading->brought) &&
        (is_spooled || GDALGetAccess(dataset) == GA_ReadOnly))
        live_band_drop_blocks(dataset);
    pages_freed((size_t)(at->width * at->height) * layer->pixel_nbytes);
    reader_handle_unlock(reading->handle);
    return ok;
}

/** The unit @p at, decoded and pinned; NULL after a failure that is reported.
 */
static Block *fetch(LeafReading *reading, int64_t index, const Window *at)
{
    BlockStore *store = reading->leaf->layers[reading->which].store;
    bool to_fill;
    Block *block = block_store_pin(store, index, &to_fill);
    if (block == NULL)
        CPLError(CE_Failure, CPLE_OutOfMemory,
                 "out of memory for a block of %s",
                 GDALGetDescription(dataset_of(reading->leaf)));
    if (block == NULL || !to_fill)
        return block;
    const bool ok = decode(reading, at, block_data(block));
    block_store_filled(store, block, ok);
    return ok ? block : NULL;
}

/** Copies a rectangle out of the units of a layer. */
static CPLErr copy_units(LeafReading *reading, const Plane *plane,
                         const PlaneTarget *target)
{
    Leaf *leaf = reading->leaf;
    const Layer *layer = &leaf->layers[reading->which];
    const Window *wanted = &target->rectangle;
    const int64_t right = window_right(wanted) - 1;
    const int64_t bottom = window_bottom(wanted) - 1;
    for (int64_t row = wanted->y / layer->unit_height;
         row <= bottom / layer->unit_height; row++)
        for (int64_t column = wanted->x / layer->unit_width;
             column <= right / layer->unit_width; column++) {
            const int64_t index = row * layer->units_across + column;
            const Window unit = leaf_layer_unit(layer, index);
            Block *block = fetch(reading, index, &unit);
            if (block == NULL)
                return CE_Failure;
            leaf_pixels_copy_out(plane, &unit, block_data(block), target);
            block_store_unpin(layer->store, block);
        }
    return CE_None;
}

static CPLErr read_held(Leaf *leaf, ReaderHandle *handle, LeafLayer which,
                        const Plane *plane, const PlaneTarget *target)
{
    LeafReading reading = {.leaf = leaf,
                           .handle = handle,
                           .which = which,
                           .wanted = target->rectangle};
    const CPLErr err = copy_units(&reading, plane, target);
    if (!window_is_empty(&reading.brought)) {
        live_band_drop_blocks(reader_handle_lock(handle));
        reader_handle_unlock(handle);
    }
    return err;
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
    const Plane *plane = &leaf->planes.planes[band];
    const LeafLayer which =
        band == LEAF_MASK ? LEAF_LAYER_MASK : LEAF_LAYER_BANDS;
    const Layer *layer = &leaf->layers[which];
    if (!plane->needed)
        return read_below(handle, band, target);
    if (!prepare(leaf, which))
        return CE_Failure;
    /* What the places do not tell of is not in the units. */
    return target->rectangle.y >= layer->top &&
                   window_bottom(&target->rectangle) <= layer->bottom
               ? read_held(leaf, handle, which, plane, target)
               : read_below(handle, band, target);
}

GDALDataType leaf_type(const Leaf *leaf, int band)
{
    return leaf->planes.planes[band].type;
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
    const Window at = leaf_layer_unit(position->layer, index);
    return leaf_places_need_later(&leaf->places, position->plan, position->done,
                                  &at);
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

bool leaf_count(const Leaf *leaf, int64_t *decodes, int64_t *again)
{
    for (int i = 0; i < LEAF_LAYERS; i++) {
        BlockStore *store = leaf->layers[i].store;
        if (i == LEAF_LAYER_BANDS && leaf->spool != NULL) {
            *decodes += band_spool_bands_read(leaf->spool);
        } else if (store != NULL) {
            *decodes += block_store_added(store);
            *again += block_store_added_again(store);
        }
    }
    return leaf->decoding.counted;
}

bool leaf_spool(Leaf *leaf, const char *target, uint64_t memory_nbytes)
{
    if (leaf->decoding.calls != CALL_BAND || leaf->spool != NULL)
        return false;
    leaf->spool = band_spool_new(dataset_of(leaf), target, memory_nbytes);
    if (leaf->spool == NULL)
        return false;
    Layer *layer = &leaf->layers[LEAF_LAYER_BANDS];
    layer->unit_height = band_spool_block_rows(leaf->spool);
    leaf->decoding.calls = CALL_FEW_BLOCKS;
    return true;
}

bool leaf_needs_band(const Leaf *leaf, int band)
{
    return leaf->planes.planes[band].needed;
}

static bool needs_band(void *user, int band)
{
    return leaf_needs_band(user, band);
}

static bool needs_rows(void *user, const Window *rows)
{
    return leaf_places_need(&((const Leaf *)user)->places, rows);
}

CPLErr leaf_fill_spool(Leaf *leaf, const GDALRasterIOExtraArg *extra)
{
    const BandSpoolNeeds needs = {needs_band, needs_rows, leaf};
    return leaf->spool == NULL ? CE_None
                               : band_spool_fill(leaf->spool, &needs, extra);
}

uint64_t leaf_held_nbytes(const Leaf *leaf)
{
    return leaf->decoding.held_nbytes +
           (leaf->spool != NULL ? band_spool_held_nbytes(leaf->spool) : 0);
}
