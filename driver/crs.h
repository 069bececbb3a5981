/* SPDX-License-Identifier: MIT */
/** @file
 * Sees to it that the output has the source's CRS, by PROJ's own measure, even
 * where GeoTIFF's keys cannot say it.
 */
#ifndef ROWBAND_CRS_H
#define ROWBAND_CRS_H

#include <stdbool.h>

#include "gdal.h"

/** @return whether both mean the same for pixels: parameters, datum and
 *          coordinate epoch are equal, names may differ, and so may the order
 *          of latitude and longitude, which GDAL's axis mapping sees to. NULL
 * is no CRS. */
bool crs_same(OGRSpatialReferenceH a, OGRSpatialReferenceH b);

/** CRS_IDENTIFY: gives @p dataset the CRS of an authority that is its own to
 * every detail, if it has none with a code and there is exactly one such (EPSG
 * goes before others). A debug message says what was found. */
void crs_identify(GDALDatasetH dataset);

/** What became of a CRS. */
typedef enum CrsFate {
    CRS_KEPT,      /**< the file says it */
    CRS_IN_AUXXML, /**< the .aux.xml has to say it, in PAM's WKT */
    CRS_LOST
} CrsFate;

/** Compares the CRS that the TIFF file @p path reads back as, and that of its
 * GCPs, with those of @p wanted, and adds what is not so to the .aux.xml
 * beside it. */
CrsFate crs_guard(const char *path, GDALDatasetH wanted);

/** What messages may call the CRS of @p dataset, or of its GCPs.
 * @return valid as long as the dataset */
const char *crs_name(GDALDatasetH dataset);

#endif
