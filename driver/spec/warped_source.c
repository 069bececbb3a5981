/* SPDX-License-Identifier: MIT */
#include "warped_source.h"

#include <math.h>

#include "cpl_conv.h"
#include "cpl_string.h"
#include "error_trap.h"
#include "gdal_utils.h"
#include "versions.h"

static char **add_numbers(char **list, const char *word, const double *numbers,
                          int count)
{
    list = CSLAddString(list, word);
    for (int i = 0; i < count; i++)
        list = CSLAddString(list, CPLSPrintf("%.18g", numbers[i]));
    return list;
}

static char **add_two(char **list, const char *word, const char *value)
{
    return CSLAddString(CSLAddString(list, word), value);
}

/** gdalwarp takes a resolution beside a size only where they agree. */
static bool res_agrees(const WarpTarget *target)
{
    const Extent *extent = &target->extent;
    const double least = 1e-8;
    return fabs((extent->max_x - extent->min_x) / target->res -
                target->width) <= least &&
           fabs((extent->max_y - extent->min_y) / target->res -
                target->height) <= least;
}

static bool wants_alpha(GDALDatasetH source, const WarpOptions *said)
{
    int has_nodata = FALSE;
    GDALGetRasterNoDataValue(GDALGetRasterBand(source, 1), &has_nodata);
    return !has_nodata && said->add_alpha;
}

/** The default is the COG driver's. */
static const char *method_of(GDALDatasetH source, const WarpOptions *said)
{
    const GDALRasterBandH band = GDALGetRasterBand(source, 1);
    if (said->resampling != NULL)
        return said->resampling;
    return GDALGetRasterColorTable(band) != NULL ||
                   (GDALDataTypeIsComplex(GDALGetRasterDataType(band)) &&
                    gdal_cogs_take_nearest_for_complex())
               ? "NEAREST"
               : "CUBIC";
}

/** What gdalwarp is given. */
static char **words_for(GDALDatasetH source, const WarpTarget *target,
                        const WarpOptions *said)
{
    const Extent *extent = &target->extent;
    const double res[] = {target->res, target->res};
    const double bounds[] = {extent->min_x, extent->min_y, extent->max_x,
                             extent->max_y};
    char **words = add_two(NULL, "-of", "VRT");
    words = add_two(words, "-t_srs", target->srs);
    words = add_numbers(words, "-te", bounds, 4);
    words = add_two(words, "-ts", CPLSPrintf("%d", target->width));
    words = CSLAddString(words, CPLSPrintf("%d", target->height));
    if (res_agrees(target))
        words = add_numbers(words, "-tr", res, 2);
    if (wants_alpha(source, said))
        words = CSLAddString(words, "-dstalpha");
    words = add_two(words, "-r", method_of(source, said));
    return add_two(words, "-wo", "SAMPLE_GRID=YES");
}

/** gdalwarp tells nodata as a double. */
static void set_integer_nodata(GDALRasterBandH band)
{
    const double end =
        9223372036854775808.0; /* of signed ones; twice of others */
    const GDALDataType type = GDALGetRasterDataType(band);
    int is_set = FALSE;
    if (type != GDT_Int64 && type != GDT_UInt64)
        return;
    const double nodata = GDALGetRasterNoDataValue(band, &is_set);
    if (!is_set || nodata != trunc(nodata))
        return;
    if (type == GDT_Int64 && nodata >= -end && nodata < end)
        GDALSetRasterNoDataValueAsInt64(band, (int64_t)nodata);
    else if (type == GDT_UInt64 && nodata >= 0 && nodata < 2 * end)
        GDALSetRasterNoDataValueAsUInt64(band, (uint64_t)nodata);
}

static GDALDatasetH warp(GDALDatasetH source, char **words)
{
    GDALWarpAppOptions *options = GDALWarpAppOptionsNew(words, NULL);
    GDALDatasetH made = NULL;
    if (options != NULL)
        made = GDALWarp("", NULL, 1, &source, options, NULL);
    GDALWarpAppOptionsFree(options);
    if (made != NULL && gdal_tells_integer_nodata_as_double())
        for (int i = 1; i <= GDALGetRasterCount(made); i++)
            set_integer_nodata(GDALGetRasterBand(made, i));
    return made;
}

GDALDatasetH warped_source_make(GDALDatasetH source, const WarpTarget *target,
                                const WarpOptions *said, Status *status)
{
    char **words = words_for(source, target, said);
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_FAILURES);
    const GDALDatasetH made = warp(source, words);
    error_trap_end(&trap);
    CSLDestroy(words);
    if (made == NULL || trap.failed) {
        status_fail(status, STATUS_INVALID, "%s: cannot reproject: %s",
                    warp_options_name(said),
                    trap.failed ? trap.message : "GDAL does not say why");
        if (made != NULL)
            GDALClose(made);
        return NULL;
    }
    return made;
}
