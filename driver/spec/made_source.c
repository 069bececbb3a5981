/* SPDX-License-Identifier: MIT */
#include "made_source.h"

#include <stddef.h>

#include "cog_source.h"
#include "cpl_conv.h"
#include "cpl_error.h"
#include "gdal.h"
#include "nodata_mask.h"
#include "option_table.h"
#include "source_shape.h"
#include "versions.h"
#include "warped_source.h"

static bool has_statistics(GDALDatasetH dataset)
{
    static const char *const names[] = {"STATISTICS_MINIMUM",
                                        "STATISTICS_MAXIMUM", "STATISTICS_MEAN",
                                        "STATISTICS_STDDEV"};
    const GDALRasterBandH band = GDALGetRasterBand(dataset, 1);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (GDALGetMetadataItem(band, names[i], NULL) == NULL)
            return false;
    return true;
}

/** The source's are not those of what it is reprojected to. */
static void count_statistics_anew(ParsedOptions *said, GDALDatasetH source)
{
    if (!said->drops_statistics && gdal_counts_statistics_of_reprojected() &&
        has_statistics(source))
        said->statistics = true;
}

static void note_method_said(WarpTarget *target, const ParsedOptions *said,
                             GDALDatasetH source)
{
    const GDALRasterBandH band = GDALGetRasterBand(source, 1);
    if (said->overviews == OVERVIEWS_NONE || GDALGetOverviewCount(band) == 0)
        return;
    const char *method =
        GDALGetMetadataItem(GDALGetOverview(band, 0), "RESAMPLING", NULL);
    if (method != NULL)
        target->method_said = CPLStrdup(method);
}

static bool reproject(MadeSource *made, ParsedOptions *said, Status *status)
{
    const WarpTarget *target = &made->target;
    made->has_target = warp_target_find(&made->target, made->dataset,
                                        &said->warp, said->block_width, status);
    if (!made->has_target)
        return false;
    if (warp_target_is_met(target, made->dataset)) {
        CPLDebug("ROWBAND", "the source is already in the CRS, extent and "
                            "resolution that it would be reprojected to");
        return true;
    }
    CPLDebug("ROWBAND", "reprojects to %s, %d x %d pixels of %.17g",
             target->srs, target->width, target->height, target->res);
    count_statistics_anew(said, made->dataset);
    note_method_said(&made->target, said, made->dataset);
    made->warped =
        warped_source_make(made->dataset, target, &said->warp, status);
    made->dataset = made->warped;
    return made->warped != NULL;
}

/** A dataset of Create() is no longer one, and its overviews, alpha or nodata
 * and all, are not the file's. */
static void untell(const ToldFile **told, ParsedOptions *said,
                   GDALDatasetH dataset, const char *target)
{
    if (*told == NULL)
        return;
    told_file_untell(*told, dataset, target);
    *told = NULL;
    if (said->overviews == OVERVIEWS_AUTO)
        said->overviews = OVERVIEWS_MADE;
}

/** @param make the VRT with a mask
 * @param of for messages: what that is made of */
static bool make_mask(MadeSource *made, GDALDatasetH (*make)(GDALDatasetH),
                      const char *of, Status *status)
{
    made->dataset = made->masked = make(made->dataset);
    return made->masked != NULL ||
           status_fail(status, STATUS_INVALID, "cannot make a mask of %s", of);
}

bool made_source_make(MadeSource *made, GDALDatasetH given, ParsedOptions *said,
                      const ToldFile **told, const char *target, Status *status)
{
    made->dataset = given;
    if (said->warp.wanted && !reproject(made, said, status))
        return false;
    const SourceShape shape = source_shape_of(made->dataset);
    const bool of_nodata =
        said->nodata_to_mask && nodata_mask_applies(made->dataset);
    if (!of_nodata && !cog_source_has_alpha_for_mask(&shape, said))
        return true;
    untell(told, said, made->dataset, target);
    return of_nodata ? make_mask(made, nodata_mask_make, "nodata", status)
                     : make_mask(made, cog_source_with_mask, "the alpha band",
                                 status);
}

void made_source_close(MadeSource *made)
{
    if (made->masked != NULL)
        GDALClose(made->masked);
    if (made->warped != NULL)
        GDALClose(made->warped);
    warp_target_free(&made->target);
}
