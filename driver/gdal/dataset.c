/* SPDX-License-Identifier: MIT */
#include "dataset.h"

#include <stdlib.h>
#include <string.h>

#include "block_size.h"
#include "container.h"
#include "cpl_conv.h"
#include "cpl_port.h"
#include "cpl_string.h"
#include "decoding.h"
#include "error_trap.h"
#include "gdal_utils.h"
#include "guarded.h"
#include "same_file.h"

GDALRasterBandH dataset_mask(GDALDatasetH dataset)
{
    const GDALRasterBandH band = GDALGetRasterBand(dataset, 1);
    const int flags = GDALGetMaskFlags(band);
    const bool own_data =
        (flags & GMF_PER_DATASET) != 0 &&
        (flags & (GMF_ALL_VALID | GMF_ALPHA | GMF_NODATA)) == 0;
    return own_data ? GDALGetMaskBand(band) : NULL;
}

bool dataset_band_has_own_mask(GDALRasterBandH band)
{
    return (GDALGetMaskFlags(band) &
            (GMF_ALL_VALID | GMF_PER_DATASET | GMF_ALPHA | GMF_NODATA)) == 0;
}

bool dataset_band_has_blocks(GDALRasterBandH band)
{
    int width = 0, height = 0;
    GDALGetBlockSize(band, &width, &height);
    return width > 0 && height > 0;
}

bool dataset_same_blocks(GDALRasterBandH a, GDALRasterBandH b)
{
    int width, height, other_width, other_height;
    block_size_of(a, &width, &height);
    block_size_of(b, &other_width, &other_height);
    return width == other_width && height == other_height;
}

void dataset_drop_blocks_of_bands(GDALDatasetH dataset)
{
    const int bands = GDALGetRasterCount(dataset);
    for (int i = 1; i <= bands; i++) {
        const GDALRasterBandH band = GDALGetRasterBand(dataset, i);
        if (band != NULL)
            guarded_flush(band);
    }
}

void dataset_close_silently(GDALDatasetH dataset)
{
    ErrorTrap trap;
    if (dataset == NULL)
        return;
    error_trap_begin(&trap, TRAP_ALL);
    GDALClose(dataset);
    error_trap_end(&trap);
}

GDALDatasetH dataset_open_gtiff(const char *path, unsigned flags)
{
    static const char *const drivers[] = {"GTiff", NULL};
    return guarded_open(path, flags, drivers, NULL, NULL);
}

static bool is_of_driver(GDALDatasetH dataset, const char *name)
{
    const GDALDriverH driver = GDALGetDatasetDriver(dataset);
    return driver != NULL &&
           EQUAL(GDALGetDescription((GDALMajorObjectH)driver), name);
}

bool dataset_is_gtiff(GDALDatasetH dataset)
{
    return is_of_driver(dataset, "GTiff");
}

bool dataset_is_vrt(GDALDatasetH dataset)
{
    return is_of_driver(dataset, "VRT") &&
           GDALGetMetadata(dataset, "xml:VRT") != NULL;
}

bool dataset_reads_in_order(GDALDatasetH dataset)
{
    int width, height;
    block_size_of(GDALGetRasterBand(dataset, 1), &width, &height);
    const bool rows = height == 1 && width == GDALGetRasterXSize(dataset);
    return (rows && !dataset_is_gtiff(dataset)) ||
           decoding_of(dataset).yield == YIELDS_ROWS ||
           container_reads_in_order(GDALGetDescription(dataset));
}

GDALDatasetH dataset_translate(GDALDatasetH source, char **words)
{
    GDALTranslateOptions *options = GDALTranslateOptionsNew(words, NULL);
    const GDALDatasetH made = GDALTranslate("", source, options, NULL);
    GDALTranslateOptionsFree(options);
    CSLDestroy(words);
    return made;
}

bool dataset_name_is_of_python(const char *name)
{
    return strstr(name, "/vsipython") != NULL ||
           strstr(name, "/vsiriopener") != NULL || STARTS_WITH(name, "NUMPY");
}

char *dataset_name_for_messages(GDALDatasetH dataset)
{
    const char *name = GDALGetDescription(dataset);
    if (*name != '\0')
        return CPLStrdup(name);
    char **files = GDALGetFileList(dataset);
    const int count = CSLCount(files);
    if (count > 1)
        name = CPLSPrintf("%s and %d more", files[0], count - 1);
    else
        name = count == 1 ? files[0] : "the source";
    char *copy = CPLStrdup(name);
    CSLDestroy(files);
    return copy;
}

bool dataset_has_file(GDALDatasetH dataset, const char *path)
{
    char **files = GDALGetFileList(dataset);
    bool found = false;
    for (int i = 0; !found && files != NULL && files[i] != NULL; i++)
        found = same_file(path, files[i]);
    CSLDestroy(files);
    return found || same_file(path, GDALGetDescription(dataset));
}

static BandShape band_shape(GDALRasterBandH band)
{
    BandShape shape = {.type = GDALGetRasterDataType(band),
                       .has_own_mask = dataset_band_has_own_mask(band)};
    block_size_of(band, &shape.block_width, &shape.block_height);
    return shape;
}

bool dataset_shape_of(DatasetShape *shape, GDALDatasetH dataset)
{
    const int bands = GDALGetRasterCount(dataset);
    *shape = (DatasetShape){.width = GDALGetRasterXSize(dataset),
                            .height = GDALGetRasterYSize(dataset),
                            .bands = bands,
                            .of_bands =
                                calloc((size_t)bands + 1, sizeof(BandShape))};
    if (shape->of_bands == NULL)
        return false;
    shape->has_mask = bands > 0 && dataset_mask(dataset) != NULL;
    for (int i = 0; i < bands; i++)
        shape->of_bands[i] = band_shape(GDALGetRasterBand(dataset, i + 1));
    return true;
}

void dataset_shape_clear(DatasetShape *shape)
{
    free(shape->of_bands);
    shape->of_bands = NULL;
}

bool dataset_has_shape(GDALDatasetH dataset, const DatasetShape *shape,
                       ShapeDetail detail)
{
    bool same = GDALGetRasterXSize(dataset) == shape->width &&
                GDALGetRasterYSize(dataset) == shape->height &&
                GDALGetRasterCount(dataset) == shape->bands;
    if (!same || detail == SHAPE_RASTER || shape->bands == 0)
        return same;
    same = (dataset_mask(dataset) != NULL) == shape->has_mask;
    for (int i = 0; same && i < shape->bands; i++) {
        const BandShape *wanted = &shape->of_bands[i];
        const BandShape found = band_shape(GDALGetRasterBand(dataset, i + 1));
        same = found.type == wanted->type &&
               found.has_own_mask == wanted->has_own_mask &&
               (detail == SHAPE_SAMPLES ||
                (found.block_width == wanted->block_width &&
                 found.block_height == wanted->block_height));
    }
    return same;
}
