/* SPDX-License-Identifier: MIT */
/** @file
 * A VRT that goes by a name at which no file is to be written.
 */
#ifndef ROWBAND_UNWRITTEN_VRT_H
#define ROWBAND_UNWRITTEN_VRT_H

#include "cpl_port.h"
#include "gdal.h"

CPL_C_START

/** Gives @p vrt a name. Without this GDAL's driver would write what it has
 * changed since it was opened to a file of that name. */
void unwritten_vrt_name(GDALDatasetH vrt, const char *name);

CPL_C_END

#endif
