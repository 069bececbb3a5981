/* SPDX-License-Identifier: MIT */
/** @file
 * The levels that parts do not have: made when they are merged. On the thread
 * that called the driver.
 */
#ifndef ROWBAND_MERGE_LEVELS_H
#define ROWBAND_MERGE_LEVELS_H

#include <stdbool.h>

#include "copy_progress.h"
#include "cpl_port.h"
#include "file_spec.h"
#include "gdal.h"
#include "part_set.h"
#include "pipeline.h"
#include "plan.h"
#include "source.h"
#include "status.h"
#include "tile_spool.h"

/** Zeroed before; fields are this module's. */
typedef struct MergeLevels {
    FileSpec file;
    GDALDatasetH raster, top; /**< the parts, and their highest level */
    Source *source;
    WindowSource windows;
    Plan plan;
    LevelRows rows[LEVELS_MAX];
    Pipeline *pipeline;
} MergeLevels;

/** Makes them. Call merge_levels_end() even after a failure.
 * @param set with levels to be made
 * @param options creation options of the merge, as NUM_THREADS
 * @param name for messages
 * @param spool that their tiles go to
 * @param[out] index of each image of the file: those of levels that are made
 *             are set
 * @return false with a reason */
bool merge_levels_make(MergeLevels *levels, PartSet *set, CSLConstList options,
                       const char *target, const char *name, TileSpool *spool,
                       CopyProgress *progress, const TileIndex **index,
                       Status *status);

void merge_levels_end(MergeLevels *levels);

#endif
