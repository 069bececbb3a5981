/* SPDX-License-Identifier: MIT */
/** @file
 * A dataset at the bottom of a wrapper, and the blocks of it that are decoded.
 *
 * A VRT may ask for the same block many times: for each band, for each of its
 * own 128x128 blocks, for the rows that two windows share. A leaf decodes it
 * at the first request and holds it until it is told that no window to come
 * needs it. It is GDAL's block cache with foresight in place of a limit.
 *
 * Several readers, each with a handle of its own, may read a leaf at once, each
 * in a thread of its own; GDAL 3.10 and newer may use further threads for the
 * sources of a mosaic.
 */
#ifndef ROWBAND_LEAF_H
#define ROWBAND_LEAF_H

#include <stdbool.h>
#include <stdint.h>

#include "gdal.h"
#include "leaf_names.h"
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

/** Notes what @p dataset is, which was opened by that name and those options
 * and stays the caller's; the leaf opens it again when it is read.
 * @return NULL if it has no bands, or there is no memory */
Leaf *leaf_new(const char *name, CSLConstList open_options,
               GDALDatasetH dataset);

/** A leaf of the mask of @p dataset, of which handles are lent to it.
 * @return NULL if there is no memory */
Leaf *leaf_of_mask(GDALDatasetH dataset);

/** Frees the leaf; no dataset of its name may be open. */
void leaf_free(Leaf *leaf);

/** @return whether the leaf was opened by just these */
bool leaf_is(const Leaf *leaf, const char *name, CSLConstList open_options);

/** The name by which GDAL opens it as a dataset while it lives, for reader 0.
 */
const char *leaf_name(const Leaf *leaf);

/** @return whether @p dataset has what the leaf's had when it was made; GDAL
 * may open a file of which it cannot read all, and say nothing */
bool leaf_is_like(const Leaf *leaf, GDALDatasetH dataset);

void leaf_size(const Leaf *leaf, int *width, int *height);
bool leaf_has_overviews(const Leaf *leaf);

/** dataset_reads_in_order() of its dataset. */
bool leaf_reads_in_order(const Leaf *leaf);

/** Before anything is read: says that a band will be. Others can be read too,
 * but are not held.
 * @return false if there is no such band */
bool leaf_need_band(Leaf *leaf, int band);
void leaf_need_all_bands(Leaf *leaf);

/** Likewise for its mask: the mask itself, or all bands if it follows from
 * nodata or alpha. */
void leaf_need_mask(Leaf *leaf);

/** Before anything is read: adds a place in the output. Without any, blocks
 * are dropped only to keep below the limit.
 * @param place becomes the leaf's, which frees it even after a failure; NULL:
 *        there was no memory for it
 * @return false if there is no memory */
bool leaf_add_placement(Leaf *leaf, Placement *place);
int leaf_placement_count(const Leaf *leaf);
const Placement *leaf_placement(const Leaf *leaf, int i);

/** Before anything is read: the most bytes of decoded blocks that a leaf
 * without placements may hold. */
void leaf_set_limit(Leaf *leaf, uint64_t nbytes);

/** The dataset as its readers have it open. */
ReaderHandles *leaf_handles(Leaf *leaf);

/** What is decoded at once: a block, or several where they are tiny.
 * @param[out] width, height pixels
 * @return bytes of one pixel of the bands that will be read; 0: none will */
uint64_t leaf_units(const Leaf *leaf, LeafLayer layer, int *width, int *height);

/** Copies a rectangle of one band out of the decoded blocks, decoding what is
 * missing through @p handle.
 * @param band 1 and up, or LEAF_MASK
 * @return CE_Failure after GDAL has reported why */
CPLErr leaf_read(Leaf *leaf, ReaderHandle *handle, int band,
                 const PlaneTarget *target);

/** Drops the blocks that no window after @p done needs, all before which are
 * read. */
void leaf_drop_behind(Leaf *leaf, const Plan *plan, const Window *done);

/** Adds up, for the result line: decodes, and how many of them were not the
 * first of their block. */
void leaf_count(const Leaf *leaf, int64_t *decodes, int64_t *again);

CPL_C_END

#endif
