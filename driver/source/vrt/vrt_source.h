/* SPDX-License-Identifier: MIT */
/** @file
 * Looking through VRTs: gdal_translate's own, mosaics, warped ones, VRTs of
 * VRTs. A copy of the VRT's XML is made in which each dataset at the bottom is
 * replaced by a leaf of ours, and that copy is read in place of the source.
 * What the VRT computes stays GDAL's; what it decodes is decoded once.
 */
#ifndef ROWBAND_VRT_SOURCE_H
#define ROWBAND_VRT_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "gdal.h"
#include "leaf.h"
#include "plan.h"

typedef struct VrtSource VrtSource;

/** Looks through @p source.
 * @param[out] reason why not, if it is a wrapper; "" if it is none
 * @return NULL if the source is to be read as it is */
VrtSource *vrt_source_open(GDALDatasetH source, char *reason,
                           size_t reason_nbytes);

void vrt_source_close(VrtSource *vrt);

/** The dataset to read instead of the source, for reader 0; owned by
 * @p vrt. */
GDALDatasetH vrt_source_dataset(const VrtSource *vrt);

/** The same for another reader, to be closed before vrt_source_close().
 * @return NULL if it cannot be opened */
GDALDatasetH vrt_source_open_again(const VrtSource *vrt, int reader);

/** @return whether Python must have a part in reading, see
 * dataset_name_is_of_python() */
bool vrt_source_needs_python(const VrtSource *vrt);

/** @return whether a dataset behind it is, or is in, the file at @p path */
bool vrt_source_reads(const VrtSource *vrt, const char *path);

/** @return whether dataset_reads_in_order() is true of some dataset behind it
 */
bool vrt_source_reads_in_order(const VrtSource *vrt);

/** @return whether some leaf's place in the output is not known, as under a
 * warped or pansharpened VRT, whose own blocks then pass GDAL's cache. */
bool vrt_source_is_warped(const VrtSource *vrt);

int vrt_source_leaf_count(const VrtSource *vrt);
const Leaf *vrt_source_leaf(const VrtSource *vrt, int i);

/** Before anything is read: the bytes that leaves without a known place may
 * hold together. */
void vrt_source_set_limit(VrtSource *vrt, uint64_t nbytes);

/** Drops the decoded blocks that no window after @p done needs, all before
 * which are read. */
void vrt_source_drop_behind(VrtSource *vrt, const Plan *plan,
                            const Window *done);

/** Adds up decodes, and those that were not the first of their block. */
void vrt_source_count(const VrtSource *vrt, int64_t *decodes, int64_t *again);

#endif
