/* SPDX-License-Identifier: MIT */
/** @file
 * The pixels of the highest level that parts have, from which merging makes
 * those above. Where its tiles do not hold them to the last bit, or there is a
 * mask, a part keeps them besides, in images of its own: tiles of the same
 * size, without loss. No reader comes across their directories, which
 * TAG_ROWBAND_KEPT of the first one leads to.
 *
 * On the thread that called the driver.
 */
#ifndef ROWBAND_PART_KEPT_H
#define ROWBAND_PART_KEPT_H

#include <stdbool.h>

#include "encoder.h"
#include "file_spec.h"
#include "ifd.h"
#include "status.h"

/** @param top the level
 * @return whether levels are made from it, and its tiles do not suffice */
bool part_kept_needed(const FileSpec *file, int top);

/** Describes the images.
 * @param[out] kept image_count of them
 * @return false with STATUS_INVALID */
bool part_kept_describe(const FileSpec *file, int top, ImageSpec *kept,
                        Status *status);

/** The tags of one, less what directory_complete() sets.
 * @return to be freed with ifd_free(); NULL with STATUS_NO_MEMORY */
Ifd *part_kept_tags(const ImageSpec *kept, Status *status);

#endif
