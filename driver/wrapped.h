/* SPDX-License-Identifier: MIT */
/** @file
 * Looking through VRTs: gdal_translate's own, mosaics, warped ones, VRTs of
 * VRTs. A copy of the VRT's XML is made in which each dataset at the bottom is
 * replaced by a leaf of ours, and that copy is read in place of the source.
 * What the VRT computes stays GDAL's; what it decodes is decoded once.
 */
#ifndef ROWBAND_WRAPPED_H
#define ROWBAND_WRAPPED_H

#include <stdbool.h>
#include <stdint.h>

#include "gdal.h"
#include "leaf.h"
#include "plan.h"

typedef struct Wrapped Wrapped;

/** Looks through @p source.
 * @param[out] reason why not, if it is a wrapper; "" if it is none
 * @return NULL if the source is to be read as it is */
Wrapped *wrapped_open(GDALDatasetH source, char *reason, size_t reason_nbytes);

void wrapped_close(Wrapped *wrapped);

/** The dataset to read instead of the source, for reader 0; owned by
 * @p wrapped. */
GDALDatasetH wrapped_dataset(const Wrapped *wrapped);

/** The same for another reader, to be closed before wrapped_close().
 * @return NULL if it cannot be opened */
GDALDatasetH wrapped_open_again(const Wrapped *wrapped, int reader);

/** @return whether Python must have a part in reading, see
 * dataset_name_is_of_python() */
bool wrapped_needs_python(const Wrapped *wrapped);

/** @return whether a dataset behind it is, or is in, the file at @p path */
bool wrapped_reads(const Wrapped *wrapped, const char *path);

/** @return whether dataset_reads_in_order() is true of some dataset behind it
 */
bool wrapped_reads_in_order(const Wrapped *wrapped);

/** @return whether some leaf's place in the output is not known, as under a
 * warped or pansharpened VRT, whose own blocks then pass GDAL's cache. */
bool wrapped_is_warped(const Wrapped *wrapped);

int wrapped_leaf_count(const Wrapped *wrapped);
const Leaf *wrapped_leaf(const Wrapped *wrapped, int i);

/** Before anything is read: the bytes that leaves without a known place may
 * hold together. */
void wrapped_set_limit(Wrapped *wrapped, uint64_t nbytes);

/** Drops the decoded blocks that no window after @p done needs, all before
 * which are read. */
void wrapped_drop_behind(Wrapped *wrapped, const Plan *plan,
                         const Window *done);

/** Adds up decodes, and those that were not the first of their block. */
void wrapped_count(const Wrapped *wrapped, int64_t *decodes, int64_t *again);

#endif
