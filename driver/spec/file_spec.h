/* SPDX-License-Identifier: MIT */
/** @file
 * What the file is to hold: its images, and how each is made and encoded.
 */
#ifndef ROWBAND_FILE_SPEC_H
#define ROWBAND_FILE_SPEC_H

#include <stdbool.h>
#include <stdint.h>

#include "carve.h"
#include "cpl_port.h"
#include "encoder.h"
#include "gdal.h"
#include "gdal_resampler.h"
#include "gtiff_tags.h"
#include "image_spec.h"
#include "options.h"
#include "pipeline.h"
#include "pyramid.h"
#include "source_overviews.h"
#include "status.h"
#include "warp_target.h"

/** How a kind of image is encoded. */
typedef struct Encoding {
    Options options;
    GtiffTags tags;
    GtiffTiles tiles;
} Encoding;

/** What is known of a file that has been begun. Not owned. */
typedef struct BegunFile {
    int level_count;
    int64_t widths[LEVELS_MAX], heights[LEVELS_MAX]; /**< of each level */
    const Ifd *tags;             /**< of the raster, of one pixel */
    const Ifd *tags_of_overview; /**< NULL: there are none */
} BegunFile;

typedef struct FileSpec {
    const ToldFile *told;          /**< that says all; NULL: the source does */
    CSLConstList overview_options; /**< of those that are taken, without
                                      LAYOUT=COG; NULL: the raster's */
    const WarpTarget *warp; /**< that the source has been brought to; not owned,
                                 or NULL */
    bool is_warped;         /**< the source was not so by itself */
    const BegunFile *begun; /**< NULL; or what is known of the file */
    SourceOverviews overviews; /**< if they are taken they are the levels, and
                                    none is made */
    bool takes_tags;           /**< theirs too */
    const LevelRows *rows; /**< that are made of each level; not owned. NULL:
                                all */
    bool fed[LEVELS_MAX];  /**< levels that are not made */
    int taken[LEVELS_MAX]; /**< which overview is the level, from 0 on */
    CogOptions cog;
    Encoding raster;
    Encoding overview; /**< used if cog.overviews_differ */
    int image_count;   /**< of one level: the raster, its mask */
    int level_count;   /**< 1: no overviews */
    ImageSpec images[PIPELINE_IMAGES_MAX]; /**< level after level */
    Layout layouts[PIPELINE_IMAGES_MAX];   /**< the images' */
    const Resampler *resampler;
    GdalResampling resampling; /**< its custom */
    ValidityPlane validity;    /**< for the statistics */
    const Holes *holes; /**< where the raster has nothing; not owned, or NULL */
    bool reads_no_pixels;     /**< all tiles are copied encoded: see
                                   ImageSpec.copied */
    bool decodes_copied;      /**< windows of the raster are decoded from tiles
                                   that are copied: see lossless_windows.h */
    uint64_t decoding_nbytes; /**< that each reader holds for that */
    uint64_t copying_nbytes;  /**< that this holds, for the budget */
} FileSpec;

CPL_C_START

/** Decides the creation options for @p source. @p file must be zeroed but for
 * told, overview_options, warp, is_warped and begun; call file_spec_free() even
 * after a failure.
 * @return false with STATUS_INVALID or STATUS_UNSUPPORTED naming the option */
bool file_spec_resolve(FileSpec *file, const ParsedOptions *said,
                       GDALDatasetH source, Status *status);

/** Has GTiff make the tags, and describes the images. What must be warned of
 * goes to GDAL's error handler.
 * @param with_mask whether there is a mask to be copied
 * @return false with a reason */
bool file_spec_describe(FileSpec *file, GDALDatasetH source, bool with_mask,
                        const char *target, bool strict, Status *status);

void file_spec_free(FileSpec *file);

/** Images of all levels, and their tiles. */
int file_spec_image_count(const FileSpec *file);
int64_t file_spec_tile_count(const FileSpec *file);

/** The overview that is taken as level @p level, as a dataset. */
GDALDatasetH file_spec_taken(const FileSpec *file, int level);

/** The levels, less what takes their tiles and cells. */
PyramidSpec file_spec_pyramid(const FileSpec *file);

/** BIGTIFF, with IF_SAFER decided. */
BigTiff file_spec_bigtiff(const FileSpec *file);

CPL_C_END

#endif
