/* SPDX-License-Identifier: MIT */
/** @file
 * What the file is to hold: its images, and how each is made and encoded.
 */
#ifndef ROWBAND_CONTENTS_H
#define ROWBAND_CONTENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "carve.h"
#include "cog_options.h"
#include "cpl_port.h"
#include "encoder.h"
#include "gdal.h"
#include "image.h"
#include "options.h"
#include "pipeline.h"
#include "profile.h"
#include "pyramid.h"
#include "resample.h"
#include "status.h"

/** How a kind of image is encoded. */
typedef struct Encoding {
    Options options;
    Profile profile;
    GtiffTiles tiles;
} Encoding;

typedef struct Contents {
    CogOptions cog;
    Encoding raster;
    Encoding overview; /**< used if cog.overview says how */
    int image_count;   /**< of one level: the raster, its mask */
    int level_count;   /**< 1: no overviews */
    ImageSpec images[PIPELINE_IMAGES_MAX]; /**< level after level */
    Layout layouts[PIPELINE_IMAGES_MAX];   /**< the images' */
    const Resampler *resampler;
    GdalResampling resampling; /**< its custom */
    ValidityPlane validity;    /**< for the statistics */
} Contents;

CPL_C_START

/** Reads the creation options. @p contents must be zeroed; contents_free() is
 * due in any case.
 * @return false with STATUS_INVALID or STATUS_UNSUPPORTED naming the option */
bool contents_parse(Contents *contents, CSLConstList options,
                    GDALDatasetH source, Status *status);

/** Has GTiff make the tags, and describes the images. What must be warned of
 * goes to GDAL's error handler.
 * @param with_mask whether there is a mask to be copied
 * @return false with a reason */
bool contents_describe(Contents *contents, GDALDatasetH source, bool with_mask,
                       const char *target, bool strict, Status *status);

void contents_free(Contents *contents);

/** Images of all levels, and their tiles. */
int contents_image_count(const Contents *contents);
int64_t contents_tile_count(const Contents *contents);

/** The levels, less what takes their tiles and cells. */
PyramidSpec contents_pyramid(const Contents *contents);

/** BIGTIFF, with IF_SAFER decided. */
BigTiff contents_bigtiff(const Contents *contents);

/** The tags of every image, of one pixel. Those of overviews are new.
 * @param[out] ifds zeroed before; contents_release_directories() is due in any
 *             case */
bool contents_directories(const Contents *contents, Ifd **ifds, Status *status);
void contents_release_directories(const Contents *contents, Ifd **ifds);

CPL_C_END

#endif
