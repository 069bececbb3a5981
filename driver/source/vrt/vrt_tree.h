/* SPDX-License-Identifier: MIT */
/** @file
 * Looking through VRTs: gdal_translate's own, mosaics, warped ones, VRTs of
 * VRTs. A copy of the VRT's XML is made in which each dataset at the bottom is
 * replaced by a leaf of ours, and that copy is read in place of the source.
 * What the VRT computes stays GDAL's; what it decodes is decoded once.
 */
#ifndef ROWBAND_VRT_TREE_H
#define ROWBAND_VRT_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "gdal.h"
#include "leaf.h"
#include "plan.h"

/** A VRT that is looked through. */
typedef struct VrtTree VrtTree;

/** Looks through @p source.
 * @param[out] reason why not, if it is a VRT; "" if it is none
 * @return NULL if the source is to be read as it is */
VrtTree *vrt_tree_open(GDALDatasetH source, char *reason, size_t reason_nbytes);

void vrt_tree_close(VrtTree *vrt);

/** The dataset to read instead of the source, for reader 0; owned by
 * @p vrt. */
GDALDatasetH vrt_tree_dataset(const VrtTree *vrt);

/** The same for another reader, to be closed before vrt_tree_close().
 * @return NULL if it cannot be opened */
GDALDatasetH vrt_tree_open_again(const VrtTree *vrt, int reader);

/** @return whether Python must have a part in reading, see
 * dataset_name_is_of_python() */
bool vrt_tree_needs_python(const VrtTree *vrt);

/** @return whether a dataset behind it is, or is in, the file at @p path */
bool vrt_tree_reads(const VrtTree *vrt, const char *path);

/** @return whether dataset_reads_in_order() is true of some dataset behind it
 */
bool vrt_tree_reads_in_order(const VrtTree *vrt);

/** @return whether some leaf's place in the output is not known, as under a
 * warped or pansharpened VRT, whose own blocks then pass GDAL's cache. */
bool vrt_tree_is_warped(const VrtTree *vrt);

/** @param[out] leaves the datasets behind it, owned by @p vrt
 * @return how many there are */
int vrt_tree_leaves(const VrtTree *vrt, Leaf *const **leaves);

/** Before anything is read: the bytes that leaves without a known place may
 * hold together. */
void vrt_tree_set_limit(VrtTree *vrt, uint64_t nbytes);

/** Drops the decoded blocks that no window after @p done needs, all before
 * which are read. */
void vrt_tree_drop_behind(VrtTree *vrt, const Plan *plan, const Window *done);

/** Adds up decodes, and those that were not the first of their block. */
void vrt_tree_count(const VrtTree *vrt, int64_t *decodes, int64_t *again);

#endif
