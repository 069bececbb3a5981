/* SPDX-License-Identifier: MIT */
/** @file
 * What the COG driver makes of some sources before it copies them.
 */
#ifndef ROWBAND_COG_SOURCE_H
#define ROWBAND_COG_SOURCE_H

#include <stdbool.h>

#include "cpl_port.h"
#include "gdal.h"
#include "parsed_options.h"
#include "source_shape.h"

/** JPEG has no place for alpha: with LAYOUT=COG and COMPRESS=JPEG, red, green,
 * blue and alpha become red, green and blue with a mask, and grey and alpha
 * grey with a mask where GDAL does the same
 * (frmts/gtiff/cogdriver.cpp: GDALCOGCreator::Create()).
 * @return whether that is the case */
bool cog_source_has_alpha_for_mask(const SourceShape *source,
                                   const ParsedOptions *said);

/** @return a VRT that says so, to be closed before @p source; NULL if GDAL
 *         cannot make it, which it has reported */
GDALDatasetH cog_source_with_mask(GDALDatasetH source);

#endif
