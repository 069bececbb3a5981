// SPDX-License-Identifier: MIT
/* Where C++ has no memory it throws: `new` in our own object files, and GDAL in
 * calls that work with pixels, which allocates with it. See faults.h on how the
 * calls come by here. */
#include <new>

#include <gdal.h>

extern "C" {
#include "faults.h"
}
#include "spy_work.hpp"

/* Only LeakSanitizer has them. */
extern "C" {
void __lsan_disable() __attribute__((weak));
void __lsan_enable() __attribute__((weak));
}

namespace
{

/** While it lives and memory is to fail, LeakSanitizer does not look for what
 * this thread allocates: what GDAL's functions hold when what they call throws
 * they lose (see LeafDataset), and whether a pointer to it is left somewhere is
 * chance. What we allocate the fault loops count themselves. */
class LostByGdal
{
  public:
    LostByGdal()
        : m_on(fault_is_armed(FAULT_MEMORY) && __lsan_disable != nullptr)
    {
        if (m_on)
            __lsan_disable();
    }
    ~LostByGdal()
    {
        if (m_on)
            __lsan_enable();
    }
    LostByGdal(const LostByGdal &) = delete;
    LostByGdal &operator=(const LostByGdal &) = delete;

  private:
    const bool m_on;
};

void may_throw(Fault fault)
{
    if (fault_strikes(fault))
        throw std::bad_alloc();
}

} // namespace

#pragma GCC visibility push(default)
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
extern "C" {

void *__real__Znwm(size_t nbytes);
void *__real__ZnwmRKSt9nothrow_t(size_t nbytes, const std::nothrow_t &tag);
CPLErr __real_GDALRasterIOEx(GDALRasterBandH band, GDALRWFlag flag, int x,
                             int y, int width, int height, void *data,
                             int out_width, int out_height, GDALDataType type,
                             GSpacing pixel_nbytes, GSpacing row_nbytes,
                             GDALRasterIOExtraArg *extra);
CPLErr __real_GDALDatasetRasterIOEx(GDALDatasetH dataset, GDALRWFlag flag,
                                    int x, int y, int width, int height,
                                    void *data, int out_width, int out_height,
                                    GDALDataType type, int count, int *numbers,
                                    GSpacing pixel_nbytes, GSpacing row_nbytes,
                                    GSpacing band_nbytes,
                                    GDALRasterIOExtraArg *extra);
CPLErr __real_GDALReadBlock(GDALRasterBandH band, int column, int row,
                            void *data);
CPLErr __real_GDALWriteBlock(GDALRasterBandH band, int column, int row,
                             void *data);
CPLErr __real_GDALFlushRasterCache(GDALRasterBandH band);
GDALDatasetH __real_GDALCreate(GDALDriverH driver, const char *path, int width,
                               int height, int bands, GDALDataType type,
                               CSLConstList options);

void *__wrap__Znwm(size_t nbytes)
{
    if (!SpyWork::is_under_way())
        may_throw(FAULT_MEMORY);
    return __real__Znwm(nbytes);
}

void *__wrap__ZnwmRKSt9nothrow_t(size_t nbytes, const std::nothrow_t &tag)
{
    return fault_strikes(FAULT_MEMORY)
               ? nullptr
               : __real__ZnwmRKSt9nothrow_t(nbytes, tag);
}

CPLErr __wrap_GDALRasterIOEx(GDALRasterBandH band, GDALRWFlag flag, int x,
                             int y, int width, int height, void *data,
                             int out_width, int out_height, GDALDataType type,
                             GSpacing pixel_nbytes, GSpacing row_nbytes,
                             GDALRasterIOExtraArg *extra)
{
    const LostByGdal here;
    may_throw(FAULT_MEMORY_OF_GDAL);
    return __real_GDALRasterIOEx(band, flag, x, y, width, height, data,
                                 out_width, out_height, type, pixel_nbytes,
                                 row_nbytes, extra);
}

CPLErr __wrap_GDALDatasetRasterIOEx(GDALDatasetH dataset, GDALRWFlag flag,
                                    int x, int y, int width, int height,
                                    void *data, int out_width, int out_height,
                                    GDALDataType type, int count, int *numbers,
                                    GSpacing pixel_nbytes, GSpacing row_nbytes,
                                    GSpacing band_nbytes,
                                    GDALRasterIOExtraArg *extra)
{
    const LostByGdal here;
    may_throw(FAULT_MEMORY_OF_GDAL);
    return __real_GDALDatasetRasterIOEx(
        dataset, flag, x, y, width, height, data, out_width, out_height, type,
        count, numbers, pixel_nbytes, row_nbytes, band_nbytes, extra);
}

CPLErr __wrap_GDALReadBlock(GDALRasterBandH band, int column, int row,
                            void *data)
{
    may_throw(FAULT_MEMORY_OF_GDAL);
    return __real_GDALReadBlock(band, column, row, data);
}

CPLErr __wrap_GDALWriteBlock(GDALRasterBandH band, int column, int row,
                             void *data)
{
    may_throw(FAULT_MEMORY_OF_GDAL);
    return __real_GDALWriteBlock(band, column, row, data);
}

CPLErr __wrap_GDALFlushRasterCache(GDALRasterBandH band)
{
    may_throw(FAULT_MEMORY_OF_GDAL);
    return __real_GDALFlushRasterCache(band);
}

GDALDatasetH __wrap_GDALCreate(GDALDriverH driver, const char *path, int width,
                               int height, int bands, GDALDataType type,
                               CSLConstList options)
{
    /* The tests' own calls are of our driver. */
    if (driver != GDALGetDriverByName("ROWBAND"))
        may_throw(FAULT_MEMORY_OF_GDAL);
    return __real_GDALCreate(driver, path, width, height, bands, type, options);
}

} // extern "C"
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
