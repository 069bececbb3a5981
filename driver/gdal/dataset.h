/* SPDX-License-Identifier: MIT */
/** @file
 * What GDAL's datasets are asked for in more than one place.
 */
#ifndef ROWBAND_DATASET_H
#define ROWBAND_DATASET_H

#include <stdbool.h>

#include "gdal.h"

/** @return the mask band of a source whose mask is data of its own, which
 * must be copied; NULL if it has none, or one that is computed from nodata or
 * alpha and needs no reading. */
GDALRasterBandH dataset_mask(GDALDatasetH dataset);

/** Drops the decoded blocks that GDAL's cache holds of a dataset's bands. The
 * cache is the process's and would fill up to its own limit, whatever our
 * budget. */
void dataset_drop_cached_blocks(GDALDatasetH dataset);

/** Opens a raster for reading, as a GTiff or not at all.
 * @param flags more GDAL_OF_...
 * @return NULL if it is none */
GDALDatasetH dataset_open_gtiff(const char *path, unsigned flags);

/** @return whether the pixels are best read from the first to the last, since
 * what comes before must be decoded to get at what comes after: rows of a
 * format without blocks, or a file within a compressed one. Two readers would
 * decode all twice. */
bool dataset_reads_in_order(GDALDatasetH dataset);

/** @return whether only Python can open a dataset of that name, with a lock
 * that who calls us may hold while we wait for other threads */
bool dataset_name_is_of_python(const char *name);

#endif
