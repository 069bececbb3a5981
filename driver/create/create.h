/* SPDX-License-Identifier: MIT */
/** @file
 * Create(): the pixels wait in a RawSpool until all are there; then they are
 * copied as any other source.
 */
#ifndef ROWBAND_CREATE_H
#define ROWBAND_CREATE_H

#include <stdbool.h>

#include "cpl_port.h"
#include "gdal.h"
#include "raw_spool.h"

typedef struct Creation Creation;

CPL_C_START

/** Checks the options and the target, and makes a spool: in memory if the
 * pixels take no more than half of BUDGET, otherwise beside @p target.
 * @param options creation options
 * @return NULL after one CPLError(CE_Failure) */
Creation *create_begin(const char *target, int width, int height, int bands,
                       GDALDataType type, CSLConstList options);

/** What is written to, and read back from; owned by @p creation. */
GDALDatasetH create_raw_dataset(const Creation *creation);

/** Where its pixels are; owned by @p creation. */
RawSpool *create_spool(const Creation *creation);

/** Makes the file out of the pixels, and frees @p creation.
 * @param front    what the user writes to: its bands' blocks go to the spool
 * @param complete whether all pixels are known to have got there
 * @return false after one CPLError(CE_Failure), with no file */
bool create_finish(Creation *creation, GDALDatasetH front, bool complete);

CPL_C_END

#endif
