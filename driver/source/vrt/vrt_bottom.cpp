/* SPDX-License-Identifier: MIT */
#include "vrt_bottom.h"

#include <cmath>

#include "guard.hpp"
#include "vrt_access.hpp"

namespace
{

/* Deeper ones are not followed; nor are those that read themselves. */
enum { DEPTH_MAX = 32 };

bool is_whole(double value)
{
    return value == std::floor(value) && std::fabs(value) <= INT32_MAX;
}

/** Where nothing is said, all of the band. */
vrt_access::Rect rect_or_all(const vrt_access::Rect &rect,
                             const GDALRasterBand &all)
{
    auto &band = const_cast<GDALRasterBand &>(all);
    if (rect.width >= 0)
        return rect;
    return {0, 0, static_cast<double>(band.GetXSize()),
            static_cast<double>(band.GetYSize())};
}

/** @return whether a source copies pixels that cover all of @p band
 * @param[in,out] bottom of @p band, then of what the source reads */
bool follow(VRTSimpleSource &source, GDALRasterBand &band, VrtBottom &bottom)
{
    const vrt_access::SourceView view = vrt_access::view_source(source);
    if (view.type != "SimpleSource" || !vrt_access::check_source(source))
        return false;
    GDALRasterBand *from_band = vrt_access::band_of(source);
    GDALDataset *dataset = vrt_access::dataset_of(source);
    if (from_band == nullptr || dataset == nullptr ||
        from_band->GetRasterDataType() != band.GetRasterDataType())
        return false;
    const vrt_access::Rect from = rect_or_all(view.from, *from_band);
    const vrt_access::Rect to = rect_or_all(view.to, band);
    const double x = from.x - to.x, y = from.y - to.y;
    const bool moved = from.width == to.width && from.height == to.height &&
                       is_whole(from.x) && is_whole(from.y) && is_whole(to.x) &&
                       is_whole(to.y);
    const bool covers = to.x <= 0 && to.y <= 0 &&
                        to.x + to.width >= band.GetXSize() &&
                        to.y + to.height >= band.GetYSize();
    const bool inside = x >= 0 && y >= 0 &&
                        x + band.GetXSize() <= from_band->GetXSize() &&
                        y + band.GetYSize() <= from_band->GetYSize();
    if (!moved || !covers || !inside)
        return false;
    bottom.x += static_cast<int64_t>(x);
    bottom.y += static_cast<int64_t>(y);
    bottom.dataset = GDALDataset::ToHandle(dataset);
    bottom.band = GDALRasterBand::ToHandle(from_band);
    return true;
}

bool find(VrtBottom &bottom)
{
    for (int depth = 0; depth < DEPTH_MAX; depth++) {
        GDALRasterBand *band = GDALRasterBand::FromHandle(bottom.band);
        auto sourced = dynamic_cast<VRTSourcedRasterBand *>(band);
        if (sourced == nullptr)
            return dynamic_cast<VRTRasterBand *>(band) == nullptr;
        if (dynamic_cast<VRTDerivedRasterBand *>(band) != nullptr)
            return false;
        bool only_simple;
        const auto sources = vrt_access::simple_sources(*sourced, &only_simple);
        if (!only_simple || sources.size() != 1 ||
            !follow(*sources[0], *band, bottom))
            return false;
    }
    return false;
}

} // namespace

extern "C" bool vrt_bottom_find(GDALDatasetH dataset, GDALRasterBandH band,
                                VrtBottom *bottom)
{
    *bottom = {dataset, band, 0, 0};
    return guard(false, [&] { return find(*bottom); });
}
