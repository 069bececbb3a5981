/* SPDX-License-Identifier: MIT */
#include "late_files.hpp"

#include "config.h"
#include "error_trap.h"
#include "guard.hpp"

#include <algorithm>
#include <climits>
#include <cmath>
#include <tuple>

namespace
{

/* Larger files are worth a leaf, which holds blocks of them. */
const double pixels_max = 1 << 16;

bool is_same_place(const LateSource &a, const LateSource &b)
{
    return std::tie(a.x, a.y, a.left, a.top, a.right, a.bottom) ==
           std::tie(b.x, b.y, b.left, b.top, b.right, b.bottom);
}

bool is_before(const LateSource &a, const LateSource &b)
{
    const int by_name =
        vrt_access::name_of(*a.source).compare(vrt_access::name_of(*b.source));
    return by_name != 0
               ? by_name < 0
               : std::tie(a.band, a.source) < std::tie(b.band, b.source);
}

/** The index of the window of an axis that has @p at. */
int64_t window_at(int64_t at, int64_t phase, int64_t step)
{
    if (phase == 0)
        return at / step;
    return at < phase ? 0 : 1 + (at - phase) / step;
}

/** Calls for the index of each window of the plan that shares pixels with
 * @p rectangle, which is within the raster. */
template <typename Call>
void visit_windows(const Plan &plan, const Window &rectangle, Call call)
{
    const BlockGrid &grid = plan.grid;
    const int64_t across = window_at(plan.width - 1, grid.x0, plan.step_x) + 1;
    const int64_t right =
        window_at(window_right(&rectangle) - 1, grid.x0, plan.step_x);
    const int64_t bottom =
        window_at(window_bottom(&rectangle) - 1, grid.y0, plan.step_y);
    for (int64_t y = window_at(rectangle.y, grid.y0, plan.step_y); y <= bottom;
         y++)
        for (int64_t x = window_at(rectangle.x, grid.x0, plan.step_x);
             x <= right; x++)
            call(static_cast<size_t>(y * across + x));
}

/** @return what of a source shows, or nothing if that is not known in whole
 * pixels */
bool place_source(LateSource &late, const vrt_access::SourceView &view,
                  const Frame &outer)
{
    const Frame inner = frame_of(outer, view, 0, 0);
    const Affine &place = inner.place;
    if (!frame_is_one_to_one(inner) || inner.reduced || place.halo_x > 0 ||
        place.halo_y > 0 || depends_on_window(view, outer) ||
        std::fabs(place.offset_x) > INT_MAX / 4 ||
        std::fabs(place.offset_y) > INT_MAX / 4 || view.from.x < 0 ||
        view.from.y < 0 || view.from.x > INT_MAX / 4 ||
        view.from.y > INT_MAX / 4)
        return false;
    late.x = static_cast<int>(place.offset_x);
    late.y = static_cast<int>(place.offset_y);
    late.left = static_cast<int>(std::floor(place.left)) - late.x;
    late.top = static_cast<int>(std::floor(place.top)) - late.y;
    late.right = static_cast<int>(std::ceil(place.right)) - late.x;
    late.bottom = static_cast<int>(std::ceil(place.bottom)) - late.y;
    return true;
}

} // namespace

LateFiles::~LateFiles()
{
    leave();
    crowded_folder_clear(&m_folder);
}

bool LateFiles::may_wait(VRTSimpleSource &source)
{
    if (vrt_access::is_open(source) || !vrt_access::copies_pixels(source))
        return false;
    const vrt_access::SourceView view = vrt_access::view_source(source);
    const std::string &name = vrt_access::name_of(source);
    FileId id;
    return !view.is_mask && !view.uses_mask && !has_kernel(view) &&
           view.from.width > 0 && view.from.height > 0 &&
           view.from.width * view.from.height <= pixels_max &&
           view.to.width > 0 && !vrt_access::may_be_vrt(name.c_str()) &&
           file_id_of(name.c_str(), &id);
}

bool LateFiles::add(VRTSimpleSource &source, const Frame &outer,
                    int sample_nbytes)
{
    const vrt_access::SourceView view = vrt_access::view_source(source);
    LateSource late{};
    late.source = &source;
    late.band = view.band;
    late.sample_nbytes = sample_nbytes;
    if (!place_source(late, view, outer))
        return false;
    if (late.left >= late.right || late.top >= late.bottom)
        return true;
    if (m_frames.empty() || !frame_equal(m_frames.back(), outer))
        m_frames.push_back(outer);
    late.place = m_frames.size() - 1;
    m_sources.push_back(late);
    return true;
}

void LateFiles::clear()
{
    m_sources = {};
    m_files.clear();
    m_frames = {};
}

bool LateFiles::settle(const std::set<std::string> &others)
{
    std::sort(m_sources.begin(), m_sources.end(), is_before);
    const size_t count = m_sources.size();
    for (size_t first = 0, end; first < count; first = end) {
        const LateSource &one = m_sources[first];
        const std::string &name = vrt_access::name_of(*one.source);
        FileId id;
        for (end = first;
             end < count && name == vrt_access::name_of(*m_sources[end].source);
             end++)
            if (!vrt_access::is_same_file(*one.source,
                                          *m_sources[end].source) ||
                !is_same_place(one, m_sources[end]))
                return false;
        if (others.count(name) > 0 || !file_id_of(name.c_str(), &id))
            return false;
        m_files.emplace_back(first, end, id);
    }
    return true;
}

uint64_t LateFiles::index_nbytes() const
{
    /* Most files have a part in one window, or in two. */
    const size_t in_windows = 2 * sizeof m_needed[0];
    return m_sources.capacity() * sizeof m_sources[0] +
           m_files.capacity() * (sizeof m_files[0] + in_windows);
}

PlacedBlocks LateFiles::blocks(size_t file) const
{
    const LateSource &one = m_sources[m_files[file].first];
    PlacedBlocks blocks{};
    const int64_t width = std::max(1, one.right - one.left);
    const int64_t height = std::max(1, one.bottom - one.top);
    const int64_t x = one.x + one.left, y = one.y + one.top;
    blocks.grid = {x % width, y % height, width, height};
    blocks.exact = true;
    blocks.source_pixels = 1;
    blocks.area = static_cast<double>(width) * static_cast<double>(height);
    return blocks;
}

uint64_t LateFiles::pixel_nbytes(size_t file) const
{
    uint64_t nbytes = 0;
    for (size_t i = m_files[file].first; i < m_files[file].end; i++)
        if (i == m_files[file].first ||
            m_sources[i].band != m_sources[i - 1].band)
            nbytes += static_cast<uint64_t>(m_sources[i].sample_nbytes);
    return nbytes;
}

bool LateFiles::have(const char *path) const
{
    FileId id;
    if (!file_id_of(path, &id))
        return false;
    return std::any_of(
        m_files.begin(), m_files.end(),
        [&](const LateFile &file) { return file_id_equal(&file.id, &id); });
}

Window LateFiles::shown(const LateFile &file) const
{
    const LateSource &one = m_sources[file.first];
    return {one.x + one.left, one.y + one.top, one.right - one.left,
            one.bottom - one.top};
}

void LateFiles::skip(const Holes *holes, int64_t margin)
{
    m_unneeded = holes;
    m_unneeded_margin = margin;
}

bool LateFiles::is_needed(const LateFile &file) const
{
    const Window at = shown(file);
    return m_unneeded == nullptr ||
           !holes_skip(m_unneeded, &at, m_unneeded_margin);
}

void LateFiles::begin(const Plan &plan)
{
    m_plan = plan;
    m_windows.assign(static_cast<size_t>(plan_window_count(&plan)) + 1, 0);
    for (const LateFile &file : m_files)
        if (is_needed(file))
            visit_windows(plan, shown(file),
                          [&](size_t i) { m_windows[i + 1]++; });
    for (size_t i = 1; i < m_windows.size(); i++)
        m_windows[i] += m_windows[i - 1];
    m_needed.resize(m_windows.back());
    std::vector<size_t> next(m_windows.begin(), m_windows.end() - 1);
    for (size_t i = 0; i < m_files.size(); i++)
        if (is_needed(m_files[i]))
            visit_windows(plan, shown(m_files[i]), [&](size_t window) {
                m_needed[next[window]++] = static_cast<uint32_t>(i);
            });
}

/** Calls for each file that has a part in a window, once. */
template <typename Visit>
void LateFiles::visit(const Window &window, Visit call)
{
    if (m_files.empty())
        return;
    visit_windows(m_plan, window, [&](size_t i) {
        for (size_t k = m_windows[i]; k < m_windows[i + 1]; k++)
            call(m_files[m_needed[k]]);
    });
}

void LateFiles::finish(LateFile &file, std::unique_ptr<LatePixels> pixels)
{
    const std::lock_guard<std::mutex> lock(m_mutex);
    file.pixels = std::move(pixels);
    file.state = file.pixels ? LateFile::READY : LateFile::IDLE;
    m_changed.notify_all();
}

bool LateFiles::is_in_crowd(const std::string &name)
{
    const std::lock_guard<std::mutex> lock(m_folder_mutex);
    return crowded_folder_has(&m_folder, name.c_str());
}

/** @return nullptr after GDAL has reported why */
std::unique_ptr<LatePixels> LateFiles::read(const LateFile &file)
{
    const LateSource &one = m_sources[file.first];
    const std::string &name = vrt_access::name_of(*one.source);
    const Window at = {one.left, one.top, one.right - one.left,
                       one.bottom - one.top};
    std::vector<int> bands;
    for (size_t i = file.first; i < file.end; i++)
        if (bands.empty() || bands.back() != m_sources[i].band)
            bands.push_back(m_sources[i].band);
    return LatePixels::read(
        name.c_str(), vrt_access::open_options_of(*one.source), bands, at);
}

/** Decodes a file that this thread has made BUSY.
 * @return false after GDAL has reported why */
bool LateFiles::fill(LateFile &file)
{
    const std::string &name =
        vrt_access::name_of(*m_sources[file.first].source);
    std::unique_ptr<LatePixels> pixels;
    ErrorTrap trap;
    ConfigChange change;
    const bool in_crowd = is_in_crowd(name);
    if (in_crowd)
        config_begin(&change, "GDAL_DISABLE_READDIR_ON_OPEN", "YES");
    error_trap_begin(&trap, TRAP_FAILURES);
    const CPLErr err = guard(CE_Failure, [&] {
        pixels = read(file);
        return pixels ? CE_None : CE_Failure;
    });
    error_trap_end(&trap);
    error_trap_replay(&trap);
    if (in_crowd)
        config_end(&change);
    /* What GDAL got over it may have taken for something else. */
    const bool ok = err == CE_None && !trap.failed;
    if (ok) {
        m_decodes += pixels->decodes;
        m_again += pixels->again;
        if (!pixels->known)
            m_known = false;
    } else {
        pixels.reset();
    }
    finish(file, std::move(pixels));
    return ok;
}

void LateFiles::decode(const Window &window, const GoOn &go_on)
{
    bool ok = true;
    visit(window, [&](LateFile &file) {
        char idle = LateFile::IDLE;
        ok = ok && go_on.ask(go_on.user);
        if (ok && file.state.compare_exchange_strong(idle, LateFile::BUSY))
            ok = fill(file);
    });
}

/** @return whether the file is READY now; false after GDAL has reported why */
bool LateFiles::wait_or_fill(LateFile &file)
{
    for (;;) {
        char state = LateFile::IDLE;
        if (file.state.compare_exchange_strong(state, LateFile::BUSY))
            return fill(file);
        std::unique_lock<std::mutex> lock(m_mutex);
        m_changed.wait(lock, [&] { return file.state != LateFile::BUSY; });
        if (file.state == LateFile::READY)
            return true;
    }
}

CPLErr LateFiles::enter(const Window &window)
{
    return guard(CE_Failure, [&] {
        bool ok = true;
        visit(window, [&](LateFile &file) {
            ok = ok && wait_or_fill(file);
            for (size_t i = file.first; ok && i < file.end; i++) {
                LateSource &late = m_sources[i];
                m_bands.push_back(file.pixels->band(late.band));
                m_entered.push_back(late.source);
                vrt_access::slot_of(*late.source) = m_bands.back().get();
            }
        });
        return ok ? CE_None : CE_Failure;
    });
}

void LateFiles::leave()
{
    for (VRTSimpleSource *source : m_entered)
        vrt_access::slot_of(*source) = nullptr;
    m_entered.clear();
    m_bands.clear();
}

void LateFiles::drop_behind(const Plan &plan, const Window &done)
{
    leave();
    visit(done, [&](LateFile &file) {
        const Window at = shown(file);
        if (file.state == LateFile::READY &&
            !plan_needs_later(&plan, &done, &at)) {
            file.pixels.reset();
            file.state = LateFile::IDLE;
        }
    });
}

LateCounts LateFiles::counts() const
{
    return {m_decodes, m_again, m_known};
}
