/* SPDX-License-Identifier: MIT */
#include "guarded.h"

#include "guard.hpp"

extern "C" CPLErr guarded_band_io(GDALRasterBandH band, GDALRWFlag flag,
                                  const Window *at, const GuardedBuffer *buffer,
                                  GDALRasterIOExtraArg *extra)
{
    const auto width = static_cast<int>(at->width);
    const auto height = static_cast<int>(at->height);
    return guard(CE_Failure, [&] {
        return GDALRasterIOEx(band, flag, static_cast<int>(at->x),
                              static_cast<int>(at->y), width, height,
                              buffer->data, width, height, buffer->type,
                              buffer->pixel_nbytes, buffer->row_nbytes, extra);
    });
}

extern "C" CPLErr guarded_dataset_read(GDALDatasetH dataset, const Window *at,
                                       const GuardedBuffer *buffer, int count,
                                       int *numbers,
                                       GDALRasterIOExtraArg *extra)
{
    const auto width = static_cast<int>(at->width);
    const auto height = static_cast<int>(at->height);
    return guard(CE_Failure, [&] {
        return GDALDatasetRasterIOEx(
            dataset, GF_Read, static_cast<int>(at->x), static_cast<int>(at->y),
            width, height, buffer->data, width, height, buffer->type, count,
            numbers, buffer->pixel_nbytes, buffer->row_nbytes,
            buffer->band_nbytes, extra);
    });
}

extern "C" CPLErr guarded_read_block(GDALRasterBandH band, int column, int row,
                                     void *data)
{
    return guard(CE_Failure,
                 [&] { return GDALReadBlock(band, column, row, data); });
}

extern "C" CPLErr guarded_write_block(GDALRasterBandH band, int column, int row,
                                      void *data)
{
    return guard(CE_Failure,
                 [&] { return GDALWriteBlock(band, column, row, data); });
}

extern "C" CPLErr guarded_flush(GDALRasterBandH band)
{
    return guard(CE_Failure, [&] { return GDALFlushRasterCache(band); });
}

extern "C" GDALDatasetH guarded_open(const char *path, unsigned flags,
                                     const char *const *drivers,
                                     const char *const *options,
                                     const char *const *siblings)
{
    return guard<GDALDatasetH>(nullptr, [&] {
        return GDALOpenEx(path, GDAL_OF_RASTER | flags, drivers, options,
                          siblings);
    });
}

extern "C" GDALDatasetH guarded_create(GDALDriverH driver, const char *path,
                                       int width, int height, int bands,
                                       GDALDataType type, CSLConstList options)
{
    return guard<GDALDatasetH>(nullptr, [&] {
        return GDALCreate(driver, path, width, height, bands, type, options);
    });
}
