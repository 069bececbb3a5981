/* SPDX-License-Identifier: MIT */
/** @file
 * The units in which some planes of a leaf are decoded, and those that are
 * held.
 */
#ifndef ROWBAND_LEAF_LAYER_H
#define ROWBAND_LEAF_LAYER_H

#include <stddef.h>
#include <stdint.h>

#include "block_store.h"
#include "decoding.h"
#include "gdal.h"
#include "leaf_pixels.h"
#include "window.h"

/** Bands are decoded together; a mask has blocks of its own. */
typedef struct Layer {
    int width, height; /**< of the leaf */
    int unit_width, unit_height;
    int64_t units_across;
    int block_height;    /**< a unit has as many of them as is of use */
    int64_t top, bottom; /**< the rows that are decoded of units: set with the
                              store, and all of them until then */
    size_t pixel_nbytes; /**< of all needed planes */
    BlockStore *store;   /**< made at the first read */
} Layer;

/** Chooses what is decoded at once, from the layer's first band. */
void leaf_layer_choose_units(Layer *layer, const Decoding *decoding,
                             GDALRasterBandH band);

/** The part of the leaf that a unit is. */
Window leaf_layer_unit(const Layer *layer, int64_t index);

/** Makes the layer's store, once the needed ones are known of the planes from
 * @p first to before @p end, and says of them where they lie in a unit.
 * Afterwards the store is NULL if there is no memory. */
void leaf_layer_make_store(Layer *layer, Plane *planes, int first, int end,
                           uint64_t limit_nbytes);

#endif
