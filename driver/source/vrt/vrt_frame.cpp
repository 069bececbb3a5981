/* SPDX-License-Identifier: MIT */
#include "vrt_frame.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>

using vrt_access::Rect;
using vrt_access::SourceView;

namespace
{

/* A VRT may say anything: what is beyond these is not reckoned with. */
const double far_away = 1e12, largest_ratio = 1e6, widest_halo = 1e9;

/* Longer steps than anything that is read at once are of no use. */
const int64_t STEP_MAX = 1 << 20;

bool is_set(const Rect &rect)
{
    return rect.x != -1 || rect.y != -1 || rect.width != -1 ||
           rect.height != -1;
}

bool is_proper(const Rect &rect)
{
    return std::fabs(rect.x) < far_away && std::fabs(rect.y) < far_away &&
           rect.width > 0 && rect.width < far_away && rect.height > 0 &&
           rect.height < far_away;
}

bool is_reckonable(const Affine &place)
{
    return place.scale_x > 1 / largest_ratio && place.scale_x < largest_ratio &&
           place.scale_y > 1 / largest_ratio && place.scale_y < largest_ratio &&
           std::fabs(place.offset_x) < far_away &&
           std::fabs(place.offset_y) < far_away && place.halo_x < widest_halo &&
           place.halo_y < widest_halo;
}

bool is_whole(double value)
{
    return value == std::floor(value);
}

/** How many source pixels beyond the nearest one a resampling kernel, or
 * rounding to it, may take in along one axis.
 * @param ratio source pixels per output pixel */
double kernel_halo(double ratio, double phase, bool resampled)
{
    if (!resampled)
        return ratio == 1 && is_whole(phase) ? 0 : 1;
    /* Lanczos, the widest kernel of GDAL's, has a radius of 3. */
    return std::ceil(3 * std::max(1.0, ratio)) + 2;
}

/** @return whether a source of the VRT in @p outer computes pixels out of
 * several. One that does so only at another ratio does it also where that is
 * another's, further out: GDAL hands the request down. */
bool is_resampled(const SourceView &source, const Frame &outer)
{
    const Rect &from = source.from, &to = source.to;
    const bool scaled = from.width != to.width || from.height != to.height;
    const bool shifted = !is_whole(from.x) || !is_whole(from.y) ||
                         !is_whole(to.x) || !is_whole(to.y);
    /* A kernel of its own acts at 1:1 too. */
    return source.type == "KernelFilteredSource" ||
           source.type == "AveragedSource" ||
           (has_kernel(source) &&
            (scaled || shifted || !frame_is_one_to_one(outer)));
}

bool is_within(double edge, double from, double to)
{
    return edge > from && edge < to && !is_whole(edge);
}

/** @return whether an edge of a source cuts pixels of the output, at which GDAL
 * stretches what it reads of it in that call to whole pixels */
bool ends_within_pixel(const SourceView &source, const Frame &outer)
{
    const Affine &place = outer.place;
    const Rect &to = source.to;
    if (!outer.mapped || !is_set(to))
        return false;
    const double left = place.offset_x + place.scale_x * to.x;
    const double top = place.offset_y + place.scale_y * to.y;
    const double right = left + place.scale_x * to.width;
    const double bottom = top + place.scale_y * to.height;
    return is_within(left, place.left, place.right) ||
           is_within(right, place.left, place.right) ||
           is_within(top, place.top, place.bottom) ||
           is_within(bottom, place.top, place.bottom);
}

/** Where a source with that place in the VRT lies in the output. */
Affine place_of(const Affine &outer, const Rect &from, const Rect &to,
                bool resampled)
{
    const double ratio_x = from.width / to.width;
    const double ratio_y = from.height / to.height;
    Affine place{};
    place.scale_x = outer.scale_x / ratio_x;
    place.scale_y = outer.scale_y / ratio_y;
    place.offset_x = outer.offset_x + outer.scale_x * (to.x - from.x / ratio_x);
    place.offset_y = outer.offset_y + outer.scale_y * (to.y - from.y / ratio_y);
    /* Where the VRT is resampled, too, by way of it. */
    place.halo_x =
        kernel_halo(resampled ? std::max(ratio_x, 1 / place.scale_x) : ratio_x,
                    from.x - to.x, resampled) +
        outer.halo_x * ratio_x;
    place.halo_y =
        kernel_halo(resampled ? std::max(ratio_y, 1 / place.scale_y) : ratio_y,
                    from.y - to.y, resampled) +
        outer.halo_y * ratio_y;
    const double left = outer.offset_x + outer.scale_x * to.x;
    const double top = outer.offset_y + outer.scale_y * to.y;
    place.left = std::max(outer.left, left);
    place.top = std::max(outer.top, top);
    place.right = std::min(outer.right, left + outer.scale_x * to.width);
    place.bottom = std::min(outer.bottom, top + outer.scale_y * to.height);
    return place;
}

/** Frame.step_x and step_y, along one axis. */
int64_t step_of(double from, double from_size, double to, double to_size)
{
    if (!is_whole(from) || !is_whole(from_size) || !is_whole(to) ||
        !is_whole(to_size))
        return 1;
    const auto size = static_cast<int64_t>(to_size);
    const int64_t step = size / std::gcd(static_cast<int64_t>(from_size), size);
    return static_cast<int64_t>(to) % step == 0 ? step : 1;
}

/** The frame of a dataset below a warp as if what is warped were the output. */
Frame below_warp(const Frame &frame)
{
    Frame below;
    below.mapped = true;
    below.place = frame.below;
    return below;
}

/** Sets the place of @p frame below a warp from that of @p below, likewise. */
void set_below_warp(Frame &frame, const Frame &outer, const Frame &below)
{
    frame.below = below.place;
    frame.warp = below.mapped ? outer.warp : nullptr;
}

} // namespace

bool is_same_place(const Affine &p, const Affine &q)
{
    return std::tie(p.offset_x, p.offset_y, p.scale_x, p.scale_y, p.halo_x,
                    p.halo_y, p.left, p.top, p.right, p.bottom) ==
           std::tie(q.offset_x, q.offset_y, q.scale_x, q.scale_y, q.halo_x,
                    q.halo_y, q.left, q.top, q.right, q.bottom);
}

bool frame_equal(const Frame &a, const Frame &b)
{
    return a.mapped == b.mapped && a.reduced == b.reduced &&
           a.depth == b.depth && a.step_x == b.step_x && a.step_y == b.step_y &&
           a.warp == b.warp && is_same_place(a.place, b.place) &&
           is_same_place(a.below, b.below);
}

bool depends_on_window(const SourceView &source, const Frame &outer)
{
    return is_resampled(source, outer) || ends_within_pixel(source, outer);
}

bool has_kernel(const SourceView &source)
{
    const char *name = source.resampling.c_str();
    return *name != '\0' && !EQUAL(name, "near") && !EQUAL(name, "nearest");
}

bool frame_is_one_to_one(const Frame &frame)
{
    return frame.mapped && frame.place.scale_x == 1 &&
           frame.place.scale_y == 1 && is_whole(frame.place.offset_x) &&
           is_whole(frame.place.offset_y);
}

bool frame_is_reduced(const Frame &inner, const Frame &outer)
{
    return !inner.mapped || inner.place.scale_x < outer.place.scale_x ||
           inner.place.scale_y < outer.place.scale_y;
}

int64_t common_step(int64_t step, int64_t other)
{
    return std::min(STEP_MAX, std::lcm(std::max<int64_t>(step, 1),
                                       std::min(other, STEP_MAX)));
}

Frame frame_of_output(int width, int height)
{
    Frame frame;
    frame.mapped = true;
    frame.place.scale_x = frame.place.scale_y = 1;
    frame.place.right = width;
    frame.place.bottom = height;
    return frame;
}

Frame frame_of_warped(std::shared_ptr<const vrt_warp::Warp> warp, int width,
                      int height, int depth)
{
    Frame frame;
    frame.depth = depth;
    frame.warp = std::move(warp);
    frame.below = frame_of_output(width, height).place;
    return frame;
}

Frame frame_of(const Frame &outer, const SourceView &source, int width,
               int height)
{
    Frame inner;
    inner.depth = outer.depth + 1;
    inner.reduced = outer.reduced || source.from.width > source.to.width ||
                    source.from.height > source.to.height;
    if (outer.warp)
        set_below_warp(inner, outer,
                       frame_of(below_warp(outer), source, width, height));
    if (!outer.mapped)
        return inner;
    const Rect whole = {0, 0, static_cast<double>(width),
                        static_cast<double>(height)};
    const Rect from = is_set(source.from) ? source.from : whole;
    const Rect to = is_set(source.to) ? source.to : from;
    if (!is_proper(from) || !is_proper(to))
        return inner;
    inner.place = place_of(outer.place, from, to, is_resampled(source, outer));
    inner.place.halo_x += source.radius;
    inner.place.halo_y += source.radius;
    inner.step_x = step_of(from.x, from.width, to.x, to.width);
    inner.step_y = step_of(from.y, from.height, to.y, to.height);
    inner.mapped = is_reckonable(inner.place);
    return inner;
}

Frame frame_of_blocks(const Frame &frame, GDALRasterBand &band)
{
    Frame wider = frame;
    int width, height;
    band.GetBlockSize(&width, &height);
    wider.place.halo_x += width - 1;
    wider.place.halo_y += height - 1;
    return wider;
}

Frame frame_of_overview(const Frame &base, int width, int height,
                        int overview_width, int overview_height)
{
    Frame frame = base;
    if (base.warp)
        set_below_warp(frame, base,
                       frame_of_overview(below_warp(base), width, height,
                                         overview_width, overview_height));
    if (!base.mapped || overview_width < 1 || overview_height < 1)
        return frame;
    const double ratio_x = static_cast<double>(width) / overview_width;
    const double ratio_y = static_cast<double>(height) / overview_height;
    frame.place.scale_x *= ratio_x;
    frame.place.scale_y *= ratio_y;
    /* A kernel reaches fewer pixels of an overview, but never none. */
    frame.place.halo_x = base.place.halo_x / ratio_x + 2;
    frame.place.halo_y = base.place.halo_y / ratio_y + 2;
    frame.mapped = is_reckonable(frame.place);
    return frame;
}
