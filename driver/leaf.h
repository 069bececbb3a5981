/* SPDX-License-Identifier: MIT */
/** @file
 * A dataset at the bottom of a wrapper, and the blocks of it that are decoded.
 *
 * A VRT may ask for the same block many times: for each band, for each of its
 * own 128x128 blocks, for the rows that two windows share. A leaf decodes it
 * at the first request and holds it until it is told that no window to come
 * needs it. It is GDAL's block cache with foresight in place of a limit.
 *
 * Functions lock the leaf where they must: GDAL 3.10 and newer may read the
 * sources of a mosaic from several threads.
 */
#ifndef ROWBAND_LEAF_H
#define ROWBAND_LEAF_H

#include <stdbool.h>
#include <stdint.h>

#include "gdal.h"
#include "plan.h"

CPL_C_START

/** Begins the name under which a leaf can be opened as a dataset. */
#define LEAF_NAME_PREFIX "ROWBAND_LEAF:"

/** Stands for the mask band where a band number is asked for. */
enum { LEAF_MASK = 0 };

/** Bands are decoded together; a mask has blocks of its own. */
typedef enum LeafLayer {
    LEAF_LAYER_MASK,
    LEAF_LAYER_BANDS,
    LEAF_LAYERS
} LeafLayer;

/** One place where a leaf shows in the output. A leaf pixel p lies at output
 * position offset + scale * p, in each axis. */
typedef struct LeafUse {
    double offset_x, offset_y;
    double scale_x, scale_y;
    double halo_x, halo_y; /**< leaf pixels beyond its own place that an
                                output pixel may depend on */
    double left, top, right, bottom; /**< what of the output it can touch */
} LeafUse;

typedef struct Leaf Leaf;

/** Notes what @p dataset is, which was opened by that name and those options
 * and stays the caller's; the leaf opens it again when it is read.
 * @return NULL if it has no bands, or there is no memory */
Leaf *leaf_new(const char *name, CSLConstList open_options,
               GDALDatasetH dataset);

/** A leaf of the mask of @p dataset, which is read where it lies and stays the
 * caller's.
 * @return NULL if there is no memory */
Leaf *leaf_of_mask(GDALDatasetH dataset);

/** Frees the leaf; no dataset of its name may be open. */
void leaf_free(Leaf *leaf);

/** @return whether the leaf was opened by just these */
bool leaf_is(const Leaf *leaf, const char *name, CSLConstList open_options);

/** The name by which GDAL opens it as a dataset while it lives. */
const char *leaf_name(const Leaf *leaf);

/** Finds a living leaf. */
Leaf *leaf_find(const char *name);

void leaf_size(const Leaf *leaf, int *width, int *height);
bool leaf_has_overviews(const Leaf *leaf);

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
 * @return false if there is no memory */
bool leaf_add_use(Leaf *leaf, const LeafUse *use);
int leaf_use_count(const Leaf *leaf);
const LeafUse *leaf_use(const Leaf *leaf, int i);

/** Before anything is read: the most bytes of decoded blocks that a leaf
 * without uses may hold. */
void leaf_set_limit(Leaf *leaf, uint64_t nbytes);

/** The dataset itself, opened if it is not, to be given back with
 * leaf_let_go(). */
GDALDatasetH leaf_acquire(Leaf *leaf);
void leaf_let_go(Leaf *leaf);

/** What is decoded at once: a block, or several where they are tiny.
 * @param[out] width, height pixels
 * @return bytes of one pixel of the bands that will be read; 0: none will */
uint64_t leaf_units(const Leaf *leaf, LeafLayer layer, int *width, int *height);

/** Copies a rectangle of one band out of the decoded blocks, decoding what is
 * missing.
 * @param band 1 and up, or LEAF_MASK
 * @return CE_Failure after GDAL has reported why */
CPLErr leaf_read(Leaf *leaf, int band, const Window *rectangle, void *out,
                 GDALDataType type, GSpacing pixel_nbytes, GSpacing row_nbytes);

/** Drops the blocks that no window after @p done needs. */
void leaf_drop_behind(Leaf *leaf, const Plan *plan, const Window *done);

/** Adds up, for the result line: decodes, and how many of them were not the
 * first of their block. */
void leaf_count(const Leaf *leaf, int64_t *decodes, int64_t *again);

CPL_C_END

#endif
