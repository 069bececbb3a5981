/* SPDX-License-Identifier: MIT */
/** @file
 * GDAL's own warped VRT of a source: what the COG driver writes to a temporary
 * file (frmts/gtiff/cogdriver.cpp: CreateReprojectedDS()), from the same
 * arguments.
 */
#ifndef ROWBAND_WARPED_SOURCE_H
#define ROWBAND_WARPED_SOURCE_H

#include <stdint.h>

#include "cpl_port.h"
#include "gdal.h"
#include "status.h"
#include "warp_options.h"
#include "warp_target.h"

CPL_C_START

/** @return a dataset that refers to @p source and is to be closed before it;
 *         NULL with STATUS_INVALID. It warps on one thread: how many more
 *         there are is up to who reads it. */
GDALDatasetH warped_source_make(GDALDatasetH source, const WarpTarget *target,
                                const WarpOptions *said, Status *status);

CPL_C_END

#endif
