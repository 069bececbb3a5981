/* SPDX-License-Identifier: MIT */
/** @file
 * A VRT that is looked through: read are copies of it over leaves, each of
 * which decodes a block once and holds it until no window needs it.
 */
#ifndef ROWBAND_VRT_SOURCE_H
#define ROWBAND_VRT_SOURCE_H

#include <stddef.h>

#include "source_kind.h"

/** @param dataset stays the caller's
 * @param[out] reason why it cannot be looked through, if it is a VRT, or ""
 * @return without a state if the dataset is to be read as it is */
SourceKind vrt_source_open(GDALDatasetH dataset, char *reason,
                           size_t reason_nbytes);

#endif
