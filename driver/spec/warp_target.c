/* SPDX-License-Identifier: MIT */
#include "warp_target.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cpl_conv.h"
#include "cpl_error.h"
#include "cpl_string.h"
#include "dataset.h"
#include "error_trap.h"
#include "gdal_alg.h"
#include "ogr_srs_api.h"
#include "option_value.h"
#include "versions.h"

void warp_target_free(WarpTarget *target)
{
    tiling_scheme_free(&target->scheme);
    CPLFree(target->scheme_name);
    CPLFree(target->srs);
    CPLFree(target->method_said);
    memset(target, 0, sizeof *target);
}

/** @return the code of a CRS as a number; 0: it has none */
static int code_of(const char *text)
{
    const OGRSpatialReferenceH crs = OSRNewSpatialReference(NULL);
    const char *code = NULL;
    if (OSRSetFromUserInput(crs, text) == OGRERR_NONE)
        code = OSRGetAuthorityCode(crs, NULL);
    const int number = code != NULL ? atoi(code) : 0;
    OSRDestroySpatialReference(crs);
    return number;
}

/** Latitudes beyond which Web Mercator has nothing. */
static const double web_mercator_end = 85.0511287798066;

/** The poles are infinitely far away in Web Mercator. As the COG driver does,
 * has a raster that reaches them suggest a grid without.
 * @return a VRT of the rest, to be closed; NULL if none is needed */
static GDALDatasetH without_poles(GDALDatasetH source, const char *target_srs)
{
    enum { WEB_MERCATOR = 3857 };
    double transform[6];
    const OGRSpatialReferenceH crs = GDALGetSpatialRef(source);
    if (crs == NULL || !OSRIsGeographic(crs) ||
        (OSRIsDerivedGeographic(crs) &&
         gdal_suggests_web_mercator_without_poles()) ||
        GDALGetGeoTransform(source, transform) != CE_None ||
        transform[2] != 0 || transform[4] != 0 || transform[5] >= 0 ||
        code_of(target_srs) != WEB_MERCATOR)
        return NULL;
    const double right =
        transform[0] + GDALGetRasterXSize(source) * transform[1];
    const double top = transform[3];
    const double bottom = top + GDALGetRasterYSize(source) * transform[5];
    if (top <= web_mercator_end && bottom >= -web_mercator_end)
        return NULL;
    const double window[] = {transform[0], fmin(top, web_mercator_end), right,
                             fmax(bottom, -web_mercator_end)};
    char **words = CSLTokenizeString2("-of VRT -projwin", " ", 0);
    for (int i = 0; i < 4; i++)
        words = CSLAddString(words, CPLSPrintf("%.18g", window[i]));
    return dataset_translate(source, words);
}

/** Has GDAL suggest an extent and a resolution.
 * @return false after an error of GDAL's, or none */
static bool suggest(WarpTarget *target, GDALDatasetH source)
{
    double transform[6], extent[4];
    char **to = CSLSetNameValue(NULL, "DST_SRS", target->srs);
    const GDALDatasetH middle = without_poles(source, target->srs);
    const GDALDatasetH measured =
        middle != NULL && gdal_suggests_web_mercator_without_poles() ? middle
                                                                     : source;
    void *transformer = GDALCreateGenImgProjTransformer2(
        middle != NULL ? middle : source, NULL, to);
    const bool ok =
        transformer != NULL &&
        GDALSuggestedWarpOutput2(measured, GDALGenImgProjTransform, transformer,
                                 transform, &target->width, &target->height,
                                 extent, 0) == CE_None;
    if (ok) {
        target->extent = (Extent){extent[0], extent[1], extent[2], extent[3]};
        target->res = target->natural_res = transform[1];
    }
    if (transformer != NULL)
        GDALDestroyGenImgProjTransformer(transformer);
    if (middle != NULL)
        GDALClose(middle);
    CSLDestroy(to);
    return ok;
}

static bool read_scheme(WarpTarget *target, const WarpOptions *said,
                        int tile_size, Status *status)
{
    TilingScheme *scheme = &target->scheme;
    if (!tiling_scheme_read(scheme, said->tiling_scheme, status))
        return false;
    const bool tolerant = gdal_tiles_tolerate_half_a_pixel();
    target->has_scheme = true;
    target->scheme_name = CPLStrdup(said->tiling_scheme);
    target->srs = CPLStrdup(scheme->crs);
    target->place = (TilingPlace){
        .zoom = said->zoom_level,
        .tile_size = tile_size > 0 ? tile_size : scheme->tile_size,
        .aligned_levels = said->aligned_levels,
        .tolerance = tolerant ? 0.499 : 1e-10,
        .in_pixels = tolerant};
    if (said->zoom_level >= scheme->level_count)
        return option_bad_value(
            "ZOOM_LEVEL", CPLSPrintf("%d", said->zoom_level),
            CPLSPrintf("a zoom level from 0 to %d of %.100s",
                       scheme->level_count - 1, said->tiling_scheme),
            status);
    return option_check_multiple("BLOCKSIZE", target->place.tile_size, status);
}

static bool place_in_scheme(WarpTarget *target, const WarpOptions *said,
                            Status *status)
{
    const TilingScheme *scheme = &target->scheme;
    TilingPlace *place = &target->place;
    bool clamped;
    if (said->zoom_level < 0 &&
        !tiling_scheme_choose_zoom(scheme, target->res, place->tile_size,
                                   said->zoom_strategy, &place->zoom, status))
        return false;
    target->res = tiling_scheme_res(scheme, place->zoom, place->tile_size);
    if (!tiling_scheme_extend(scheme, place, &target->extent, &clamped, status))
        return false;
    if (clamped)
        CPLError(CE_Warning, CPLE_AppDefined,
                 "ROWBAND: what of the source lies outside of TILING_SCHEME is "
                 "left out");
    return true;
}

static bool count_pixels(WarpTarget *target, Status *status)
{
    const Extent *extent = &target->extent;
    const double width = round((extent->max_x - extent->min_x) / target->res);
    const double height = round((extent->max_y - extent->min_y) / target->res);
    if (!(width >= 1 && width <= INT_MAX && height >= 1 && height <= INT_MAX))
        return status_fail(status, STATUS_INVALID,
                           "reprojected to pixels of %.6g, the raster would "
                           "have %.10g x %.10g of them",
                           target->res, width, height);
    target->width = (int)width;
    target->height = (int)height;
    return true;
}

bool warp_target_find(WarpTarget *target, GDALDatasetH source,
                      const WarpOptions *said, int tile_size, Status *status)
{
    ErrorTrap trap;
    if (said->tiling_scheme == NULL)
        target->srs = CPLStrdup(said->target_srs);
    else if (!read_scheme(target, said, tile_size, status))
        return false;
    error_trap_begin(&trap, TRAP_FAILURES);
    const bool suggested = suggest(target, source);
    error_trap_end(&trap);
    if (!suggested)
        return status_fail(status, STATUS_INVALID,
                           "%s: cannot reproject the source to %.100s: %s",
                           warp_options_name(said), target->srs,
                           trap.failed ? trap.message
                                       : "GDAL does not say why");
    if (target->has_scheme) {
        if (!place_in_scheme(target, said, status))
            return false;
    } else if (said->has_extent) {
        target->extent = (Extent){said->extent[0], said->extent[1],
                                  said->extent[2], said->extent[3]};
        if (said->res > 0)
            target->res = said->res;
    }
    return count_pixels(target, status);
}

/** The CRS as AUTHORITY:CODE, or "". */
static const char *name_of_crs(GDALDatasetH source)
{
    const OGRSpatialReferenceH crs = GDALGetSpatialRef(source);
    const char *authority = crs != NULL ? OSRGetAuthorityName(crs, NULL) : NULL;
    const char *code = crs != NULL ? OSRGetAuthorityCode(crs, NULL) : NULL;
    return authority != NULL && code != NULL
               ? CPLSPrintf("%s:%s", authority, code)
               : "";
}

static bool are_same(double of_source, double wanted)
{
    return fabs(of_source - wanted) < 1e-10 * fabs(of_source);
}

bool warp_target_is_met(const WarpTarget *target, GDALDatasetH source)
{
    double t[6];
    const int width = GDALGetRasterXSize(source);
    const int height = GDALGetRasterYSize(source);
    const Extent *wanted = &target->extent;
    return width == target->width && height == target->height &&
           strcmp(target->srs, name_of_crs(source)) == 0 &&
           GDALGetGeoTransform(source, t) == CE_None &&
           are_same(t[0], wanted->min_x) &&
           are_same(t[3] + height * t[5], wanted->min_y) &&
           are_same(t[0] + width * t[1], wanted->max_x) &&
           are_same(t[3], wanted->max_y);
}
