/* SPDX-License-Identifier: MIT */
/** @file
 * The tags of all images of a file, as far as they follow from what it is to
 * hold; where tiles lie comes later, see directory.h.
 */
#ifndef ROWBAND_FILE_DIRECTORIES_H
#define ROWBAND_FILE_DIRECTORIES_H

#include <stdbool.h>

#include "cpl_port.h"
#include "file_spec.h"
#include "gdal.h"
#include "ifd.h"
#include "status.h"

CPL_C_START

/** The tags of every image, of one pixel. Those of overviews are new; those of
 * the raster are @p file's, and may be changed.
 * @param source whose overviews are taken, if any are
 * @param[out] ifds zeroed before; file_directories_release() is due in any
 *             case */
bool file_directories_make(const FileSpec *file, GDALDatasetH source,
                           Ifd **ifds, Status *status);
void file_directories_release(const FileSpec *file, Ifd **ifds);

CPL_C_END

#endif
