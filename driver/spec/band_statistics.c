/* SPDX-License-Identifier: MIT */
#include "band_statistics.h"

#include <math.h>
#include <stdlib.h>

#include "cpl_conv.h"
#include "cpl_string.h"
#include "gdal.h"
#include "versions.h"

uint64_t band_statistics_nbytes(const Layout *layout)
{
    return (uint64_t)layout->tile_count * (uint64_t)layout->samples_per_pixel *
           sizeof(Statistics);
}

static ValidityPlane validity_plane(const ImageSpec *raster, int image_count,
                                    const GtiffTags *tags)
{
    const Layout *layout = &raster->layout;
    const size_t nbytes = (size_t)layout->spec.sample_nbytes;
    const int last = layout->spec.bands - 1;
    if (!gdal_counts_masks() || tags->has_nodata)
        return (ValidityPlane){.present = false};
    if (tags->mask_flags & GMF_ALPHA)
        return (ValidityPlane){
            .present = true,
            .plane = layout->spec.planar ? last : 0,
            .offset = layout->spec.planar ? 0 : (size_t)last * nbytes,
            .sample_nbytes = nbytes};
    return (ValidityPlane){
        .present = image_count > 1, .image = 1, .sample_nbytes = 1};
}

/** The nodata value as GDAL compares it. */
static StatisticsRule rule_of(const ImageSpec *raster, const GtiffTags *tags)
{
    return (StatisticsRule){.format = raster->sample_format,
                            .sample_nbytes = raster->layout.spec.sample_nbytes,
                            .has_nodata =
                                tags->has_nodata && !isnan(tags->nodata_value),
                            .nodata = tags->nodata_value};
}

bool band_statistics_begin(ImageSpec *raster, int image_count,
                           const GtiffTags *tags, ValidityPlane *validity,
                           Status *status)
{
    const Layout *layout = &raster->layout;
    *validity = validity_plane(raster, image_count, tags);
    raster->rule = rule_of(raster, tags);
    raster->alpha = tags->mask_flags & GMF_ALPHA ? layout->spec.bands - 1 : -1;
    raster->validity_nbytes = validity->present ? validity->sample_nbytes : 0;
    raster->statistics = calloc(1, (size_t)band_statistics_nbytes(layout));
    return raster->statistics != NULL ||
           status_fail(status, STATUS_NO_MEMORY,
                       "out of memory for the statistics");
}

/** All tiles of a band together. */
static Statistics merge_band(const ImageSpec *raster, int band)
{
    const Layout *layout = &raster->layout;
    const int64_t tiles = layout->tile_count / layout->planes;
    const int64_t first = layout->spec.planar ? band * tiles : 0;
    const int sample = layout->spec.planar ? 0 : band;
    Statistics all = {0};
    for (int64_t i = first; i < first + tiles; i++)
        statistics_merge(
            &all, &raster->statistics[i * layout->samples_per_pixel + sample]);
    return all;
}

/** In GDAL's words: 100 and 0 only if it is all or none. */
static void set_valid_percent(GDALRasterBandH band, uint64_t valid,
                              double pixels)
{
    const char *text = "0";
    if ((double)valid == pixels)
        text = "100";
    else if (valid > 0)
        text = CPLSPrintf("%.4g", 100 * (double)valid / pixels);
    if (EQUAL(text, "100") && (double)valid < pixels)
        text = "99.999";
    GDALSetMetadataItem(band, "STATISTICS_VALID_PERCENT", text, NULL);
}

static void drop_items(GDALRasterBandH band)
{
    static const char *const items[] = {
        "STATISTICS_MINIMUM", "STATISTICS_MAXIMUM",     "STATISTICS_MEAN",
        "STATISTICS_STDDEV",  "STATISTICS_APPROXIMATE", NULL};
    for (int i = 0; items[i] != NULL; i++)
        GDALSetMetadataItem(band, items[i], NULL, NULL);
}

void band_statistics_drop(GDALDatasetH dataset)
{
    for (int i = 1; i <= GDALGetRasterCount(dataset); i++) {
        const GDALRasterBandH band = GDALGetRasterBand(dataset, i);
        drop_items(band);
        GDALSetMetadataItem(band, "STATISTICS_VALID_PERCENT", NULL, NULL);
    }
}

void band_statistics_set(GDALRasterBandH band, const Statistics *all,
                         double pixels)
{
    drop_items(band);
    if (all->count > 0)
        GDALSetRasterStatistics(band, all->min, all->max, statistics_mean(all),
                                statistics_deviation(all));
    set_valid_percent(band, all->count, pixels);
}

void band_statistics_report(const ImageSpec *raster, GtiffTags *tags)
{
    const LayoutSpec *spec = &raster->layout.spec;
    const double pixels = (double)spec->width * (double)spec->height;
    for (int i = 0; i < spec->bands; i++) {
        const Statistics all = merge_band(raster, i);
        band_statistics_set(GDALGetRasterBand(tags->proxy, i + 1), &all,
                            pixels);
    }
}

void band_statistics_end(ImageSpec *raster)
{
    free(raster->statistics);
    raster->statistics = NULL;
}
