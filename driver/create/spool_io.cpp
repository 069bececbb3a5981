/* SPDX-License-Identifier: MIT */
#include "spool_io.hpp"

#include "error_trap.h"
#include "guard.hpp"
#include "int_math.h"
#include "report.h"

namespace
{

/* Whether each pixel of the buffer is one of the window. */
bool is_plain(const RasterCall &call)
{
    const GDALRasterIOExtraArg &extra = *call.extra;
    const Window &at = call.at;
    const bool whole_pixels = !extra.bFloatingPointWindowValidity ||
                              (extra.dfXOff == static_cast<double>(at.x) &&
                               extra.dfYOff == static_cast<double>(at.y) &&
                               extra.dfXSize == static_cast<double>(at.width) &&
                               extra.dfYSize == static_cast<double>(at.height));
    return whole_pixels && call.out_width == at.width &&
           call.out_height == at.height;
}

bool goes_on(const RasterCall &call, double share)
{
    const GDALRasterIOExtraArg &extra = *call.extra;
    return extra.pfnProgress == nullptr ||
           extra.pfnProgress(share, "", extra.pProgressData);
}

} // namespace

CPLErr SpoolIo::transfer(const RasterCall &call,
                         const std::vector<SpoolImage> &images,
                         const Action &whole)
{
    const bool fits =
        raw_spool_may_hold(m_spool, &call.at, static_cast<int>(images.size()));
    if (call.flag == GF_Write && !m_complete)
        return refuse();
    if (!fits && is_plain(call))
        return in_pieces(call, images);
    std::vector<int> numbers;
    numbers.reserve(images.size());
    for (const SpoolImage &image : images)
        numbers.push_back(image.number);
    if (!make_room(numbers, call.at))
        return CE_Failure;
    const CPLErr err = call.flag == GF_Write ? write(whole) : whole();
    return fits || trim() ? err : CE_Failure;
}

/* A row of blocks at a time, so that what is written is whole blocks. */
CPLErr SpoolIo::in_pieces(const RasterCall &call,
                          const std::vector<SpoolImage> &images)
{
    int block_width = 1;
    int block_height = 1;
    images[0].raw->GetBlockSize(&block_width, &block_height);
    const int64_t bottom = window_bottom(&call.at);
    int64_t end = 0;
    for (int64_t y = call.at.y; y < bottom; y = end) {
        end = step_end64(y, block_height, bottom);
        const Window piece = {call.at.x, y, call.at.width, end - y};
        auto *data =
            static_cast<GByte *>(call.data) + (y - call.at.y) * call.row_nbytes;
        for (const SpoolImage &image : images) {
            if (transfer_piece(call, image, piece, data) != CE_None)
                return CE_Failure;
            data += call.band_nbytes;
        }
        if (!goes_on(call, static_cast<double>(end - call.at.y) /
                               static_cast<double>(call.at.height)))
            return write([] { return CE_Failure; });
    }
    return CE_None;
}

CPLErr SpoolIo::transfer_piece(const RasterCall &call, const SpoolImage &image,
                               const Window &piece, void *data)
{
    const auto width = static_cast<int>(piece.width);
    const auto height = static_cast<int>(piece.height);
    GDALRasterIOExtraArg extra;
    INIT_RASTERIO_EXTRA_ARG(extra);
    const auto action = [&] {
        return image.raw->RasterIO(call.flag, static_cast<int>(piece.x),
                                   static_cast<int>(piece.y), width, height,
                                   data, width, height, call.type,
                                   call.pixel_nbytes, call.row_nbytes, &extra);
    };
    if (!make_room({image.number}, piece))
        return CE_Failure;
    return call.flag == GF_Write ? write(action) : action();
}

CPLErr SpoolIo::guarded(GDALRWFlag flag, const Action &action)
{
    const CPLErr err = caught(action);
    m_complete &= err == CE_None || flag != GF_Write;
    return err;
}

/* Reports what is not trapped by somebody, under the name that the user knows.
 */
CPLErr SpoolIo::caught(const Action &action) const
{
    try {
        return action();
    } catch (const std::bad_alloc &) {
        const Status status = {STATUS_NO_MEMORY, "out of memory"};
        report_failure(m_front->GetDescription(), &status);
        return CE_Failure;
    }
}

CPLErr SpoolIo::write(const Action &action)
{
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_FAILURES);
    CPLErr err = guard(CE_Failure, action);
    error_trap_end(&trap);
    if (trap.failed) {
        report_trapped(m_front->GetDescription(), &trap);
        err = CE_Failure;
    }
    m_complete &= err == CE_None;
    return err;
}

CPLErr SpoolIo::flush(const Action &action)
{
    if (!m_complete)
        return refuse();
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_NOTHING);
    const CPLErr err = caught(action);
    error_trap_end(&trap);
    m_complete &= err == CE_None && !trap.failed;
    return err;
}

void SpoolIo::set_mask(GDALRasterBand *mask)
{
    raw_spool_set_mask(m_spool, GDALRasterBand::ToHandle(mask));
}

/* After a failure nothing is written, not even what the cache holds. */
bool SpoolIo::make_room(const std::vector<int> &numbers, const Window &window)
{
    Status status = {STATUS_OK, ""};
    return !m_complete ||
           settle(raw_spool_make_room(m_spool, numbers.data(),
                                      static_cast<int>(numbers.size()), &window,
                                      &status),
                  status);
}

bool SpoolIo::trim()
{
    Status status = {STATUS_OK, ""};
    return !m_complete || settle(raw_spool_trim(m_spool, &status), status);
}

bool SpoolIo::settle(bool ok, const Status &status)
{
    if (!ok)
        report_failure(m_front->GetDescription(), &status);
    m_complete &= ok;
    return ok;
}

CPLErr SpoolIo::refuse() const
{
    Status status = {STATUS_OK, ""};
    raw_spool_fail(m_spool, &status);
    report_failure(m_front->GetDescription(), &status);
    return CE_Failure;
}
