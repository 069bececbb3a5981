/* SPDX-License-Identifier: MIT */
/** @file
 * Sees to it that the output has the source's CRS, by PROJ's own measure, even
 * where GeoTIFF's keys cannot say it.
 */
#ifndef ROWBAND_CRS_H
#define ROWBAND_CRS_H

#include "gdal.h"

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
