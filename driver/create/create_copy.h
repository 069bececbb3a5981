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

/** See told_file.h, which only C can include. */
typedef struct ToldFile ToldFile;

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

/** The same for the pixels that were written to a dataset of Create(), of which
 * another file has been told all there is to say.
 * @param pixels the source; its overviews, if it has any, become the file's
 * @param told   closed; as large as @p pixels
 * @param overview_options the options for overviews; NULL: they are encoded
 * like the raster, or as a COG's are told
 * @return whether there is a file now; if not, after exactly one
 *         CPLError(CE_Failure) */
bool create_copy_of_pixels(const char *target, GDALDatasetH pixels,
                           const ToldFile *told, CSLConstList options,
                           CSLConstList overview_options);

CPL_C_END

#endif
