/* SPDX-License-Identifier: MIT */
#include "source_overviews.h"

#include "cpl_conv.h"
#include "cpl_error.h"
#include "cpl_string.h"
#include "dataset.h"
#include "error_trap.h"
#include "option_table.h"

static GDALRasterBandH overview_of(GDALDatasetH source, int band, int number)
{
    return GDALGetOverview(GDALGetRasterBand(source, band), number);
}

/** How many are to be taken. */
static int count_of(GDALDatasetH source, const ParsedOptions *said)
{
    const int count = GDALGetOverviewCount(GDALGetRasterBand(source, 1));
    return said->overview_count >= 0 && said->overview_count < count
               ? said->overview_count
               : count;
}

/** Those of GTiff, of files beside a raster, and of VRTs are. */
static bool is_dataset_of_its_own(GDALDatasetH source, int number)
{
    const int bands = GDALGetRasterCount(source);
    const GDALDatasetH dataset =
        GDALGetBandDataset(overview_of(source, 1, number));
    bool is = dataset != NULL && dataset != source &&
              GDALGetRasterCount(dataset) == bands;
    for (int band = 1; is && band <= bands; band++)
        is = GDALGetRasterBand(dataset, band) ==
             overview_of(source, band, number);
    return is;
}

/** Has GDAL make a dataset of an overview. */
static GDALDatasetH show_as_dataset(GDALDatasetH source, int number)
{
    char **list = CSLTokenizeString2(
        CPLSPrintf("-of VRT -ovr %d -mask auto", number), " ", 0);
    return dataset_translate(source, list);
}

/** @return whether all bands have it, of one size */
static bool all_bands_have(GDALDatasetH source, int number)
{
    const GDALRasterBandH first = overview_of(source, 1, number);
    bool have = first != NULL;
    for (int band = 2; have && band <= GDALGetRasterCount(source); band++) {
        const GDALRasterBandH other = overview_of(source, band, number);
        have = other != NULL &&
               GDALGetRasterBandXSize(other) == GDALGetRasterBandXSize(first) &&
               GDALGetRasterBandYSize(other) == GDALGetRasterBandYSize(first);
    }
    return have;
}

static bool open_one(SourceOverviews *overviews, GDALDatasetH source,
                     Status *status)
{
    const int number = overviews->count;
    ErrorTrap trap;
    if (!all_bands_have(source, number))
        return status_fail(status, STATUS_UNSUPPORTED,
                           "bands of the source have other overviews than the "
                           "first; with OVERVIEWS=IGNORE_EXISTING they are "
                           "made");
    const bool is_ours = !is_dataset_of_its_own(source, number);
    error_trap_begin(&trap, TRAP_FAILURES);
    const GDALDatasetH dataset =
        is_ours ? show_as_dataset(source, number)
                : GDALGetBandDataset(overview_of(source, 1, number));
    error_trap_end(&trap);
    if (dataset == NULL)
        return status_fail(status, STATUS_READ,
                           "overview %d of the source does not open: %s",
                           number, trap.message);
    overviews->datasets[number] = dataset;
    overviews->is_ours[number] = is_ours;
    overviews->count++;
    return true;
}

/** An overview of a raster with its mask in another file says that it has a
 * mask, whether that has overviews or not, and shows all as valid.
 * @return the first without the mask that the source has; the count: none */
static int first_without_mask(const SourceOverviews *overviews,
                              GDALDatasetH source)
{
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_ALL);
    const int of_mask =
        GDALGetOverviewCount(GDALGetMaskBand(GDALGetRasterBand(source, 1)));
    error_trap_end(&trap);
    const int end = of_mask < overviews->count ? of_mask : overviews->count;
    int number = 0;
    while (number < end && dataset_mask(overviews->datasets[number]) != NULL)
        number++;
    return number;
}

/** A mask alone we do not resample. */
static bool check_masks(SourceOverviews *overviews, GDALDatasetH source,
                        int use, Status *status)
{
    static const char what[] = "overview %d of the source has no mask, and the "
                               "source has one";
    const int number = first_without_mask(overviews, source);
    if (dataset_mask(source) == NULL || number == overviews->count)
        return true;
    if (use == OVERVIEWS_EXISTING)
        return status_fail(status, STATUS_UNSUPPORTED, what, number);
    CPLError(CE_Warning, CPLE_AppDefined,
             CPLSPrintf("ROWBAND: %s: all are made afresh", what), number);
    source_overviews_close(overviews);
    return true;
}

static bool are_wanted(GDALDatasetH source, const ParsedOptions *said,
                       OverviewOrigin origin)
{
    const bool is_created = origin == OVERVIEWS_OF_CREATED;
    if (said->overviews == OVERVIEWS_EXISTING)
        return true;
    return (said->overviews == OVERVIEWS_AUTO || (is_created && !said->cog)) &&
           origin != OVERVIEWS_OF_WARPED && count_of(source, said) > 0;
}

static bool open_all(SourceOverviews *overviews, GDALDatasetH source,
                     const ParsedOptions *said, OverviewOrigin origin,
                     Status *status)
{
    overviews->taken = are_wanted(source, said, origin);
    const int count = overviews->taken && origin != OVERVIEWS_OF_WARPED
                          ? count_of(source, said)
                          : 0;
    if (count >= LEVELS_MAX)
        return status_fail(status, STATUS_UNSUPPORTED,
                           "%d overviews; at most %d are supported", count,
                           LEVELS_MAX - 1);
    while (overviews->count < count)
        if (!open_one(overviews, source, status))
            return false;
    return true;
}

bool source_overviews_open(SourceOverviews *overviews, GDALDatasetH source,
                           const ParsedOptions *said, OverviewOrigin origin,
                           Status *status)
{
    /* GDAL looks for a VRT's in all of its sources, and reports those that do
     * not open, which the copy may not need. */
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_ALL);
    const bool ok = open_all(overviews, source, said, origin, status);
    error_trap_end(&trap);
    return ok && (origin == OVERVIEWS_OF_CREATED ||
                  check_masks(overviews, source, said->overviews, status));
}

void source_overviews_close(SourceOverviews *overviews)
{
    while (overviews->count > 0) {
        const int number = --overviews->count;
        if (overviews->is_ours[number])
            GDALClose(overviews->datasets[number]);
    }
    overviews->taken = false;
}
