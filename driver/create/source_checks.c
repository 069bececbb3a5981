/* SPDX-License-Identifier: MIT */
#include "source_checks.h"

#include "band_masks.h"
#include "cpl_error.h"
#include "dataset.h"
#include "error_trap.h"

/** GDAL takes masks that it fails to look for to be none at all. */
static bool check_masks(GDALDatasetH dataset, const char *name, Status *status)
{
    const int bands = GDALGetRasterCount(dataset);
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_FAILURES);
    for (int band = 1; band <= bands; band++)
        (void)GDALGetMaskFlags(GDALGetRasterBand(dataset, band));
    error_trap_end(&trap);
    return !trap.failed || status_fail(status, STATUS_READ,
                                       "cannot find out which masks %s has: %s",
                                       name, trap.message);
}

/** GDAL divides by the size of blocks, and so do we. */
static bool check_blocks(GDALDatasetH dataset, const char *name, Status *status)
{
    bool ok = true;
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_FAILURES);
    for (int i = 1; ok && i <= GDALGetRasterCount(dataset); i++) {
        const GDALRasterBandH band = GDALGetRasterBand(dataset, i);
        if (!dataset_band_has_blocks(band))
            ok = status_fail(status, STATUS_INVALID,
                             "the blocks of band %d of %s have no size", i,
                             name);
        else if (!dataset_band_has_blocks(GDALGetMaskBand(band)))
            ok = status_fail(status, STATUS_INVALID,
                             "the blocks of the mask of band %d of %s have no "
                             "size",
                             i, name);
    }
    error_trap_end(&trap);
    return ok;
}

bool source_checks_all(GDALDatasetH dataset, const char *name, Status *status)
{
    if (GDALGetRasterCount(dataset) == 0)
        return status_fail(status, STATUS_INVALID, "the source has no bands");
    return check_masks(dataset, name, status) &&
           check_blocks(dataset, name, status);
}

bool source_checks_masks(GDALDatasetH dataset, const FileSpec *file,
                         const char *target, bool *has_masks, Status *status)
{
    const int band = band_masks_first(dataset);
    *has_masks = false;
    if (band == 0)
        return true;
    if ((file->level_count > 1 && !file->overviews.taken) ||
        file->raster.options.statistics)
        return status_fail(status, STATUS_UNSUPPORTED,
                           "band %d of the source has a mask of its own, which "
                           "overviews and statistics do not heed; translate "
                           "with -mask none to leave it out",
                           band);
    *has_masks = !STARTS_WITH(target, "/vsistdout");
    if (!*has_masks)
        CPLError(CE_Warning, CPLE_AppDefined,
                 "ROWBAND: the masks of single bands cannot go beside %s and "
                 "are lost",
                 target);
    return true;
}
