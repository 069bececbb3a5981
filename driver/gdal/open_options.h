/* SPDX-License-Identifier: MIT */
/** @file
 * What only GDAL's C++ API tells of a dataset: with which options it was
 * opened.
 */
#ifndef ROWBAND_OPEN_OPTIONS_H
#define ROWBAND_OPEN_OPTIONS_H

#include "cpl_port.h"
#include "gdal.h"

CPL_C_START

/** The dataset's own list, or NULL. */
CSLConstList dataset_open_options(GDALDatasetH dataset);

CPL_C_END

#endif
