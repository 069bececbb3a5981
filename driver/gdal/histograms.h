/* SPDX-License-Identifier: MIT */
/** @file
 * Histograms of bands, which GDAL keeps in the .aux.xml beside a raster.
 */
#ifndef ROWBAND_HISTOGRAMS_H
#define ROWBAND_HISTOGRAMS_H

#include <stdbool.h>

#include "status.h"

/** Adds the histograms that are kept beside the raster @p from to what is kept
 * beside the raster @p to, if there are any. Both rasters are closed, or have
 * been flushed.
 * @return false with STATUS_IO */
bool histograms_move(const char *from, const char *to, Status *status);

#endif
