/* SPDX-License-Identifier: MIT */
#include "vrt_coverage.hpp"

#include "dataset.h"
#include "gtiff_item.h"
#include "vrt_frame.hpp"

#include <algorithm>
#include <cmath>

using vrt_access::Rect;
using vrt_access::SourceView;

namespace
{

/* Deeper VRTs count as if their sources left no gaps. */
enum { DEPTH_MAX = 8 };

/** Where a VRT lies in the output: pixel for pixel, as far as it shows. */
struct Place {
    double x, y;
    Window clip;
    int depth;
};

/** What a band has where it has nothing, as far as it tells. */
double background(GDALRasterBand &band)
{
    int has = false;
    const double nodata = band.GetNoDataValue(&has);
    return has ? nodata : 0;
}

bool is_whole(double value)
{
    return value == std::floor(value);
}

/** @return whether the VRT below shows through a source as it is */
bool shows_pixels(const SourceView &view)
{
    const Rect &from = view.from, &to = view.to;
    return view.type == "SimpleSource" && !view.is_mask && !view.uses_mask &&
           from.width == to.width && from.height == to.height &&
           is_whole(from.x) && is_whole(from.y) && is_whole(to.x) &&
           is_whole(to.y) && from.width > 0 && from.height > 0;
}

/** The band that a source has open, if its background is the VRT's, too, and
 * shows as it is; or nullptr. */
GDALRasterBand *band_below(VRTSimpleSource &source, const SourceView &view,
                           GDALRasterBand &outer)
{
    GDALRasterBand *band = vrt_access::slot_of(source);
    return band != nullptr && shows_pixels(view) &&
                   vrt_access::copies_pixels(source) &&
                   background(*band) == background(outer)
               ? band
               : nullptr;
}

/** What of the output a source may touch. */
Window touched(const SourceView &view, const Place &place)
{
    const double largest = 1e12;
    const auto whole = [=](double value) {
        return static_cast<int64_t>(
            std::max(-largest, std::min(largest, value)));
    };
    const Rect &to = view.to;
    const int64_t left = whole(std::floor(place.x + to.x) - 1);
    const int64_t top = whole(std::floor(place.y + to.y) - 1);
    const int64_t right = whole(std::ceil(place.x + to.x + to.width) + 1);
    const int64_t bottom = whole(std::ceil(place.y + to.y + to.height) + 1);
    return {left, top, right - left, bottom - top};
}

/** @return whether a GeoTIFF that GDAL's own driver reads has tiles missing */
bool is_sparse(GDALRasterBand &band)
{
    GDALDataset *dataset = band.GetDataset();
    const Window all = {0, 0, band.GetXSize(), band.GetYSize()};
    return dataset != nullptr &&
           dataset_is_gtiff(GDALDataset::ToHandle(dataset)) &&
           dynamic_cast<GDALProxyRasterBand *>(&band) == nullptr &&
           dataset->GetAccess() == GA_ReadOnly &&
           (gtiff_coverage(GDALRasterBand::ToHandle(&band), &all,
                           GDAL_DATA_COVERAGE_STATUS_EMPTY) &
            GDAL_DATA_COVERAGE_STATUS_EMPTY) != 0;
}

/** Fills what the tiles show of a sparse GeoTIFF whose first pixel lies at
 * @p left, @p top. */
void fill_sparse(GDALRasterBand &band, int64_t left, int64_t top,
                 const Window &seen, Holes &holes)
{
    const Window whole = {left, top, band.GetXSize(), band.GetYSize()};
    const Window all = window_intersection(&seen, &whole);
    for (int64_t y = all.y, end_y; y < window_bottom(&all); y = end_y) {
        end_y = step_end64(y, HOLES_SQUARE, window_bottom(&all));
        for (int64_t x = all.x, end_x; x < window_right(&all); x = end_x) {
            end_x = step_end64(x, HOLES_SQUARE, window_right(&all));
            const Window part = {x, y, end_x - x, end_y - y};
            const Window inside = {x - left, y - top, part.width, part.height};
            const int status =
                gtiff_coverage(GDALRasterBand::ToHandle(&band), &inside,
                               GDAL_DATA_COVERAGE_STATUS_DATA);
            if (status != GDAL_DATA_COVERAGE_STATUS_EMPTY)
                holes_fill(&holes, &part);
        }
    }
}

bool fill_band(GDALRasterBand &band, const Place &place, Holes &holes);

bool fill_source(VRTSimpleSource &source, GDALRasterBand &band,
                 const Place &place, Holes &holes)
{
    const SourceView view = vrt_access::view_source(source);
    /* Unset, or not a number. */
    if (!(view.to.width > 0) || !(view.to.height > 0) ||
        !std::isfinite(view.to.x) || !std::isfinite(view.to.y))
        return false;
    const Window at = touched(view, place);
    const Window seen = window_intersection(&at, &place.clip);
    GDALRasterBand *below = band_below(source, view, band);
    if (window_is_empty(&seen))
        return true;
    const Place inner = {place.x + view.to.x - view.from.x,
                         place.y + view.to.y - view.from.y, seen,
                         place.depth + 1};
    if (below != nullptr && is_sparse(*below))
        fill_sparse(*below, static_cast<int64_t>(inner.x),
                    static_cast<int64_t>(inner.y), seen, holes);
    else if (below == nullptr || place.depth >= DEPTH_MAX ||
             !fill_band(*below, inner, holes))
        holes_fill(&holes, &seen);
    return true;
}

bool fill_band(GDALRasterBand &band, const Place &place, Holes &holes)
{
    auto sourced = dynamic_cast<VRTSourcedRasterBand *>(&band);
    bool only_simple = false;
    if (sourced == nullptr ||
        dynamic_cast<VRTDerivedRasterBand *>(&band) != nullptr ||
        dynamic_cast<VRTWarpedRasterBand *>(&band) != nullptr ||
        vrt_access::is_pansharpened(&band))
        return false;
    for (VRTSimpleSource *source :
         vrt_access::simple_sources(*sourced, &only_simple))
        if (!fill_source(*source, band, place, holes))
            return false;
    return only_simple;
}

} // namespace

bool vrt_coverage_fill(VRTDataset &dataset, Holes &holes)
{
    const Place whole = {
        0, 0, {0, 0, dataset.GetRasterXSize(), dataset.GetRasterYSize()}, 0};
    if (dynamic_cast<VRTWarpedDataset *>(&dataset) != nullptr)
        return false;
    for (int i = 1; i <= dataset.GetRasterCount(); i++)
        if (!fill_band(*dataset.GetRasterBand(i), whole, holes))
            return false;
    GDALRasterBand *first = dataset.GetRasterBand(1);
    return first != nullptr && (first->GetMaskFlags() != GMF_PER_DATASET ||
                                fill_band(*first->GetMaskBand(), whole, holes));
}
