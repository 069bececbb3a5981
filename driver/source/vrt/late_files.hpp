/* SPDX-License-Identifier: MIT */
/** @file
 * The small files of a mosaic of many, each of which is opened when a window
 * needs it, decoded as a whole, all bands at once, and closed again. What is
 * decoded is held until no window to come needs it. Until then a source of the
 * VRT has no band; while a window is read it has one that reads what is held;
 * afterwards it has none again, as if GDAL had never come to it.
 *
 *     vrt_walk: add, settle -> votes of the plan -> begin
 *     -> decode (readers, any number) -> enter, leave (each window)
 *
 * Readers call decode() on threads of their own; all else is for the thread of
 * the VRT.
 */
#ifndef ROWBAND_LATE_FILES_HPP
#define ROWBAND_LATE_FILES_HPP

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "crowded_folder.h"
#include "holes.h"
#include "late_pixels.hpp"
#include "open_files.h"
#include "placement.h"
#include "plan.h"
#include "vrt_access.hpp"
#include "vrt_frame.hpp"
#include "window_source.h"

/** One source that waits for its file. */
struct LateSource {
    VRTSimpleSource *source;
    size_t place; /**< the frame of the VRT it is in: see LateFiles::frame() */
    int x, y;     /**< where the file's first pixel lies in the output */
    int left, top, right, bottom; /**< the part of the file that shows */
    int band;
    int sample_nbytes; /**< of the VRT's band */
};

/** A file, which has the sources from @p first to before @p end. */
struct LateFile {
    enum State : char { IDLE, BUSY, READY };

    size_t first, end;
    FileId id;
    std::atomic<char> state{IDLE};        /**< who makes it BUSY decodes it */
    std::unique_ptr<LatePixels> pixels{}; /**< if READY */

    LateFile(size_t first_in, size_t end_in, const FileId &id_in)
        : first(first_in), end(end_in), id(id_in)
    {
    }

    LateFile(LateFile &&other) noexcept
        : first(other.first), end(other.end), id(other.id)
    {
    }
};

/** What was done; see leaf_count(). */
struct LateCounts {
    int64_t decodes = 0, again = 0;
    bool known = true;
};

class LateFiles
{
  public:
    LateFiles() = default;
    LateFiles(const LateFiles &) = delete;
    LateFiles &operator=(const LateFiles &) = delete;
    ~LateFiles();

    /** @return whether the file of a source that is not open may wait: a small
     * local file, of which pixels are taken as they are */
    static bool may_wait(VRTSimpleSource &source);

    /** Adds a source, if it shows its pixels one to one in the output.
     * @param outer of the VRT that it is in
     * @param sample_nbytes of the VRT's band
     * @return whether it waits */
    bool add(VRTSimpleSource &source, const Frame &outer, int sample_nbytes);

    /** The frame of the VRT that a source is in. */
    const Frame &frame(const LateSource &source) const
    {
        return m_frames[source.place];
    }

    const std::vector<LateSource> &sources() const
    {
        return m_sources;
    }

    /** Once all are added: sorts them by files.
     * @param others names of files that are open
     * @return false if a file shows in several places, or is one of the others:
     *         it would be decoded twice, and none may wait */
    bool settle(const std::set<std::string> &others);

    /** Forgets all of them. */
    void clear();

    size_t count() const
    {
        return m_files.size();
    }

    /** Bytes that the index of files takes, with what begin() adds. */
    uint64_t index_nbytes() const;

    /** For the plan: how a file lies in the output, as one block. */
    PlacedBlocks blocks(size_t file) const;

    /** Bytes of a pixel of all bands that a file is read for, samples being
     * what the VRT has. */
    uint64_t pixel_nbytes(size_t file) const;

    /** @return whether one of them is the file at @p path */
    bool have(const char *path) const;

    /** Before begin(): what shows only where holes_skip() says so is not
     * needed.
     * @param holes must outlive it; or NULL */
    void skip(const Holes *holes, int64_t margin);

    /** Once the plan is known: finds out which windows need which files. */
    void begin(const Plan &plan);

    /** Decodes what @p window needs, but for what others are at and what fails:
     * enter() will come to it. */
    void decode(const Window &window, const GoOn &go_on);

    /** Before @p window is read: gives its sources their bands.
     * @return CE_Failure after GDAL has reported why */
    CPLErr enter(const Window &window);

    /** Takes all bands out again. */
    void leave();

    /** Drops what no window after @p done needs. */
    void drop_behind(const Plan &plan, const Window &done);

    LateCounts counts() const;

  private:
    std::vector<Frame> m_frames{};
    std::vector<LateSource> m_sources{};
    std::vector<LateFile> m_files{};
    /* The files of window i are m_needed[m_windows[i]] and so on. */
    std::vector<size_t> m_windows{};
    std::vector<uint32_t> m_needed{};
    Plan m_plan{};
    const Holes *m_unneeded = nullptr;
    int64_t m_unneeded_margin = 0;
    std::vector<VRTSimpleSource *> m_entered{};
    std::vector<std::unique_ptr<GDALRasterBand>> m_bands{};

    std::mutex m_folder_mutex{}; /**< guards m_folder */
    CrowdedFolder m_folder{};

    std::mutex m_mutex{}; /**< guards the end of BUSY */
    std::condition_variable m_changed{};
    std::atomic<int64_t> m_decodes{0}, m_again{0};
    std::atomic<bool> m_known{true};

    Window shown(const LateFile &file) const;
    bool is_needed(const LateFile &file) const;
    template <typename Visit> void visit(const Window &window, Visit call);
    bool is_in_crowd(const std::string &name);
    std::unique_ptr<LatePixels> read(const LateFile &file);
    bool fill(LateFile &file);
    void finish(LateFile &file, std::unique_ptr<LatePixels> pixels);
    bool wait_or_fill(LateFile &file);
};

#endif
