/* SPDX-License-Identifier: MIT */
/** @file
 * A dataset of one pixel that says everything that another one says.
 */
#ifndef ROWBAND_METADATA_COPY_H
#define ROWBAND_METADATA_COPY_H

#include <stdbool.h>

#include "gdal.h"

CPL_C_START

/** @param with_mask give it a per-dataset mask
 * @return a MEM dataset with the bands, types and all metadata of @p source,
 *         to be closed by the caller; NULL after a reported error */
GDALDatasetH metadata_copy_proxy(GDALDatasetH source, bool with_mask);

/** Copies what samples of a band mean: colour interpretation and nodata. */
void metadata_copy_meaning(GDALRasterBandH from, GDALRasterBandH to);

/** @return whether the dataset or a band has metadata in a domain that GDAL
 * does not know of: GTiff's CreateCopy() leaves it out */
bool metadata_copy_has_own_domains(GDALDatasetH dataset);

/** Copies the nodata of each band of a dataset to another with as many, where
 * none means that there is to be none. */
void metadata_copy_nodata(GDALDatasetH from, GDALDatasetH to);

/** Copies all that is said of a dataset and its bands to another with as many.
 */
void metadata_copy_all(GDALDatasetH from, GDALDatasetH to);

CPL_C_END

#endif
