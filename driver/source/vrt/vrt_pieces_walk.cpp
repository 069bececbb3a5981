/* SPDX-License-Identifier: MIT */
#include "vrt_opener.hpp"
#include "vrt_pieces.hpp"

#include <algorithm>
#include <cmath>

using vrt_access::Rect;
using vrt_access::SourceView;

namespace
{

/* Deeper ones are not followed, nor along more ways. */
enum { DEPTH_MAX = 32, VISITS_MAX = 1 << 16 };

/* GDAL reads whole pixels of what is less than a thousandth of one off
 * (frmts/vrt/vrtsources.cpp: GetSrcDstWindow()). Where sources lie gdalbuildvrt
 * reckons from degrees. */
const double most_off = 1e-6;

/** Where a band of a VRT lies in the output: pixel for pixel, as far as it
 * shows. */
struct Place {
    int64_t x, y;
    Window clip;
    int32_t ground;
    int depth;
};

bool is_nearly_whole(double value)
{
    return std::fabs(value) <= INT32_MAX &&
           std::fabs(value - std::round(value)) <= most_off;
}

bool is_nearly_whole(const Rect &rect)
{
    return is_nearly_whole(rect.x) && is_nearly_whole(rect.y) &&
           is_nearly_whole(rect.width) && is_nearly_whole(rect.height);
}

bool is_finite(const Rect &rect)
{
    return std::isfinite(rect.x) && std::isfinite(rect.y) &&
           std::isfinite(rect.width) && std::isfinite(rect.height);
}

bool is_set(const Rect &rect)
{
    return rect.x != -1 || rect.y != -1 || rect.width != -1 ||
           rect.height != -1;
}

int64_t whole(double value)
{
    const double largest = 1e12;
    return static_cast<int64_t>(std::max(-largest, std::min(largest, value)));
}

/** The pixels that a rectangle is, or touches. */
Window touched(const Rect &rect)
{
    if (is_nearly_whole(rect))
        return {whole(std::round(rect.x)), whole(std::round(rect.y)),
                whole(std::round(rect.width)), whole(std::round(rect.height))};
    const int64_t left = whole(std::floor(rect.x) - 1);
    const int64_t top = whole(std::floor(rect.y) - 1);
    return {left, top, whole(std::ceil(rect.x + rect.width) + 1) - left,
            whole(std::ceil(rect.y + rect.height) + 1) - top};
}

class Walk
{
  public:
    explicit Walk(VrtPieces &found) : m_found(found)
    {
    }

    /** @return false, with nothing painted, if it is not known what is where */
    bool visit_band(GDALRasterBand &band, const Place &place);

  private:
    VrtPieces &m_found;
    int m_visits = 0;
    int32_t m_grounds = 1;

    VRTDataset *inside(VRTSimpleSource &source);
    bool visit_inner(VRTDataset &inner, VRTSimpleSource &source,
                     const SourceView &view, const Place &place);
    void visit_source(VRTSimpleSource &source, GDALRasterBand &band,
                      const Place &place);
    void paint(const Window &at, int32_t what);
    void add_piece(VRTSimpleSource &source, const Place &inner,
                   const Window &at, bool lets_through);
};

void Walk::paint(const Window &at, int32_t what)
{
    if (m_found.cover.shown != nullptr)
        tile_cover_paint(&m_found.cover, &at, what);
}

/** The VRT that a source reads, kept open; or nullptr. */
VRTDataset *Walk::inside(VRTSimpleSource &source)
{
    const std::string &name = vrt_access::name_of(source);
    if ((!vrt_access::is_open(source) &&
         !vrt_access::may_be_vrt(name.c_str())) ||
        !vrt_access::check_source(source))
        return nullptr;
    GDALDataset *dataset = vrt_access::dataset_of(source);
    if (dataset == nullptr)
        return nullptr;
    auto inner = dynamic_cast<VRTDataset *>(dataset);
    if (inner != nullptr || !vrt_access::may_be_vrt(dataset->GetDescription()))
        return inner;
    for (const VrtInner &one : m_found.held)
        if (one.proxy == dataset)
            return dynamic_cast<VRTDataset *>(one.underlying);
    if (m_found.held.size() >= VrtOpener::held_max())
        return nullptr;
    GDALDataset *underlying = vrt_access::hold_underlying(dataset);
    if (underlying != nullptr)
        m_found.held.push_back({dataset, underlying});
    return dynamic_cast<VRTDataset *>(underlying);
}

/** Follows a source into a VRT that it shows as it is.
 * @param place of the band below */
bool Walk::visit_inner(VRTDataset &inner, VRTSimpleSource &source,
                       const SourceView &view, const Place &place)
{
    GDALRasterBand *band = vrt_access::band_of(source);
    GDALRasterBand *below =
        view.band >= 1 && view.band <= inner.GetRasterCount()
            ? inner.GetRasterBand(view.band)
            : nullptr;
    if (below != nullptr && view.is_mask)
        below = below->GetMaskBand();
    if (vrt_access::most_of(source) != 0)
        return false;
    const Window all = {place.x, place.y, inner.GetRasterXSize(),
                        inner.GetRasterYSize()};
    const Window seen = window_intersection(&place.clip, &all);
    if (band == nullptr || below == nullptr ||
        below->GetRasterDataType() != m_found.type ||
        seen.width != place.clip.width || seen.height != place.clip.height)
        return false;
    Place at = place;
    at.ground = -++m_grounds;
    paint(place.clip, at.ground);
    return visit_band(*below, at);
}

void Walk::add_piece(VRTSimpleSource &source, const Place &inner,
                     const Window &at, bool lets_through)
{
    TileCover &cover = m_found.cover;
    if (cover.shown != nullptr && !tile_cover_holds_any(cover.layout, &at)) {
        paint(at, TILE_COVER_MIXED);
        return;
    }
    const auto number = static_cast<int32_t>(m_found.pieces.size());
    m_found.pieces.push_back({&source, -inner.x, -inner.y,
                              static_cast<int>(at.x), static_cast<int>(at.y),
                              static_cast<int>(window_right(&at)),
                              static_cast<int>(window_bottom(&at))});
    if (cover.shown == nullptr)
        return;
    if (lets_through)
        tile_cover_paint_on(&cover, &at, number, inner.ground);
    else
        tile_cover_paint(&cover, &at, number);
}

/** @return whether what a source leaves out looks the same on the VRT's ground,
 * which is its nodata value, if that is told */
bool is_left_out_as_ground(const vrt_access::LeftOut &left_out,
                           GDALRasterBand &band)
{
    int has = false;
    const double nodata = band.GetNoDataValue(&has);
    return has && nodata == left_out.value;
}

void Walk::visit_source(VRTSimpleSource &source, GDALRasterBand &band,
                        const Place &place)
{
    SourceView view = vrt_access::view_source(source);
    const Window raster = {0, 0, band.GetXSize(), band.GetYSize()};
    const bool says_where = is_set(view.to) && is_set(view.from);
    Window at = says_where ? touched(view.to) : raster;
    if (!is_set(view.to) && !is_set(view.from))
        view.from = view.to = {0, 0, static_cast<double>(raster.width),
                               static_cast<double>(raster.height)};
    at.x += place.x;
    at.y += place.y;
    at = window_intersection(&at, &place.clip);
    if (window_is_empty(&at))
        return;
    vrt_access::LeftOut left_out;
    const bool as_it_is =
        is_nearly_whole(view.to) && is_nearly_whole(view.from) &&
        std::round(view.to.width) == std::round(view.from.width) &&
        std::round(view.to.height) == std::round(view.from.height) &&
        vrt_access::keeps_values(source, m_found.type, left_out) &&
        (!left_out.any || is_left_out_as_ground(left_out, band));
    const Place inner = {
        place.x + whole(std::round(view.to.x) - std::round(view.from.x)),
        place.y + whole(std::round(view.to.y) - std::round(view.from.y)), at,
        place.ground, place.depth + 1};
    VRTDataset *below = as_it_is ? inside(source) : nullptr;
    if (!as_it_is ||
        (below != nullptr &&
         (left_out.any || !visit_inner(*below, source, view, inner))))
        paint(at, TILE_COVER_MIXED);
    else if (below == nullptr)
        add_piece(source, inner, at, left_out.any);
}

/** @return whether what is where in a VRT follows from its sources */
bool is_made_of_sources(VRTSourcedRasterBand &band,
                        const std::vector<VRTSimpleSource *> &sources)
{
    for (VRTSimpleSource *source : sources) {
        const Rect to = vrt_access::view_source(*source).to;
        if (!is_finite(to) || (is_set(to) && (to.width < 0 || to.height < 0)))
            return false;
    }
    return dynamic_cast<VRTDerivedRasterBand *>(&band) == nullptr;
}

bool Walk::visit_band(GDALRasterBand &band, const Place &place)
{
    auto sourced = dynamic_cast<VRTSourcedRasterBand *>(&band);
    if (sourced == nullptr || place.depth >= DEPTH_MAX)
        return false;
    bool only_simple;
    const auto sources = vrt_access::simple_sources(*sourced, &only_simple);
    if (!only_simple || !is_made_of_sources(*sourced, sources))
        return false;
    for (VRTSimpleSource *source : sources) {
        if (place.depth > 0 && m_visits++ >= VISITS_MAX)
            paint(place.clip, TILE_COVER_MIXED);
        else
            visit_source(*source, band, place);
    }
    return true;
}

} // namespace

bool vrt_pieces_walk(VrtPieces &found)
{
    GDALRasterBand &band = *found.band;
    const Window all = {0, 0, band.GetXSize(), band.GetYSize()};
    if (dynamic_cast<VRTRasterBand *>(&band) != nullptr)
        return Walk(found).visit_band(band, {0, 0, all, TILE_COVER_GROUND, 0});
    found.pieces.push_back(
        {nullptr, 0, 0, 0, 0, band.GetXSize(), band.GetYSize()});
    if (found.cover.shown != nullptr)
        tile_cover_paint(&found.cover, &all, 0);
    return true;
}
