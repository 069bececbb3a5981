/* SPDX-License-Identifier: MIT */
/** @file
 * PART=i/n: what a copy does differently when it makes one part of the file.
 * The part is a sparse TIFF, laid out as a GeoTIFF whatever the file will be,
 * of the raster and the overviews that are shared out (parts.h), and carries
 * what merging needs (part_record.h).
 *
 * On the thread that called the driver.
 */
#ifndef ROWBAND_PART_COPY_H
#define ROWBAND_PART_COPY_H

#include <stdbool.h>
#include <stdint.h>

#include "file_layout.h"
#include "file_spec.h"
#include "gdal.h"
#include "ifd.h"
#include "part_digest.h"
#include "parts.h"
#include "plan.h"
#include "status.h"

/** Zeroed before; fields are this module's, except those that are said to be
 * read. */
typedef struct PartCopy {
    Part part;       /**< read: with a count of 0 the whole is copied */
    int level_count; /**< read: of the part */
    LevelRows rows[LEVELS_MAX]; /**< of all levels of the file */
    bool keeps; /**< read: whether it has pixels besides, see part_kept.h */
    ImageSpec kept[SWATH_IMAGES_MAX]; /**< read: of those */
    Ifd *kept_tags[SWATH_IMAGES_MAX];
    uint64_t kept_at[SWATH_IMAGES_MAX]; /**< where their directories will be */
    ImageSpec *images;                  /**< of the part */
    Ifd *ifds[PIPELINE_IMAGES_MAX];     /**< likewise, not owned */
    PartDigest digest;
    char **options; /**< that concern the file */
} PartCopy;

/** What is shared out of a file that is described. */
PartsShape part_copy_shape(const FileSpec *file);

/** Decides what the part is, once the file is described, and has @p file know
 * the rows.
 * @param given by the caller
 * @param options creation options
 * @param has_masks whether there are masks of single bands
 * @return false with STATUS_UNSUPPORTED for what parts cannot have; call
 *         part_copy_end() even then */
bool part_copy_begin(PartCopy *part, FileSpec *file, GDALDatasetH given,
                     CSLConstList options, bool has_masks, Status *status);
void part_copy_end(PartCopy *part);

/** @return PipelineSpec.rows */
static inline const LevelRows *part_copy_rows(const PartCopy *part)
{
    return part->part.count > 0 ? part->rows : NULL;
}

/** @return how many of the file's tiles are the part's */
int64_t part_copy_tile_count(const PartCopy *part, const FileSpec *file);

/** How the part is laid out: levels, and behind them what is kept.
 * @param pipeline that has made it
 * @param[in,out] layout with the images and directories of the file
 * @param[in,out] index the layout's, with room for PIPELINE_IMAGES_MAX
 * @return false with STATUS_NO_MEMORY */
bool part_copy_lay_out(PartCopy *part, const FileSpec *file,
                       const Pipeline *pipeline, FileLayout *layout,
                       const TileIndex **index, Status *status);

/** @return tiles of other parts, of what is kept */
int64_t part_copy_kept_elsewhere(const PartCopy *part, const FileSpec *file);

/** @return whether another part has the first tile */
static inline bool part_copy_begins_later(const PartCopy *part)
{
    const Span *tiles = &part->rows[0].tiles;
    return part->part.count > 0 &&
           (tiles->begin > 0 || tiles->begin >= tiles->end);
}

/** @return whether anything is read of a level that the source has */
bool part_copy_reads(const PartCopy *part, int level);

/** Where windows of the raster are decoded from tiles that are copied (see
 * lossless_windows.h): has whole rows of tiles read. */
void part_copy_keep_to_tiles(PartCopy *part, const FileSpec *file);

/** Has a plan for windows of a level bring what is needed, if anything is:
 * whole blocks, since what GDAL resamples depends on how it is cut. */
void part_copy_set_plan(const PartCopy *part, int level, Plan *plan);

/** Tells what two parts read of the raster, for CPL_DEBUG=ROWBAND.
 * @param plan of the raster, set */
void part_copy_report(const PartCopy *part, const FileSpec *file,
                      const Plan *plan);

/** Has the directories of the part say what merging needs.
 * @param target the part
 * @param ifds of all images of the file; those of the part are changed
 * @return false with a reason */
bool part_copy_describe(PartCopy *part, FileSpec *file, const char *target,
                        Ifd *const *ifds, Status *status);

#endif
