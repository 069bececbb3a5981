/* SPDX-License-Identifier: MIT */
/** @file
 * A leaf as GDAL sees it: the dataset below, but for its pixels, which come
 * out of the leaf's decoded blocks.
 */
#ifndef ROWBAND_LEAF_DATASET_H
#define ROWBAND_LEAF_DATASET_H

#include "gdal.h"

CPL_C_START

/** Opens a leaf by its leaf_name().
 * @return NULL if no such leaf lives or its dataset cannot be opened */
GDALDatasetH leaf_dataset_open(const char *name);

/** @return whether @p source is a VRT with a source that it was given as a
 * dataset that can be written to. What is read through such a handle may
 * differ from what the file of its name holds. */
int vrt_has_writable_source(GDALDatasetH source);

CPL_C_END

#endif
