/* SPDX-License-Identifier: MIT */
/** @file
 * Closes a TIFF that GTiff has written, and makes sure of it: later GDALs than
 * 3.6 write what is left when a file is closed, and tell nobody if they cannot
 * (frmts/gtiff/tifvsi.cpp: _tiffCloseProc()).
 */
#ifndef ROWBAND_WRITTEN_TIFF_H
#define ROWBAND_WRITTEN_TIFF_H

#include <stdbool.h>

#include "cpl_port.h"
#include "gdal.h"

CPL_C_START

/** Closes @p dataset, which is not sparse, and looks whether the file has all
 * tiles and they lie inside it.
 * @param path the file
 * @return false if not; what GDAL reports goes to its error handler */
bool written_tiff_close(GDALDatasetH dataset, const char *path);

CPL_C_END

#endif
