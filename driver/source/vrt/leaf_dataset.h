/* SPDX-License-Identifier: MIT */
/** @file
 * A leaf as GDAL sees it: the dataset below in everything except its pixels,
 * which come out of the leaf's decoded blocks.
 */
#ifndef ROWBAND_LEAF_DATASET_H
#define ROWBAND_LEAF_DATASET_H

#include "gdal.h"
#include "leaf.h"

CPL_C_START

/** @param leaf must outlive the dataset
 * @return to be closed by GDALClose(), which leaves the dataset below open;
 *         NULL if there is no memory */
GDALDatasetH leaf_dataset_new(Leaf *leaf);

CPL_C_END

#endif
