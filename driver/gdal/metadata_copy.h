/* SPDX-License-Identifier: MIT */
/** @file
 * A dataset of one pixel that says everything that another one says.
 */
#ifndef ROWBAND_METADATA_COPY_H
#define ROWBAND_METADATA_COPY_H

#include <stdbool.h>

#include "gdal.h"

/** @param with_mask give it a per-dataset mask
 * @return a MEM dataset with the bands, types and all metadata of @p source,
 *         to be closed by the caller; NULL after a reported error */
GDALDatasetH metadata_copy_proxy(GDALDatasetH source, bool with_mask);

/** Copies what samples of a band mean: colour interpretation and nodata. */
void metadata_copy_meaning(GDALRasterBandH from, GDALRasterBandH to);

#endif
