/* SPDX-License-Identifier: MIT */
/** @file
 * LAYOUT=COG: the creation options of GDAL's COG driver, and what they mean in
 * those of GTiff.
 */
#ifndef ROWBAND_COG_OPTIONS_H
#define ROWBAND_COG_OPTIONS_H

#include <stdbool.h>

#include "cpl_port.h"
#include "gdal.h"
#include "status.h"

/** Immutable after cog_options_parse(). */
typedef struct CogOptions {
    bool cog;               /**< LAYOUT=COG */
    bool overviews;         /**< whether to make any */
    int overview_count;     /**< -1: until they fit a tile */
    const char *resampling; /**< a name of GDAL's; static */
    char **raster;          /**< for options_parse(), in GTiff's words */
    char **overview; /**< the same, for the overviews; NULL: no overviews,
                          or they are encoded as the raster is */
} CogOptions;

CPL_C_START

/** Reads a list of NAME=VALUE for a file that @p source is copied to.
 * @return false with STATUS_INVALID or STATUS_UNSUPPORTED naming the option;
 *         cog_options_free() is due all the same */
bool cog_options_parse(CogOptions *options, CSLConstList list,
                       GDALDatasetH source, Status *status);

void cog_options_free(CogOptions *options);

CPL_C_END

#endif
