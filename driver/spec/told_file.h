/* SPDX-License-Identifier: MIT */
/** @file
 * What the user of Create() says of a dataset: told to a file that GTiff's
 * Create() has made with the same options, of the same size, and without a
 * pixel. What GTiff makes of it, in which order ever it is told, are the tags
 * and the sidecars of the output. In memory. One thread at a time.
 */
#ifndef ROWBAND_TOLD_FILE_H
#define ROWBAND_TOLD_FILE_H

#include <stdbool.h>

#include "cpl_port.h"
#include "gdal.h"
#include "ifd.h"
#include "options.h"
#include "source_shape.h"
#include "status.h"

typedef struct ToldFile ToldFile;

CPL_C_START

/** Has GTiff make the file; what it warns of goes to GDAL's error handler.
 * @param target whose name the file has
 * @param options of which the blocks count
 * @param for_tags what GTiff is given: see gtiff_tags_options()
 * @return NULL with STATUS_INVALID if GTiff refuses, or STATUS_NO_MEMORY */
ToldFile *told_file_create(const char *target, const SourceShape *shape,
                           const Options *options, CSLConstList for_tags,
                           Status *status);

/** What is told, and asked; owned by @p file. NULL once it is closed. */
GDALDatasetH told_file_dataset(const ToldFile *file);

/** Closes the dataset: then the file is complete. Errors that GTiff reports and
 * goes on after go to GDAL's error handler.
 * @return false with STATUS_NO_MEMORY or STATUS_IO */
bool told_file_close(ToldFile *file, Status *status);

/** Of a closed file: a dataset of one pixel that says all that was told, and
 * the nodata that the file has come to have; owned by @p file. */
GDALDatasetH told_file_proxy(const ToldFile *file);

/** The file, and the folder that it and its sidecars are alone in. */
const char *told_file_path(const ToldFile *file);
const char *told_file_folder(const ToldFile *file);

/** @return whether the closed file has a mask */
bool told_file_has_mask(const ToldFile *file);

/** What a directory is of, as TIFF 6.0 section 8 has it, NewSubfileType. */
enum { TOLD_OVERVIEW = 1, TOLD_MASK = 4, TOLD_MASK_OF_OVERVIEW = 5 };

/** Of a closed file: the tags of one of its directories beside the first.
 * @param kind   TOLD_...
 * @param number which one of that kind, from 0 on
 * @return NULL with STATUS_INVALID if there is none; to be freed with
 *         ifd_free() */
Ifd *told_file_directory(const ToldFile *file, unsigned kind, int number,
                         Status *status);

/** How many directories of that kind a closed file has. */
int told_file_count(const ToldFile *file, unsigned kind);

/** Of a closed file: has it say the statistics that bands of @p proxy say.
 * @return false with STATUS_IO */
bool told_file_set_statistics(const ToldFile *file, GDALDatasetH proxy,
                              Status *status);

/** Has the pixels' dataset say what was told, where that was of another raster
 * than the one that is made of them: of one with an alpha band that becomes a
 * mask. What that cannot say is warned of. */
void told_file_untell(const ToldFile *file, GDALDatasetH pixels,
                      const char *target);

/** Deletes the file and its sidecars; NULL is no file. */
void told_file_free(ToldFile *file);

CPL_C_END

#endif
