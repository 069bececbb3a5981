/* SPDX-License-Identifier: MIT */
/** @file
 * A VRT that is looked into: it is read itself, with leaves in the place of the
 * datasets at its bottom, each of which decodes a block once and holds it until
 * no window needs it.
 */
#ifndef ROWBAND_VRT_SOURCE_H
#define ROWBAND_VRT_SOURCE_H

#include <stddef.h>

#include "source_kind.h"
#include "status.h"

/** @param dataset stays the caller's
 * @param[out] reason why it cannot be looked through, if it is a VRT, or ""
 * @return without a state if the dataset is to be read as it is, or with
 *         STATUS_READ or STATUS_NO_MEMORY */
SourceKind vrt_source_open(GDALDatasetH dataset, char *reason,
                           size_t reason_nbytes, Status *status);

#endif
