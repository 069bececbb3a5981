/* SPDX-License-Identifier: MIT */
/** @file
 * A dataset that is read as it is. Its blocks pass GDAL's cache; those of a
 * mask that is in blocks of its own are held until no window needs them.
 */
#ifndef ROWBAND_PLAIN_SOURCE_H
#define ROWBAND_PLAIN_SOURCE_H

#include "source_kind.h"

/** @param dataset stays the caller's
 * @return without a state if there is no memory */
SourceKind plain_source_open(GDALDatasetH dataset);

#endif
