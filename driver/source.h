/* SPDX-License-Identifier: MIT */
/** @file
 * The source dataset: windows of it, all bands and the mask, into memory.
 * For the caller's thread only, which owns the dataset.
 */
#ifndef ROWBAND_SOURCE_H
#define ROWBAND_SOURCE_H

#include <stdbool.h>

#include "gdal.h"
#include "plan.h"
#include "status.h"
#include "swath.h"
#include "wrapped.h"

typedef struct Source {
    const char *name;     /**< for messages */
    GDALDatasetH dataset; /**< read from; not owned */
    Wrapped *wrapped;     /**< whose dataset it is, or NULL */
    const Plan *plan;     /**< in whose order windows are read */
    GDALDataType type;    /**< as which every band is read */
    GDALRasterBandH mask; /**< a true mask, or NULL */
    Leaf *mask_leaf; /**< that serves it, if its blocks are of another size */
    const Layout *layouts;  /**< image 0: the bands, image 1: the mask */
    GDALProgressFunc go_on; /**< asked while reading; FALSE cancels */
    void *go_on_data;
    int64_t windows_read;
} Source;

/** @return a leaf for a mask whose blocks are not the bands', to be freed by
 * the caller; NULL if there is no such mask, or no memory */
Leaf *source_mask_leaf(GDALDatasetH dataset);

/** Reads @p window into @p data as swath.h lays it out, and then drops the
 * decoded blocks from GDAL's cache, none of which is needed again.
 * @return false with STATUS_READ, or STATUS_CANCELLED if go_on said so; what
 *         GDAL reported is in @p status and not with its error handler */
bool source_read(Source *source, const Window *window, uint8_t *data,
                 Status *status);

#endif
