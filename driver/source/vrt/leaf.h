/* SPDX-License-Identifier: MIT */
/** @file
 * A dataset at the bottom of a VRT, and the blocks of it that are decoded.
 *
 * A VRT may ask for the same block many times: for each band, for each of its
 * own 128x128 blocks, for the rows that two windows share. A leaf decodes it
 * at the first request and holds it until it is told that no window to come
 * needs it. It is GDAL's block cache with foresight in place of a limit.
 *
 * What it reads is the dataset in hand, whatever its name means by now. The
 * mask of a source in blocks of its own is a leaf, too, which several readers
 * may read at once, each in a thread of its own through a handle of its own;
 * GDAL 3.10 and newer may use further threads for the sources of a mosaic.
 */
#ifndef ROWBAND_LEAF_H
#define ROWBAND_LEAF_H

#include <stdbool.h>
#include <stdint.h>

#include "gdal.h"
#include "leaf_pixels.h"
#include "placement.h"
#include "plan.h"
#include "reader_handles.h"

CPL_C_START

/** Bands are decoded together; a mask has blocks of its own. */
typedef enum LeafLayer {
    LEAF_LAYER_MASK,
    LEAF_LAYER_BANDS,
    LEAF_LAYERS
} LeafLayer;

typedef struct Leaf Leaf;

/** @param dataset stays the caller's, and open as long as the leaf
 * @return NULL if it has no bands, or there is no memory */
Leaf *leaf_new(GDALDatasetH dataset);

/** A leaf of the mask of @p dataset, of which handles are lent to it.
 * @return NULL if there is no memory */
Leaf *leaf_of_mask(GDALDatasetH dataset);

void leaf_free(Leaf *leaf);

/** Before anything is read: says that a band will be. Others can be read too,
 * but are not held.
 * @return false if there is no such band */
bool leaf_need_band(Leaf *leaf, int band);
void leaf_need_all_bands(Leaf *leaf);

/** @return the first that will be, or the first mask of one that is held; 0:
 * none */
int leaf_first_needed_band(const Leaf *leaf);

/** @param band 1 and up
 * @return whether it will be read */
bool leaf_needs_band(const Leaf *leaf, int band);

/** Likewise for what the masks of the needed bands are made from: a mask that
 * is data, or the bands that they follow from. */
void leaf_need_mask(Leaf *leaf);

/** Likewise for the masks that a band has; that which is its own is held if it
 * has blocks like the band's: a driver may compute it from these, and it is
 * decoded with them. */
void leaf_need_masks_of(Leaf *leaf, int band);

/** @return the number by which leaf_read() knows the mask of that band if it is
 * held; 0: it is not */
int leaf_own_mask(const Leaf *leaf, int band);

/** Before anything is read: has @p overview, which lives as long, serve for the
 * overview of that number of each band.
 * @return false if there is no memory */
bool leaf_set_overview(Leaf *leaf, int level, Leaf *overview);

/** @return NULL if that overview is no leaf */
Leaf *leaf_overview(const Leaf *leaf, int level);

/** Before anything is read: adds a place in the output.
 * @param place becomes the leaf's, which frees it even after a failure; NULL:
 *        there was no memory for it
 * @return false if there is no memory */
bool leaf_add_placement(Leaf *leaf, Placement *place);
int leaf_placement_count(const Leaf *leaf);
const Placement *leaf_placement(const Leaf *leaf, int i);

/** Before anything is read: says that it has a place that is not known. Then
 * blocks are dropped only to keep below the limit. */
void leaf_add_unknown_placement(Leaf *leaf);
bool leaf_is_placed(const Leaf *leaf);

/** Before anything is read: the most bytes of decoded blocks that a leaf whose
 * placements are not all known may hold. */
void leaf_set_limit(Leaf *leaf, uint64_t nbytes);

/** The dataset as its readers have it open. */
ReaderHandles *leaf_handles(Leaf *leaf);

/** The handle of the dataset that the leaf was made for. */
ReaderHandle *leaf_first_handle(const Leaf *leaf);

/** What is decoded at once: a block, or several where they are tiny.
 * @param[out] width, height pixels
 * @return bytes of one pixel of the bands that will be read; 0: none will */
uint64_t leaf_units(const Leaf *leaf, LeafLayer layer, int *width, int *height);

/** Copies a rectangle of one band out of the decoded blocks, decoding what is
 * missing through @p handle.
 * @param band 1 and up, LEAF_MASK, or leaf_own_mask()
 * @return CE_Failure after GDAL has reported why */
CPLErr leaf_read(Leaf *leaf, ReaderHandle *handle, int band,
                 const PlaneTarget *target);

/** The type that it holds a band in, or a mask. */
GDALDataType leaf_type(const Leaf *leaf, int band);

/** Drops the blocks that no window after @p done needs, all before which are
 * read. */
void leaf_drop_behind(Leaf *leaf, const Plan *plan, const Window *done);

/** Before anything is read, if not all that is needed of the bands has room in
 * memory: has bands pass one after the other through a spool, where the driver
 * decodes a band at once. Units are rows then.
 * @param target, memory_nbytes see band_spool_new()
 * @return false if it is not done, as with most drivers */
bool leaf_spool(Leaf *leaf, const char *target, uint64_t memory_nbytes);

/** Before the first read, unless it is done: fills the spool if there is one.
 * @param extra whose progress function is asked whether to go on
 * @return CE_Failure after GDAL has reported why */
CPLErr leaf_fill_spool(Leaf *leaf, const GDALRasterIOExtraArg *extra);

/** Bytes that its driver keeps of pixels, and the spool. */
uint64_t leaf_held_nbytes(const Leaf *leaf);

/** Adds up, for the result line: decodes, and how many of them were not the
 * first of their block.
 * @return false if the driver may do more than that: see decoding.h */
bool leaf_count(const Leaf *leaf, int64_t *decodes, int64_t *again);

CPL_C_END

#endif
