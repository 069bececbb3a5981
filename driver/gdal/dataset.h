/* SPDX-License-Identifier: MIT */
/** @file
 * What GDAL's datasets are asked for in more than one place.
 */
#ifndef ROWBAND_DATASET_H
#define ROWBAND_DATASET_H

#include <stdbool.h>

#include "gdal.h"

CPL_C_START

/** @return the mask band of a source whose mask is data of its own, which
 * must be copied; NULL if it has none, or one that is computed from nodata or
 * alpha and needs no reading. */
GDALRasterBandH dataset_mask(GDALDatasetH dataset);

/** @return whether the mask of the band is its own: neither shared by all bands
 * nor following from nodata or alpha (as GDALDriver::DefaultCopyMasks() finds
 * them) */
bool dataset_band_has_own_mask(GDALRasterBandH band);

/** @return whether the size of the band's blocks is one that can be divided by.
 * GDAL itself does so, and does not survive zero. */
bool dataset_band_has_blocks(GDALRasterBandH band);

/** @return whether two bands have blocks of one size */
bool dataset_same_blocks(GDALRasterBandH a, GDALRasterBandH b);

/** Drops the decoded blocks that GDAL's cache holds of a dataset's bands. The
 * cache is the process's and would fill up to its own limit, whatever our
 * budget. */
void dataset_drop_blocks_of_bands(GDALDatasetH dataset);

/** Closes a dataset on which nothing depends any more: what GDAL has to say is
 * of no interest. NULL is none. */
void dataset_close_silently(GDALDatasetH dataset);

/** Opens a raster for reading, as a GTiff or not at all.
 * @param flags more GDAL_OF_...
 * @return NULL if it is none */
GDALDatasetH dataset_open_gtiff(const char *path, unsigned flags);

/** @return whether the pixels are best read from the first to the last, since
 * what comes before must be decoded to get at what comes after: rows of a
 * format without blocks, or a file within a compressed one. Two readers would
 * decode all twice. */
bool dataset_reads_in_order(GDALDatasetH dataset);

/** @return whether only Python can open a dataset of that name, with a lock
 * that who calls us may hold while we wait for other threads */
bool dataset_name_is_of_python(const char *name);

/** @return whether it is of GDAL's own driver of TIFFs */
bool dataset_is_gtiff(GDALDatasetH dataset);

/** @return whether GDAL's VRT driver opened the dataset and can tell its XML */
bool dataset_is_vrt(GDALDatasetH dataset);

/** Has gdal_translate make a dataset of @p source.
 * @param words its options; consumed
 * @return NULL if it fails */
GDALDatasetH dataset_translate(GDALDatasetH source, char **words);

/** @return what messages may call the dataset: its name, or for one without a
 * name, as gdal_translate makes of a source as soon as it has options, the file
 * behind it; to be freed with CPLFree() */
char *dataset_name_for_messages(GDALDatasetH dataset);

/** @return whether the file at @p path is one of those that the dataset says it
 * is made of, or holds one of them as an archive does. A file that is not there
 * is none. */
bool dataset_has_file(GDALDatasetH dataset, const char *path);

typedef struct BandShape {
    GDALDataType type;
    int block_width, block_height;
    bool has_own_mask; /**< see dataset_band_has_own_mask() */
} BandShape;

/** What must not have changed when a dataset is opened again. */
typedef struct DatasetShape {
    int width, height, bands;
    bool has_mask;       /**< dataset_mask() gives one */
    BandShape *of_bands; /**< the first band's first */
} DatasetShape;

/** How far shapes must agree. */
typedef enum ShapeDetail {
    SHAPE_RASTER,  /**< size, and number of bands */
    SHAPE_SAMPLES, /**< types too, and which masks there are */
    SHAPE_BLOCKS   /**< sizes of blocks too */
} ShapeDetail;

/** Notes the shape; call dataset_shape_clear() even after a failure.
 * @return false if there is no memory */
bool dataset_shape_of(DatasetShape *shape, GDALDatasetH dataset);
void dataset_shape_clear(DatasetShape *shape);

/** @return whether a dataset agrees with a shape */
bool dataset_has_shape(GDALDatasetH dataset, const DatasetShape *shape,
                       ShapeDetail detail);

CPL_C_END

#endif
