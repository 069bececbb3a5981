/* SPDX-License-Identifier: MIT */
/** @file
 * What is copied: the dataset that the caller gave, or what the options have
 * made of it before, as the COG driver does: a raster in another CRS, and one
 * with a mask in place of alpha. Nothing is computed yet: these are VRTs, and
 * who reads them has GDAL compute.
 */
#ifndef ROWBAND_MADE_SOURCE_H
#define ROWBAND_MADE_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "gdal.h"
#include "parsed_options.h"
#include "status.h"
#include "told_file.h"
#include "warp_target.h"

typedef struct MadeSource {
    GDALDatasetH dataset;        /**< what is copied */
    GDALDatasetH warped, masked; /**< made, or NULL */
    WarpTarget target;
    bool has_target; /**< also if the source is already what it would become */
} MadeSource;

CPL_C_START

/** @param made zeroed before; call made_source_close() even after a failure
 * @param[in,out] told what was told of @p given, or NULL; becomes that once it
 *                is of another raster than is copied
 * @param[in,out] said has overviews made afresh then, and statistics counted of
 *                what is reprojected where the COG driver does
 * @param target for messages
 * @return false with a reason */
bool made_source_make(MadeSource *made, GDALDatasetH given, ParsedOptions *said,
                      const ToldFile **told, const char *target,
                      Status *status);

/** Before the dataset that was given is closed. */
void made_source_close(MadeSource *made);

CPL_C_END

#endif
