/* SPDX-License-Identifier: MIT */
/** @file
 * One copy on its way: what create_copy.c has decided, and how the file is
 * written then. On the thread that called the driver.
 */
#ifndef ROWBAND_COPY_H
#define ROWBAND_COPY_H

#include <stdbool.h>

#include "band_groups.h"
#include "copy_progress.h"
#include "file_spec.h"
#include "gdal.h"
#include "lossless_copy.h"
#include "lossless_windows.h"
#include "made_source.h"
#include "output_file.h"
#include "part_copy.h"
#include "pipeline.h"
#include "plan.h"
#include "publication.h"
#include "source.h"
#include "status.h"
#include "taken_levels.h"
#include "tile_spool.h"

/** Everything that one call holds. */
typedef struct Copy {
    const char *target;
    char *source_name;    /**< for messages */
    GDALDatasetH given;   /**< by the caller */
    MadeSource made;      /**< of it */
    GDALDatasetH dataset; /**< what is copied: the same, or made of it */
    char **overview_list; /**< options for overviews, if they are ours */
    bool strict;
    bool has_masks; /**< of single bands, which go into a file of their own */
    CopyProgress progress;

    FileSpec file;
    Source *source;
    TakenLevels taken;
    LosslessCopy lossless;
    LosslessWindows decoded;
    PartCopy part;
    Plan plan;
    BandGroups groups;
    Publication *publication;
    OutputFile *output;
    TileSpool *spool; /**< NULL: tiles go to the output as they come */
    Pipeline *pipeline;
    GDALDatasetH result;
} Copy;

/** @return whether tiles come as they lie in the file, and need not wait for
 * their places if the file can be gone back in */
bool copy_is_in_order(const Copy *copy);

/** @return whether anything is read of a level that the source has: 0 is the
 * raster */
bool copy_reads_level(const Copy *copy, int level);

/** Reads, encodes, lays out and publishes, once all is planned for and the
 * source has begun.
 * @param[in,out] copy whose output, spool, pipeline and result are set here
 * @return false with a reason, and no file */
bool copy_write(Copy *copy, Status *status);

#endif
