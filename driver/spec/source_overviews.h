/* SPDX-License-Identifier: MIT */
/** @file
 * The overviews of a source that become those of the file, as datasets. On the
 * thread that called the driver.
 */
#ifndef ROWBAND_SOURCE_OVERVIEWS_H
#define ROWBAND_SOURCE_OVERVIEWS_H

#include <stdbool.h>

#include "cpl_port.h"
#include "gdal.h"
#include "parsed_options.h"
#include "pyramid.h"
#include "status.h"

typedef struct SourceOverviews {
    bool taken; /**< false: they are made, if there shall be any */
    int count;
    GDALDatasetH datasets[LEVELS_MAX]; /**< in the order of the source */
    bool is_ours[LEVELS_MAX];          /**< to close */
} SourceOverviews;

/** Whose they are. */
typedef enum OverviewOrigin {
    OVERVIEWS_OF_SOURCE,
    OVERVIEWS_OF_CREATED, /**< of a dataset of Create() */
    OVERVIEWS_OF_WARPED   /**< of a warped VRT, which shows its source's warped:
                               the COG driver's temporary file has none */
} OverviewOrigin;

CPL_C_START

/** Decides whether they are taken, as the COG driver does (frmts/gtiff/
 * cogdriver.cpp: GDALCOGCreator::Create()) and GTiff with COPY_SRC_OVERVIEWS
 * (geotiff.cpp: CreateCopy()); those of a dataset of Create() are part of what
 * was told. What must be warned of goes to GDAL's error handler.
 * @param overviews zeroed before; source_overviews_close() is due even after a
 *                  failure, and before @p source is closed
 * @return false with STATUS_UNSUPPORTED or STATUS_READ */
bool source_overviews_open(SourceOverviews *overviews, GDALDatasetH source,
                           const ParsedOptions *said, OverviewOrigin origin,
                           Status *status);

void source_overviews_close(SourceOverviews *overviews);

CPL_C_END

#endif
