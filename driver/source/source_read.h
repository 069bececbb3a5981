/* SPDX-License-Identifier: MIT */
/** @file
 * How a window is read: in calls that each decode a few blocks.
 */
#ifndef ROWBAND_SOURCE_READ_H
#define ROWBAND_SOURCE_READ_H

#include <stdint.h>

#include "gdal.h"
#include "layout.h"
#include "mask_spool.h"
#include "plan.h"
#include "source_kind.h"

/** What windows are read as. */
typedef struct SourceFormat {
    const Plan *plan;      /**< in whose order, and by how many */
    GDALDataType type;     /**< every band */
    const Layout *layouts; /**< by SourceImage */
    int *numbers;          /**< of the bands, from 1 on; NULL: the first ones */
    bool without_mask;     /**< which is not read */
    MaskSpool *masks;      /**< of single bands, read on the way; or NULL */
    const Holes *holes;    /**< of which nothing is read; or NULL */
    int64_t holes_margin;  /**< pixels beside something that are read */
} SourceFormat;

/** Reads @p window into @p data as swath.h says, on a reader's thread, and
 * drops what it decoded from GDAL's cache. The masks of single bands that are
 * read on the way go to their spool.
 * @return CE_Failure after GDAL has reported why */
CPLErr source_read_window(const SourceKind *kind, const SourceReader *reader,
                          const SourceFormat *format, const Window *window,
                          uint8_t *data, GDALRasterIOExtraArg *extra);

#endif
