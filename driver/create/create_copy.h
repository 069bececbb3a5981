/* SPDX-License-Identifier: MIT */
/** @file
 * CreateCopy: the whole operation, from a dataset to a file.
 */
#ifndef ROWBAND_CREATE_COPY_H
#define ROWBAND_CREATE_COPY_H

#include <stdbool.h>

#include "cpl_port.h"
#include "cpl_progress.h"
#include "gdal.h"

CPL_C_START

/** GDALDriver::pfnCreateCopy in C. Everything GDAL is called on this thread
 * but the writing of the file, which happens on one worker at a time.
 * @param strict   as GTiff: bands of different types are an error
 * @param options  creation options, see options.h
 * @param progress never NULL: GDALDummyProgress
 * @return the finished file, opened read-only by GTiff; NULL after exactly
 *         one CPLError(CE_Failure), with no file at @p target */
GDALDatasetH create_copy(const char *target, GDALDatasetH source, bool strict,
                         CSLConstList options, GDALProgressFunc progress,
                         void *progress_data);

CPL_C_END

#endif
