/* SPDX-License-Identifier: MIT */
/** @file
 * Create(): raw pixels that come in any order, until all are there; then they
 * are copied as any other source. An uncompressed file of GTiff's serves,
 * sparse, with all that GTiff can say about a raster.
 */
#ifndef ROWBAND_CREATE_H
#define ROWBAND_CREATE_H

#include <stdbool.h>

#include "cpl_port.h"
#include "gdal.h"

typedef struct RawSpool RawSpool;

CPL_C_START

/** In memory if the pixels take no more than half of BUDGET; else in a file
 * beside @p target that has no name any more.
 * @param options creation options, checked here
 * @return NULL after one CPLError(CE_Failure) */
RawSpool *raw_spool_open(const char *target, int width, int height, int bands,
                         GDALDataType type, CSLConstList options);

/** What is written to, and read back from; owned by @p spool. */
GDALDatasetH raw_spool_dataset(const RawSpool *spool);

/** Makes the file that the spool was opened for out of it, and frees it.
 * @param front    what the user writes to: its bands' blocks go to the spool
 * @param complete whether all pixels are known to have got there
 * @return false after one CPLError(CE_Failure), with no file */
bool raw_spool_finish(RawSpool *spool, GDALDatasetH front, bool complete);

CPL_C_END

#endif
