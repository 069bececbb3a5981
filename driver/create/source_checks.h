/* SPDX-License-Identifier: MIT */
/** @file
 * What a source must be to be copied at all.
 */
#ifndef ROWBAND_SOURCE_CHECKS_H
#define ROWBAND_SOURCE_CHECKS_H

#include <stdbool.h>

#include "file_spec.h"
#include "gdal.h"
#include "status.h"

CPL_C_START

/** @param name for messages
 * @return false with STATUS_INVALID, or STATUS_READ if that cannot be told */
bool source_checks_all(GDALDatasetH dataset, const char *name, Status *status);

/** Looks at masks of single bands, and warns where they are lost.
 * @param[out] has_masks whether there are any to be kept
 * @return false with STATUS_UNSUPPORTED if what is wanted does not heed them */
bool source_checks_masks(GDALDatasetH dataset, const FileSpec *file,
                         const char *target, bool *has_masks, Status *status);

CPL_C_END

#endif
