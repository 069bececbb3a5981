/* SPDX-License-Identifier: MIT */
/** @file
 * A level of the file as a GDAL dataset of which only one rectangle has pixels.
 * GDAL's own resampler can thus make a piece of the level above in the
 * coordinates of the whole level, with GDAL's own rules for nodata, alpha and
 * masks.
 */
#ifndef ROWBAND_LEVEL_VIEW_H
#define ROWBAND_LEVEL_VIEW_H

#include <stdbool.h>

#include "gdal.h"
#include "plan.h"
#include "swath.h"

typedef struct LevelView LevelView;

/** What a LevelView is made of. */
typedef struct LevelViewSpec {
    int width, height; /**< that the dataset says it has */
    GDALDataType type;
    int sample_nbits; /**< that samples may have in the file */
    int bands;
    GDALDatasetH like;  /**< has the bands' colour interpretation, nodata and
                             colour tables, and NODATA_VALUES; used by
                             level_view_new() only */
    bool with_mask;     /**< whether there is a mask, of type Byte */
    bool masks_itself;  /**< the mask, when it is resampled, is its own mask, as
                             a mask is, and GDAL's overview of one in some
                             versions */
    bool nan_to_nodata; /**< floats that are NaN are read as nodata */
    GDALRIOResampleAlg method;
} LevelViewSpec;

/** The band number of the mask. */
enum { LEVEL_VIEW_MASK = 0 };

/** Resamples pixels of a level. */
typedef struct LevelViewRequest {
    int band;                   /**< from 1 on, or LEVEL_VIEW_MASK */
    Window from;                /**< pixels that it is made from */
    double x, y, width, height; /**< the same, in fractions of pixels */
    void *out;                  /**< of the band's type, packed */
    int out_width, out_height;
} LevelViewRequest;

CPL_C_START

/** @return NULL if there is no memory */
LevelView *level_view_new(const LevelViewSpec *spec);
void level_view_free(LevelView *view);

/** Says which pixels there are: others are read as zeros.
 * @param masked_from from this row on every mask has the opposite of its first
 *        pixel. The result of those rows is not used. They are there because
 *        where a mask is the same all over (gcore/rasterio.cpp:
 *        bNoDataMaskFullyOpaque), GDAL calculates differently from its overview
 *        code. Height of the level or more: no such rows */
void level_view_aim(LevelView *view, const Window *held, int masked_from);

/** Says where the pixels of a band are, for level_view_aim()'s rectangle. */
void level_view_set_plane(LevelView *view, int band, const PlaneView *plane);

/** @return CE_Failure, reported to GDAL's error handler */
CPLErr level_view_resample(LevelView *view, const LevelViewRequest *request);

CPL_C_END

#endif
