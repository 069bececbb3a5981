/* SPDX-License-Identifier: MIT */
#include "source.h"

#include <inttypes.h>

#include "error_trap.h"

GDALRasterBandH source_mask(GDALDatasetH dataset)
{
    const GDALRasterBandH band = GDALGetRasterBand(dataset, 1);
    const int flags = GDALGetMaskFlags(band);
    const bool own_data =
        (flags & GMF_PER_DATASET) != 0 &&
        (flags & (GMF_ALL_VALID | GMF_ALPHA | GMF_NODATA)) == 0;
    return own_data ? GDALGetMaskBand(band) : NULL;
}

static CPLErr read_bands(const Source *source, const Window *window,
                         uint8_t *data, GDALRasterIOExtraArg *extra)
{
    const Layout *layout = &source->layouts[0];
    const PlaneView first =
        swath_plane(data, source->layouts, 0, 0, window->width, window->height);
    const size_t band_nbytes = layout->spec.planar
                                   ? first.row_nbytes * (size_t)window->height
                                   : (size_t)layout->spec.sample_nbytes;
    return GDALDatasetRasterIOEx(
        source->dataset, GF_Read, (int)window->x, (int)window->y,
        (int)window->width, (int)window->height, first.pixels,
        (int)window->width, (int)window->height, source->type,
        layout->spec.bands, NULL, (GSpacing)first.pixel_nbytes,
        (GSpacing)first.row_nbytes, (GSpacing)band_nbytes, extra);
}

static CPLErr read_mask(const Source *source, const Window *window,
                        uint8_t *data, GDALRasterIOExtraArg *extra)
{
    const PlaneView view =
        swath_plane(data, source->layouts, 1, 0, window->width, window->height);
    return GDALRasterIOEx(source->mask, GF_Read, (int)window->x, (int)window->y,
                          (int)window->width, (int)window->height, view.pixels,
                          (int)window->width, (int)window->height, GDT_Byte,
                          (GSpacing)view.pixel_nbytes,
                          (GSpacing)view.row_nbytes, extra);
}

/** GDAL's block cache is the process's and would fill up to its own limit,
 * whatever our budget. */
static void drop_decoded_blocks(const Source *source)
{
    const int bands = GDALGetRasterCount(source->dataset);
    for (int i = 1; i <= bands; i++)
        GDALFlushRasterCache(GDALGetRasterBand(source->dataset, i));
    if (source->mask != NULL)
        GDALFlushRasterCache(source->mask);
}

bool source_read(Source *source, const Window *window, uint8_t *data,
                 Status *status)
{
    GDALRasterIOExtraArg extra;
    INIT_RASTERIO_EXTRA_ARG(extra);
    extra.pfnProgress = source->go_on;
    extra.pProgressData = source->go_on_data;

    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_FAILURES);
    CPLErr err = read_bands(source, window, data, &extra);
    if (err == CE_None && source->mask != NULL)
        err = read_mask(source, window, data, &extra);
    drop_decoded_blocks(source);
    error_trap_end(&trap);

    if (err == CE_None) {
        error_trap_replay(&trap);
        source->windows_read++;
        return true;
    }
    return status_fail(
        status,
        trap.number == CPLE_UserInterrupt ? STATUS_CANCELLED : STATUS_READ,
        "cannot read columns %" PRId64 " to %" PRId64 ", rows %" PRId64
        " to %" PRId64 " of %s: %s",
        window->x, window->x + window->width - 1, window->y,
        window->y + window->height - 1, GDALGetDescription(source->dataset),
        trap.failed ? trap.message : "no reason given");
}
