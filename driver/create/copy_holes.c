/* SPDX-License-Identifier: MIT */
#include "copy_holes.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "cpl_error.h"
#include "int_math.h"
#include "pyramid.h"

static bool is_zero(const ImageSpec *image)
{
    static const uint8_t zero[SAMPLE_NBYTES_MAX];
    return memcmp(image->empty_sample, zero, sizeof zero) == 0;
}

/** @return whether what GDAL makes of empty samples alone are empty samples:
 * not where it mixes colours of a table, NaN has several forms, an alpha band
 * has nodata, or nodata is no float, which GDAL reckons in */
static bool overviews_keep_empty(const FileSpec *file, GDALDatasetH dataset)
{
    const bool zero = is_zero(&file->images[0]);
    const double value = file->raster.tags.nodata_value;
    if (GDALGetMetadataItem(dataset, "NODATA_VALUES", NULL) != NULL ||
        (!zero && (isnan(value) || (double)(float)value != value)))
        return false;
    for (int i = 1; i <= GDALGetRasterCount(dataset); i++) {
        const GDALRasterBandH band = GDALGetRasterBand(dataset, i);
        if (GDALGetRasterColorTable(band) != NULL ||
            (!zero && GDALGetRasterColorInterpretation(band) == GCI_AlphaBand))
            return false;
    }
    return true;
}

static bool may_have_holes(const FileSpec *file, GDALDatasetH dataset)
{
    const ImageSpec *image = &file->images[0];
    /* In a hole no pixel is valid. */
    const bool knows_validity =
        !file->validity.present || file->validity.image > 0 || is_zero(image);
    return file->told == NULL && !file->overviews.taken &&
           image->predictor != PREDICTOR_AUTO && !image->replace_nan &&
           knows_validity &&
           (file->level_count == 1 || overviews_keep_empty(file, dataset));
}

bool copy_holes_find(FileSpec *file, Source *source, GDALDatasetH dataset,
                     Status *status)
{
    const HoleSamples samples = {.type = file->raster.tags.type,
                                 .of_bands = file->images[0].empty_sample};
    if (!may_have_holes(file, dataset))
        return true;
    file->holes = source_find_holes(source, &samples, status);
    for (int i = 0; file->holes != NULL && i < file_spec_image_count(file); i++)
        file->images[i].accepts_empty = true;
    return status->code == STATUS_OK;
}

void copy_holes_skip(const FileSpec *file, LosslessCopy *lossless,
                     Source *source)
{
    const Holes *unneeded =
        lossless_copy_unneeded(lossless, file, 0, file->holes);
    if (file->holes != NULL)
        CPLDebug("ROWBAND",
                 "plan: nothing is read where the source has nothing");
    if (unneeded != NULL || file->holes == NULL) {
        source_skip_holes(source, unneeded, 0);
        return;
    }
    const LayoutSpec *spec = &file->layouts[0].spec;
    int64_t margin = max64(spec->tile_width, spec->tile_height);
    if (file->level_count > 1) {
        const PyramidSpec pyramid = file_spec_pyramid(file);
        const OverviewCost cost = pyramid_cost(&pyramid);
        margin = max64(margin, max64(cost.cell_width, cost.cell_height));
    }
    source_skip_holes(source, file->holes, margin);
}

void copy_holes_report(const FileSpec *file, const Pipeline *pipeline)
{
    int64_t encoded;
    if (file->holes == NULL)
        return;
    const int64_t empty = pipeline_empty_tiles(pipeline, &encoded);
    CPLDebug("ROWBAND",
             "result: %" PRId64 " empty tiles, of which %" PRId64
             " were encoded",
             empty, encoded);
}
