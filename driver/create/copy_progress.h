/* SPDX-License-Identifier: MIT */
/** @file
 * How far a copy has come, as GDAL's progress function is told, which says
 * whether to go on. On the thread that called the driver.
 */
#ifndef ROWBAND_COPY_PROGRESS_H
#define ROWBAND_COPY_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "gdal.h"

typedef struct CopyProgress {
    GDALProgressFunc report;
    void *data;
    int64_t tiles;   /**< of the file */
    bool gathers;    /**< raw tiles are made before any of those */
    bool spools;     /**< they are not in the file as they come */
    bool encodes_no; /**< they are not encoded */
} CopyProgress;

/* What tells it. The user is the CopyProgress; each returns false to cancel. */

/** A GatherTick. */
bool copy_progress_gather(void *user, double done);

/** The pipeline's Tick. */
bool copy_progress_encode(void *user, int64_t tiles_written);

/** A FileLayout's go_on. */
bool copy_progress_lay_out(void *user, double done);

/** A GoOn, when the raster is written. */
bool copy_progress_end(void *user);

/** When all is written. */
bool copy_progress_whole(void *user);

#endif
