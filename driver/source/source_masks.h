/* SPDX-License-Identifier: MIT */
/** @file
 * Which masks of single bands wait in a spool because they are decoded with the
 * pixels. Between source.h and mask_spool.h.
 */
#ifndef ROWBAND_SOURCE_MASKS_H
#define ROWBAND_SOURCE_MASKS_H

#include <stdbool.h>
#include <stdint.h>

#include "gdal.h"
#include "mask_spool.h"
#include "source_kind.h"
#include "status.h"

/** Before anything is read: makes the spool, if any mask needs one.
 * @param[out] kept it, to be freed by the caller, or unchanged
 * @param dataset whose masks they are
 * @param target, memory_nbytes see mask_spool_new()
 * @return false with STATUS_NO_MEMORY */
bool source_masks_keep(MaskSpool **kept, const SourceKind *kind,
                       GDALDatasetH dataset, const char *target,
                       uint64_t memory_nbytes, Status *status);

#endif
