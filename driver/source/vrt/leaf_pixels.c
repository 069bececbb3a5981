/* SPDX-License-Identifier: MIT */
#include "leaf_pixels.h"

#include "guarded.h"

GDALRasterBandH leaf_pixels_first_band(GDALDatasetH dataset)
{
    const int bands = GDALGetRasterCount(dataset);
    GDALRasterBandH found = NULL;
    for (int i = 1; found == NULL && i <= bands; i++)
        found = GDALGetRasterBand(dataset, i);
    return found;
}

GDALRasterBandH leaf_pixels_band(GDALDatasetH dataset, int band)
{
    const int bands = GDALGetRasterCount(dataset);
    if (band == LEAF_MASK)
        return GDALGetMaskBand(leaf_pixels_first_band(dataset));
    return band <= bands
               ? GDALGetRasterBand(dataset, band)
               : GDALGetMaskBand(GDALGetRasterBand(dataset, band - bands));
}

CPLErr leaf_pixels_read(GDALRasterBandH band, const PlaneTarget *target,
                        GDALRasterIOExtraArg *extra)
{
    const GuardedBuffer buffer = {.data = target->out,
                                  .type = target->type,
                                  .pixel_nbytes = target->pixel_nbytes,
                                  .row_nbytes = target->row_nbytes};
    return guarded_band_io(band, GF_Read, &target->rectangle, &buffer, extra);
}

bool leaf_pixels_read_mask(GDALDatasetH dataset, const Window *at,
                           uint8_t *data)
{
    GuardedBuffer buffer = {.type = GDT_Byte};
    buffer.data = data;
    return guarded_band_io(leaf_pixels_band(dataset, LEAF_MASK), GF_Read, at,
                           &buffer, NULL) == CE_None;
}

void leaf_pixels_copy_out(const Plane *plane, const Window *at,
                          const uint8_t *data, const PlaneTarget *target)
{
    const Window *wanted = &target->rectangle;
    const Window shared = window_intersection(at, wanted);
    const int nbytes = GDALGetDataTypeSizeBytes(plane->type);
    const uint8_t *pixels =
        data + (size_t)(at->width * at->height) * plane->before;
    for (int64_t y = shared.y; y < window_bottom(&shared); y++)
        GDALCopyWords64(
            pixels + ((y - at->y) * at->width + shared.x - at->x) * nbytes,
            plane->type, nbytes,
            (uint8_t *)target->out + (y - wanted->y) * target->row_nbytes +
                (shared.x - wanted->x) * target->pixel_nbytes,
            target->type, (int)target->pixel_nbytes, (GPtrDiff_t)shared.width);
}
