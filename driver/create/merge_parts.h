/* SPDX-License-Identifier: MIT */
/** @file
 * From parts to the file: the one that a single process makes, byte for byte.
 * Tiles are copied as they are; levels above those that parts have are made
 * from the pixels of the highest one. The source of the parts is not needed.
 *
 * On the thread that called the driver.
 */
#ifndef ROWBAND_MERGE_PARTS_H
#define ROWBAND_MERGE_PARTS_H

#include <stdbool.h>

#include "cpl_port.h"
#include "cpl_progress.h"
#include "gdal.h"
#include "status.h"

CPL_C_START

/** @return whether a dataset is one of parts, see parts_dataset.h */
bool merge_parts_is_of(GDALDatasetH source);

/** Merges.
 * @param source of parts
 * @param options creation options, of how it is made only, as NUM_THREADS: what
 * is in the file the parts say
 * @return the file, opened by GTiff; NULL with a reason, and no file */
GDALDatasetH merge_parts(const char *target, GDALDatasetH source,
                         CSLConstList options, GDALProgressFunc progress,
                         void *progress_data, Status *status);

CPL_C_END

#endif
