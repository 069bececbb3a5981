/* SPDX-License-Identifier: MIT */
/** @file
 * Parts as a dataset: a VRT of them in memory, each of which shows the rows
 * that it has tiles of, with the metadata that all of them say.
 *
 * On the thread that called the driver.
 */
#ifndef ROWBAND_PARTS_DATASET_H
#define ROWBAND_PARTS_DATASET_H

#include <stdbool.h>

#include "cpl_port.h"
#include "gdal.h"

/** See part_set.h and status.h, which only C can include. */
typedef struct PartSet PartSet;
typedef struct Status Status;

CPL_C_START

/** GDALDriver::pfnOpen for a name that begins as those of parts do (see
 * part_names.h).
 * @return NULL after one CPLError(CE_Failure) */
GDALDatasetH parts_dataset_open(const char *name);

/** A level of the parts of a set as a dataset.
 * @param kept the pixels that are kept of it, see part_kept.h, if any are
 * @return NULL with STATUS_READ */
GDALDatasetH parts_dataset_of_level(const PartSet *set, int level, bool kept,
                                    Status *status);

CPL_C_END

#endif
