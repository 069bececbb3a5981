/* SPDX-License-Identifier: MIT */
/** @file
 * LOSSLESS_COPY=YES: what the user says nothing of is as in the source.
 */
#ifndef ROWBAND_LOSSLESS_OPTIONS_H
#define ROWBAND_LOSSLESS_OPTIONS_H

#include <stdbool.h>

#include "cpl_port.h"
#include "gdal.h"
#include "status.h"

/** Completes the creation options in @p list: with LOSSLESS_COPY=YES among
 * them, by those that have tiles made as the source's are, where the list has
 * no other of that kind: codec, predictor, tiles or strips, interleaving. A
 * source that is no TIFF adds nothing: who copies will say why it cannot.
 * @param[out] complete to be freed with CSLDestroy(), even after a failure
 * @return false with STATUS_NO_MEMORY */
bool lossless_options(char ***complete, CSLConstList list, GDALDatasetH source,
                      Status *status);

#endif
