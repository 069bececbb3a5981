/* SPDX-License-Identifier: MIT */
/** @file
 * What a source says that it does not have.
 */
#ifndef ROWBAND_SOURCE_HOLES_H
#define ROWBAND_SOURCE_HOLES_H

#include <stddef.h>

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
 * @param[out] why set to why the source cannot say; "" if it can. Where
 *             libtiff fails to read its list of tiles it says so once, and
 * shows tiles that are not there from then on
 * @return to be freed; NULL if there are no holes, or other samples in them, or
 *         there is no memory */
Holes *source_holes_find(const SourceKind *kind, const SourceReader *reader,
                         const HoleSamples *samples, char *why,
                         size_t why_nbytes);

/** SourceOps.fill_holes of a GeoTIFF that GDAL's own driver reads: of others it
 * knows nothing. */
bool source_holes_fill_sparse(GDALDatasetH dataset, GDALRasterBandH mask,
                              Holes *holes);

#endif
