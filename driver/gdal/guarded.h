/* SPDX-License-Identifier: MIT */
/** @file
 * Calls of GDAL's that work with pixels, on any thread. GDAL allocates with
 * `new` as it goes and catches next to nothing of what that throws: here it
 * becomes a failure like others, since no exception may pass through C, or end
 * a thread, and with it the process.
 *
 * Each does what GDAL's function of that name does. Where that throws
 * std::bad_alloc, it reports CPLE_OutOfMemory to GDAL's error handler and
 * fails.
 */
#ifndef ROWBAND_GUARDED_H
#define ROWBAND_GUARDED_H

#include "gdal.h"
#include "window.h"

CPL_C_START

/** What a buffer holds, and where: GDAL's spacings, 0 for packed. */
typedef struct GuardedBuffer {
    void *data;
    GDALDataType type;
    GSpacing pixel_nbytes, row_nbytes, band_nbytes;
} GuardedBuffer;

/** GDALRasterIOEx() without resampling. @param extra may be NULL */
CPLErr guarded_band_io(GDALRasterBandH band, GDALRWFlag flag, const Window *at,
                       const GuardedBuffer *buffer,
                       GDALRasterIOExtraArg *extra);

/** GDALDatasetRasterIOEx(), which reads, without resampling.
 * @param numbers of @p count bands, or NULL: the first ones */
CPLErr guarded_dataset_read(GDALDatasetH dataset, const Window *at,
                            const GuardedBuffer *buffer, int count,
                            int *numbers, GDALRasterIOExtraArg *extra);

CPLErr guarded_read_block(GDALRasterBandH band, int column, int row,
                          void *data);
CPLErr guarded_write_block(GDALRasterBandH band, int column, int row,
                           void *data);

/** GDALFlushRasterCache() */
CPLErr guarded_flush(GDALRasterBandH band);

/** GDALOpenEx() for rasters. @param flags more GDAL_OF_... */
GDALDatasetH guarded_open(const char *path, unsigned flags,
                          const char *const *drivers,
                          const char *const *options,
                          const char *const *siblings);

/** GDALCreate() */
GDALDatasetH guarded_create(GDALDriverH driver, const char *path, int width,
                            int height, int bands, GDALDataType type,
                            CSLConstList options);

CPL_C_END

#endif
