/* SPDX-License-Identifier: MIT */
/** @file
 * Overviews of the source that become the file's: each is read like a raster of
 * its own, in a pass of its own. On the thread that called the driver.
 */
#ifndef ROWBAND_TAKEN_LEVELS_H
#define ROWBAND_TAKEN_LEVELS_H

#include <stdbool.h>

#include "file_spec.h"
#include "gdal.h"
#include "lossless_copy.h"
#include "pass.h"
#include "pipeline.h"
#include "plan.h"
#include "source.h"
#include "status.h"

typedef struct TakenLevels {
    int count; /**< 0: levels are made, if there are any */
    struct {
        Source *source;
        WindowSource windows;
        Plan plan;
    } levels[LEVELS_MAX]; /**< from level 1 of the file on */
} TakenLevels;

/** Opens and plans for the overviews that @p file takes, before any source is
 * begun. All must outlive @p taken, which is zeroed before; call
 * taken_levels_close() even after a failure.
 * @param lossless that knows which of their tiles are copied, and not read
 * @param name for messages
 * @return false with STATUS_READ or STATUS_NO_MEMORY */
bool taken_levels_open(TakenLevels *taken, const FileSpec *file,
                       LosslessCopy *lossless, const char *name,
                       Status *status);

/** @return whether their tiles come in the order of the file */
bool taken_levels_in_order(const TakenLevels *taken);

/** The passes, one for each. */
void taken_levels_passes(const TakenLevels *taken, const FileSpec *file,
                         Pass *passes);

/** Reads the windows of one pass, as read_ahead(). Sources that show the same
 * datasets take turns: that of a level is begun for its own pass, and the
 * raster's, @p raster, ends with its pass if there are others. */
bool taken_levels_read(TakenLevels *taken, const FileSpec *file, Source *raster,
                       const Pass *pass, Pipeline *pipeline, Status *status);

void taken_levels_close(TakenLevels *taken);

#endif
