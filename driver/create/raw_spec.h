/* SPDX-License-Identifier: MIT */
/** @file
 * The raster of a file as it waits before it is encoded: raw tiles of one band
 * each, of all its images or of the raster and its mask alone.
 */
#ifndef ROWBAND_RAW_SPEC_H
#define ROWBAND_RAW_SPEC_H

#include "file_spec.h"
#include "status.h"

/** Describes them.
 * @param file what is to be made of them; must outlive what is returned
 * @param level_count of them, from the raster up
 * @param tile_width, tile_height in pixels, of all levels
 * @return to be freed with free(), and not with file_spec_free(); NULL with
 *         STATUS_NO_MEMORY, or STATUS_INVALID if there are too many tiles */
FileSpec *raw_spec_new(const FileSpec *file, int level_count,
                       int64_t tile_width, int64_t tile_height, Status *status);

#endif
