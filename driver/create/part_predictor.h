/* SPDX-License-Identifier: MIT */
/** @file
 * PREDICTOR=AUTO in a part that does not have the first tile, which decides:
 * its pixels are read once more.
 */
#ifndef ROWBAND_PART_PREDICTOR_H
#define ROWBAND_PART_PREDICTOR_H

#include "file_spec.h"
#include "gdal.h"
#include "status.h"

/** Decides as the first tile does (predictor_gate.h), before any source is
 * begun.
 * @param given what the user gave
 * @param name for messages
 * @return false with STATUS_READ, STATUS_CODEC or STATUS_NO_MEMORY */
bool part_predictor_find(FileSpec *file, GDALDatasetH dataset,
                         GDALDatasetH given, const char *name, Status *status);

#endif
