/* SPDX-License-Identifier: MIT */
/** @file
 * What a source says that it does not have.
 */
#ifndef ROWBAND_SOURCE_HOLES_H
#define ROWBAND_SOURCE_HOLES_H

#include "gdal.h"
#include "holes.h"
#include "source_kind.h"

/** What a hole is filled with. */
typedef struct HoleSamples {
    GDALDataType type;       /**< of all bands */
    const uint8_t *of_bands; /**< a sample */
    uint8_t of_mask;
} HoleSamples;

/** Asks a source where it has nothing, and reads a pixel of some holes to see
 * that they have those samples.
 * @return to be freed; NULL if there are no holes, or other samples in them, or
 *         there is no memory */
Holes *source_holes_find(const SourceKind *kind, const SourceReader *reader,
                         const HoleSamples *samples);

/** SourceOps.fill_holes of a GeoTIFF that GDAL's own driver reads: of others it
 * knows nothing. */
bool source_holes_fill_sparse(GDALDatasetH dataset, GDALRasterBandH mask,
                              Holes *holes);

#endif
