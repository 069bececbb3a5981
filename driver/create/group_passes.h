/* SPDX-License-Identifier: MIT */
/** @file
 * The passes over groups of bands, or over levels of raw tiles, with all that
 * they refer to.
 */
#ifndef ROWBAND_GROUP_PASSES_H
#define ROWBAND_GROUP_PASSES_H

#include "file_spec.h"
#include "pass.h"
#include "pipeline.h"
#include "raw_tiles.h"
#include "source.h"
#include "status.h"

/** Where bands are read from: one of the two. */
typedef struct GroupSource {
    Source *source;
    const RawTiles *raw;
} GroupSource;

/** Zeroed before. */
typedef struct GroupPasses {
    int count;
    Pass *passes;
    Layout *layouts; /**< of their windows, SWATH_IMAGES_MAX each */
    WindowSource *windows;
    SourceRange *of_source;
    RawRange *of_raw;
    int *numbers; /**< of all bands, from 1 on */
} GroupPasses;

/** One pass over the raster for each group of bands.
 * @param file   what they make; kept by reference, as is @p plan
 * @param group  bands of one; all of them: there is one pass
 * @return false with STATUS_NO_MEMORY; call group_passes_free() even then */
bool group_passes_of_bands(GroupPasses *passes, const FileSpec *file,
                           const GroupSource *from, const Plan *plan, int group,
                           bool mask_again, Status *status);

/** One pass over each level, all bands together.
 * @param plans one for each level */
bool group_passes_of_levels(GroupPasses *passes, const FileSpec *file,
                            const RawTiles *raw, const Plan *plans,
                            Status *status);

/** Runs them in a pipeline that was started with them, and waits for their
 * tiles.
 * @param source that is read, or NULL */
bool group_passes_run(GroupPasses *passes, Source *source, Pipeline *pipeline,
                      Status *status);

void group_passes_free(GroupPasses *passes);

#endif
