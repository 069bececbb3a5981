/* SPDX-License-Identifier: MIT */
/** @file
 * The dataset that Create() gives.
 */
#ifndef ROWBAND_CREATED_DATASET_H
#define ROWBAND_CREATED_DATASET_H

#include "cpl_port.h"
#include "gdal.h"

CPL_C_START

/** GDALDriver::pfnCreate in C. What the dataset holds is made into the file
 * when it is closed.
 * @return NULL after one CPLError(CE_Failure) */
GDALDatasetH created_dataset_new(const char *target, int width, int height,
                                 int bands, GDALDataType type,
                                 CSLConstList options);

CPL_C_END

#endif
