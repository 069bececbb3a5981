/* SPDX-License-Identifier: MIT */
/** @file
 * From what the user and the source want to how an image is encoded.
 */
#ifndef ROWBAND_IMAGE_SPEC_H
#define ROWBAND_IMAGE_SPEC_H

#include <stdbool.h>

#include "encoder.h"
#include "gdal.h"
#include "gtiff_tags.h"
#include "gtiff_tile.h"
#include "options.h"
#include "status.h"

/** What an ImageSpec has GTiff do; lives as long as that is used. */
typedef struct GtiffTiles {
    GtiffTile codec, filter;
} GtiffTiles;

/** Describes the image of all bands of @p source, which refers to @p options
 * from then on. Warns of a PREDICTOR that has no effect.
 * @param[out] tiles zeroed before; image_spec_release() is due in any case
 * @return false with STATUS_INVALID or STATUS_UNSUPPORTED naming the option */
bool image_spec_raster(ImageSpec *image, GtiffTiles *tiles, GDALDatasetH source,
                       const Options *options, const GtiffTags *tags,
                       Status *status);

void image_spec_release(GtiffTiles *tiles);

/** Describes the mask of @p raster: one bit, in the raster's tiles. */
bool image_spec_mask(ImageSpec *image, const ImageSpec *raster, Status *status);

/** Where images are encoded: see ImageSpec.encoding. */
enum {
    ENCODING_RASTER,
    ENCODING_MASK,
    ENCODING_OVERVIEW,
    ENCODING_MASK_OF_OVERVIEW,
    ENCODING_KEPT,
    ENCODING_MASK_KEPT
};

/** The size of tiles of overviews that GTiff makes (frmts/gtiff/geotiff.cpp:
 * GTIFFGetOverviewBlockSize()).
 * @param spec of the raster */
int image_spec_overview_tile_size(const LayoutSpec *spec);

/** Describes an overview of @p width x @p height pixels that is encoded as
 * @p like is.
 * @param number of the level, from 1 */
bool image_spec_overview(ImageSpec *image, const ImageSpec *like, int number,
                         int64_t width, int64_t height, Status *status);

#endif
