/* SPDX-License-Identifier: MIT */
#include "leaf.h"

#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "block_store.h"
#include "cpl_conv.h"
#include "cpl_error.h"
#include "cpl_string.h"
#include "dataset.h"

/* Blocks smaller than this are decoded several at a time. */
static const int64_t unit_small_nbytes = (int64_t)64 << 10;

/** One plane of a unit. */
typedef struct Plane {
    bool needed;
    GDALDataType type;
    size_t before; /**< bytes of one pixel in the planes before it */
} Plane;

/** Bands are decoded together; a mask has blocks of its own. */
typedef struct Layer {
    int unit_width, unit_height;
    int64_t units_across;
    size_t pixel_nbytes; /**< of all needed planes */
    BlockStore *store;   /**< made at the first read */
} Layer;

struct Leaf {
    char *name;
    char **open_options;
    char id[sizeof LEAF_NAME_PREFIX + 2 * sizeof(void *) + 2];
    Leaf *next_living;

    pthread_mutex_t mutex;
    GDALDatasetH dataset; /**< while acquired > 0 */
    int acquired;
    int width, height, bands;
    bool borrowed; /**< the dataset is somebody else's */
    bool has_mask, has_overviews;
    Plane *planes; /**< by band number; LEAF_MASK is the first */
    Layer layers[LEAF_LAYERS];
    LeafUse *uses;
    int use_count;
    uint64_t limit_nbytes;
};

/* The leaves of all operations under way, so that GDAL can open one by name.
 * GDAL gives a VRT's sources no other way to be found. */
static pthread_mutex_t living_mutex = PTHREAD_MUTEX_INITIALIZER;
static Leaf *living;

static void enlist(Leaf *leaf)
{
    snprintf(leaf->id, sizeof leaf->id, LEAF_NAME_PREFIX "%p", (void *)leaf);
    pthread_mutex_lock(&living_mutex);
    leaf->next_living = living;
    living = leaf;
    pthread_mutex_unlock(&living_mutex);
}

static void delist(Leaf *leaf)
{
    pthread_mutex_lock(&living_mutex);
    Leaf **link = &living;
    while (*link != NULL && *link != leaf)
        link = &(*link)->next_living;
    if (*link == leaf)
        *link = leaf->next_living;
    pthread_mutex_unlock(&living_mutex);
}

Leaf *leaf_find(const char *name)
{
    pthread_mutex_lock(&living_mutex);
    Leaf *leaf = living;
    while (leaf != NULL && strcmp(leaf->id, name) != 0)
        leaf = leaf->next_living;
    pthread_mutex_unlock(&living_mutex);
    return leaf;
}

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

static bool describe(Leaf *leaf, GDALDatasetH dataset)
{
    leaf->width = GDALGetRasterXSize(dataset);
    leaf->height = GDALGetRasterYSize(dataset);
    leaf->bands = GDALGetRasterCount(dataset);
    leaf->planes = calloc((size_t)leaf->bands + 1, sizeof *leaf->planes);
    if (leaf->bands == 0 || leaf->planes == NULL)
        return false;
    const GDALRasterBandH first = GDALGetRasterBand(dataset, 1);
    const GDALRasterBandH mask = dataset_mask(dataset);
    leaf->has_mask = mask != NULL;
    leaf->has_overviews = GDALGetOverviewCount(first) > 0;
    choose_units(leaf, &leaf->layers[LEAF_LAYER_BANDS], first);
    choose_units(leaf, &leaf->layers[LEAF_LAYER_MASK],
                 mask != NULL ? mask : first);
    leaf->planes[LEAF_MASK].type = GDT_Byte;
    for (int i = 1; i <= leaf->bands; i++)
        leaf->planes[i].type =
            GDALGetRasterDataType(GDALGetRasterBand(dataset, i));
    return true;
}

Leaf *leaf_new(const char *name, CSLConstList open_options,
               GDALDatasetH dataset)
{
    Leaf *leaf = calloc(1, sizeof *leaf);
    if (leaf == NULL)
        return NULL;
    leaf->name = CPLStrdup(name);
    leaf->open_options = CSLDuplicate(open_options);
    leaf->limit_nbytes = UINT64_MAX;
    pthread_mutex_init(&leaf->mutex, NULL);
    enlist(leaf);
    if (!describe(leaf, dataset)) {
        leaf_free(leaf);
        return NULL;
    }
    return leaf;
}

Leaf *leaf_of_mask(GDALDatasetH dataset)
{
    Leaf *leaf = leaf_new(GDALGetDescription(dataset), NULL, dataset);
    if (leaf == NULL)
        return NULL;
    const LeafUse whole = {.scale_x = 1,
                           .scale_y = 1,
                           .right = leaf->width,
                           .bottom = leaf->height};
    leaf->dataset = dataset;
    leaf->borrowed = true;
    leaf->acquired = 1;
    leaf_need_mask(leaf);
    if (!leaf_add_use(leaf, &whole)) {
        leaf_free(leaf);
        return NULL;
    }
    return leaf;
}

void leaf_free(Leaf *leaf)
{
    if (leaf == NULL)
        return;
    delist(leaf);
    if (leaf->dataset != NULL && !leaf->borrowed)
        GDALClose(leaf->dataset);
    pthread_mutex_destroy(&leaf->mutex);
    for (int i = 0; i < LEAF_LAYERS; i++)
        block_store_free(leaf->layers[i].store);
    free(leaf->uses);
    free(leaf->planes);
    CSLDestroy(leaf->open_options);
    CPLFree(leaf->name);
    free(leaf);
}

bool leaf_is(const Leaf *leaf, const char *name, CSLConstList open_options)
{
    const int count = CSLCount(open_options);
    if (strcmp(leaf->name, name) != 0 || CSLCount(leaf->open_options) != count)
        return false;
    for (int i = 0; i < count; i++)
        if (strcmp(leaf->open_options[i], open_options[i]) != 0)
            return false;
    return true;
}

const char *leaf_name(const Leaf *leaf)
{
    return leaf->id;
}

void leaf_size(const Leaf *leaf, int *width, int *height)
{
    *width = leaf->width;
    *height = leaf->height;
}

bool leaf_has_overviews(const Leaf *leaf)
{
    return leaf->has_overviews;
}

bool leaf_need_band(Leaf *leaf, int band)
{
    if (band < 1 || band > leaf->bands)
        return false;
    leaf->planes[band].needed = true;
    return true;
}

void leaf_need_mask(Leaf *leaf)
{
    if (leaf->has_mask)
        leaf->planes[LEAF_MASK].needed = true;
    else
        leaf_need_all_bands(leaf);
}

void leaf_need_all_bands(Leaf *leaf)
{
    for (int i = 1; i <= leaf->bands; i++)
        leaf->planes[i].needed = true;
}

bool leaf_add_use(Leaf *leaf, const LeafUse *use)
{
    /* The bands of a VRT mostly lie in the same place. */
    for (int i = 0; i < leaf->use_count; i++)
        if (memcmp(&leaf->uses[i], use, sizeof *use) == 0)
            return true;
    LeafUse *uses =
        realloc(leaf->uses, ((size_t)leaf->use_count + 1) * sizeof *leaf->uses);
    if (uses == NULL)
        return false;
    leaf->uses = uses;
    leaf->uses[leaf->use_count++] = *use;
    return true;
}

int leaf_use_count(const Leaf *leaf)
{
    return leaf->use_count;
}

const LeafUse *leaf_use(const Leaf *leaf, int i)
{
    return &leaf->uses[i];
}

void leaf_set_limit(Leaf *leaf, uint64_t nbytes)
{
    leaf->limit_nbytes = nbytes;
}

GDALDatasetH leaf_acquire(Leaf *leaf)
{
    pthread_mutex_lock(&leaf->mutex);
    if (leaf->acquired++ == 0 && leaf->dataset == NULL)
        leaf->dataset =
            GDALOpenEx(leaf->name, GDAL_OF_RASTER, NULL,
                       (const char *const *)leaf->open_options, NULL);
    GDALDatasetH dataset = leaf->dataset;
    pthread_mutex_unlock(&leaf->mutex);
    return dataset;
}

void leaf_let_go(Leaf *leaf)
{
    pthread_mutex_lock(&leaf->mutex);
    if (--leaf->acquired == 0 && leaf->dataset != NULL) {
        GDALClose(leaf->dataset);
        leaf->dataset = NULL;
    }
    pthread_mutex_unlock(&leaf->mutex);
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
static bool prepare(Leaf *leaf, LeafLayer which)
{
    Layer *layer = &leaf->layers[which];
    if (layer->store != NULL)
        return true;
    for (int i = layer_first(which); i < layer_end(leaf, which); i++)
        if (leaf->planes[i].needed) {
            leaf->planes[i].before = layer->pixel_nbytes;
            layer->pixel_nbytes +=
                (size_t)GDALGetDataTypeSizeBytes(leaf->planes[i].type);
        }
    const int64_t units_down =
        (leaf->height + (int64_t)layer->unit_height - 1) / layer->unit_height;
    layer->store =
        block_store_new(layer->units_across * units_down,
                        (size_t)layer->unit_width * (size_t)layer->unit_height *
                            layer->pixel_nbytes,
                        leaf->limit_nbytes);
    return layer->store != NULL;
}

/** Reads the run of needed bands from @p first on that have one type, in one
 * call so that one decode serves them all.
 * @return the band after the run, or -1 after a failure */
static int read_run(Leaf *leaf, const Window *at, int first, uint8_t *data)
{
    const GDALDataType type = leaf->planes[first].type;
    const int nbytes = GDALGetDataTypeSizeBytes(type);
    int *bands = malloc(((size_t)leaf->bands + 1) * sizeof *bands);
    int count = 0, band = first;
    for (; bands != NULL && band <= leaf->bands; band++)
        if (leaf->planes[band].needed) {
            if (leaf->planes[band].type != type)
                break;
            bands[count++] = band;
        }
    const size_t pixels = (size_t)(at->width * at->height);
    const CPLErr err =
        bands == NULL ? CE_Failure
                      : GDALDatasetRasterIOEx(
                            leaf->dataset, GF_Read, (int)at->x, (int)at->y,
                            (int)at->width, (int)at->height,
                            data + pixels * leaf->planes[first].before,
                            (int)at->width, (int)at->height, type, count, bands,
                            nbytes, (GSpacing)nbytes * at->width,
                            (GSpacing)nbytes * at->width * at->height, NULL);
    free(bands);
    return err == CE_None ? band : -1;
}

static GDALRasterBandH band_of(const Leaf *leaf, int band)
{
    const GDALRasterBandH first = GDALGetRasterBand(leaf->dataset, 1);
    return band == LEAF_MASK ? GDALGetMaskBand(first)
                             : GDALGetRasterBand(leaf->dataset, band);
}

static bool decode_mask(Leaf *leaf, const Window *at, uint8_t *data)
{
    return GDALRasterIO(band_of(leaf, LEAF_MASK), GF_Read, (int)at->x,
                        (int)at->y, (int)at->width, (int)at->height, data,
                        (int)at->width, (int)at->height, GDT_Byte, 0,
                        0) == CE_None;
}

static bool decode_bands(Leaf *leaf, const Window *at, uint8_t *data)
{
    int band = 1;
    while (band > 0 && band <= leaf->bands)
        band = leaf->planes[band].needed ? read_run(leaf, at, band, data)
                                         : band + 1;
    return band > 0;
}

/** The unit's planes, decoded; NULL after a failure that is reported. */
static const uint8_t *fetch(Leaf *leaf, LeafLayer which, int64_t index)
{
    const Layer *layer = &leaf->layers[which];
    const uint8_t *held = block_store_get(layer->store, index);
    if (held != NULL)
        return held;
    const Window at = unit_window(leaf, layer, index);
    uint8_t *data = block_store_add(layer->store, index);
    if (data == NULL) {
        CPLError(CE_Failure, CPLE_OutOfMemory,
                 "out of memory for a block of %s", leaf->name);
        return NULL;
    }
    const bool ok = which == LEAF_LAYER_MASK ? decode_mask(leaf, &at, data)
                                             : decode_bands(leaf, &at, data);
    dataset_drop_cached_blocks(leaf->dataset);
    if (!ok) {
        block_store_remove(layer->store, index);
        return NULL;
    }
    return data;
}

/** Copies what a unit has of a rectangle. */
static void copy_out(const Window *unit, const uint8_t *data,
                     const Plane *plane, const Window *rectangle, uint8_t *out,
                     GDALDataType type, GSpacing pixel_nbytes,
                     GSpacing row_nbytes)
{
    const Window at = *unit;
    const int64_t x0 = at.x > rectangle->x ? at.x : rectangle->x;
    const int64_t y0 = at.y > rectangle->y ? at.y : rectangle->y;
    const int64_t x1 =
        min_int(at.x + at.width, rectangle->x + rectangle->width);
    const int64_t y1 =
        min_int(at.y + at.height, rectangle->y + rectangle->height);
    const int nbytes = GDALGetDataTypeSizeBytes(plane->type);
    const uint8_t *pixels =
        data + (size_t)(at.width * at.height) * plane->before;
    for (int64_t y = y0; y < y1; y++)
        GDALCopyWords64(pixels + ((y - at.y) * at.width + x0 - at.x) * nbytes,
                        plane->type, nbytes,
                        out + (y - rectangle->y) * row_nbytes +
                            (x0 - rectangle->x) * pixel_nbytes,
                        type, (int)pixel_nbytes, (GPtrDiff_t)(x1 - x0));
}

/** Copies a rectangle out of the units of a layer. */
static CPLErr read_held(Leaf *leaf, LeafLayer which, const Plane *plane,
                        const Window *rectangle, void *out, GDALDataType type,
                        GSpacing pixel_nbytes, GSpacing row_nbytes)
{
    const Layer *layer = &leaf->layers[which];
    const int64_t right = rectangle->x + rectangle->width - 1;
    const int64_t bottom = rectangle->y + rectangle->height - 1;
    if (!prepare(leaf, which)) {
        CPLError(CE_Failure, CPLE_OutOfMemory, "out of memory for %s",
                 leaf->name);
        return CE_Failure;
    }
    for (int64_t row = rectangle->y / layer->unit_height;
         row <= bottom / layer->unit_height; row++)
        for (int64_t column = rectangle->x / layer->unit_width;
             column <= right / layer->unit_width; column++) {
            const int64_t index = row * layer->units_across + column;
            const Window unit = unit_window(leaf, layer, index);
            const uint8_t *data = fetch(leaf, which, index);
            if (data == NULL)
                return CE_Failure;
            copy_out(&unit, data, plane, rectangle, out, type, pixel_nbytes,
                     row_nbytes);
        }
    return CE_None;
}

CPLErr leaf_read(Leaf *leaf, int band, const Window *rectangle, void *out,
                 GDALDataType type, GSpacing pixel_nbytes, GSpacing row_nbytes)
{
    const Plane *plane = &leaf->planes[band];
    const LeafLayer which =
        band == LEAF_MASK ? LEAF_LAYER_MASK : LEAF_LAYER_BANDS;
    CPLErr err;
    pthread_mutex_lock(&leaf->mutex);
    if (plane->needed)
        err = read_held(leaf, which, plane, rectangle, out, type, pixel_nbytes,
                        row_nbytes);
    else
        err = GDALRasterIO(band_of(leaf, band), GF_Read, (int)rectangle->x,
                           (int)rectangle->y, (int)rectangle->width,
                           (int)rectangle->height, out, (int)rectangle->width,
                           (int)rectangle->height, type, (int)pixel_nbytes,
                           (int)row_nbytes);
    pthread_mutex_unlock(&leaf->mutex);
    return err;
}

/** The output pixels that may depend on a unit in one of its places. */
static Window output_window(const LeafUse *use, const Window *at)
{
    /* Where pixels do not map one to one GDAL rounds as it sees fit. */
    const double slack_x = use->halo_x > 0, slack_y = use->halo_y > 0;
    const double begin_x = (double)at->x - use->halo_x;
    const double begin_y = (double)at->y - use->halo_y;
    const double end_x = (double)(at->x + at->width) + use->halo_x;
    const double end_y = (double)(at->y + at->height) + use->halo_y;
    const double left = floor(use->offset_x + use->scale_x * begin_x) - slack_x;
    const double top = floor(use->offset_y + use->scale_y * begin_y) - slack_y;
    const double right = ceil(use->offset_x + use->scale_x * end_x) + slack_x;
    const double bottom = ceil(use->offset_y + use->scale_y * end_y) + slack_y;
    const double x0 = fmax(left, use->left), y0 = fmax(top, use->top);
    const double x1 = fmin(right, use->right), y1 = fmin(bottom, use->bottom);
    return (Window){.x = (int64_t)x0,
                    .y = (int64_t)y0,
                    .width = x1 > x0 ? (int64_t)ceil(x1 - x0) : 0,
                    .height = y1 > y0 ? (int64_t)ceil(y1 - y0) : 0};
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
    for (int i = 0; i < leaf->use_count; i++) {
        const Window output = output_window(&leaf->uses[i], &at);
        if (output.width > 0 && output.height > 0 &&
            plan_needs_later(position->plan, position->done, &output))
            return true;
    }
    return leaf->use_count == 0;
}

void leaf_drop_behind(Leaf *leaf, const Plan *plan, const Window *done)
{
    pthread_mutex_lock(&leaf->mutex);
    for (int i = 0; i < LEAF_LAYERS; i++) {
        Position position = {leaf, &leaf->layers[i], plan, done};
        if (leaf->layers[i].store != NULL)
            block_store_drop(leaf->layers[i].store, needed_later, &position);
    }
    pthread_mutex_unlock(&leaf->mutex);
}

void leaf_count(const Leaf *leaf, int64_t *decodes, int64_t *again)
{
    for (int i = 0; i < LEAF_LAYERS; i++)
        if (leaf->layers[i].store != NULL) {
            *decodes += block_store_added(leaf->layers[i].store);
            *again += block_store_added_again(leaf->layers[i].store);
        }
}
