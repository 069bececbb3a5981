/* SPDX-License-Identifier: MIT */
#include "vrt_warp.hpp"

#include "gdal_alg_priv.h"
#include "silence.hpp"

#include <algorithm>
#include <new>

namespace
{

/* A private member: see vrt_access.cpp. */
template <auto Member> struct ReachSourceWindow {
    friend CPLErr private_source_window(GDALWarpOperation &warper,
                                        const Window &block, int *from)
    {
        return (warper.*Member)(
            static_cast<int>(block.x), static_cast<int>(block.y),
            static_cast<int>(block.width), static_cast<int>(block.height),
            &from[0], &from[1], &from[2], &from[3], nullptr, nullptr, nullptr);
    }
};
CPLErr private_source_window(GDALWarpOperation &warper, const Window &block,
                             int *from);
template struct ReachSourceWindow<&GDALWarpOperation::ComputeSourceWindow>;

/* Smaller blocks than this cost more to ask for than to warp. */
const int64_t BLOCK_PIXELS_MIN = 4096;

/* To ask for more than these takes minutes, in which nobody can cancel. */
const int64_t BLOCKS_MAX = 1 << 22;

/** What GDAL holds while it warps a block of @p width times @p height: samples
 * of both sides, where they count by parts how much, and what is masked.
 * @param source_pixels that the block takes */
uint64_t call_nbytes(const GDALWarpOptions &options, int64_t source_pixels,
                     int width, int height)
{
    const auto samples = static_cast<uint64_t>(options.nBandCount) *
                         static_cast<uint64_t>(GDALGetDataTypeSizeBytes(
                             options.eWorkingDataType));
    const bool is_dense =
        options.nSrcAlphaBand > 0 || options.hCutline != nullptr;
    return static_cast<uint64_t>(source_pixels) *
               (samples + (is_dense ? sizeof(float) : 0) + 1) +
           static_cast<uint64_t>(static_cast<int64_t>(width) * height) *
               (samples + sizeof(float));
}

/** While it exists the warp reckons with a copy of its transformer: PROJ keeps
 * to the operation that did for the last point, so that what is asked now could
 * show in what is warped later. Nothing is reported meanwhile. */
class Asking
{
  public:
    explicit Asking(GDALWarpOperation &warper)
        : m_options(const_cast<GDALWarpOptions *>(warper.GetOptions())),
          m_own(m_options->pTransformerArg)
    {
        m_copy = GDALCloneTransformer(m_own);
        if (m_copy != nullptr)
            m_options->pTransformerArg = m_copy;
    }

    ~Asking()
    {
        m_options->pTransformerArg = m_own;
        if (m_copy != nullptr)
            GDALDestroyTransformer(m_copy);
    }

    Asking(const Asking &) = delete;
    Asking &operator=(const Asking &) = delete;

    bool can_ask() const
    {
        return m_copy != nullptr;
    }

  private:
    Silence m_silence; /* first: it outlasts the rest */
    GDALWarpOptions *m_options;
    void *m_own;
    void *m_copy = nullptr;
};

/** What of the warped raster shows in the output. */
Window shown(VRTWarpedDataset &dataset, const Affine &outer)
{
    const Window all = {0, 0, dataset.GetRasterXSize(),
                        dataset.GetRasterYSize()};
    Placement *place = affine_placement_new(&outer);
    if (place == nullptr)
        throw std::bad_alloc();
    const Window output = placement_output(place, &all);
    const Window part = placement_input(place, &output);
    placement_free(place);
    return window_intersection(&part, &all);
}

/** Asks for the blocks of @p part. One that GDAL finds no window for fails or
 * stays empty, without a read.
 * @return source pixels that one of them takes, at most */
int64_t ask_all(VRTWarpedDataset &dataset, WarpCells *cells, const Window &part)
{
    GDALWarpOperation &warper = vrt_access::warper_of(dataset);
    const Window all = {0, 0, dataset.GetRasterXSize(),
                        dataset.GetRasterYSize()};
    int64_t most = 0;
    int width = 0, height = 0;
    dataset.GetBlockSize(&width, &height);
    for (int64_t y = part.y - part.y % height; y < window_bottom(&part);
         y += height)
        for (int64_t x = part.x - part.x % width; x < window_right(&part);
             x += width) {
            const Window cell = {x, y, width, height};
            const Window at = window_intersection(&cell, &all);
            int from[4] = {0, 0, 0, 0};
            if (private_source_window(warper, at, from) != CE_None)
                continue;
            const Window source = {from[0], from[1], from[2], from[3]};
            warp_cells_add(cells, &at, &source);
            most = std::max(most, source.width * source.height);
        }
    return most;
}

} // namespace

namespace vrt_warp
{

std::shared_ptr<const Warp> ask(VRTWarpedDataset &dataset, const Affine &outer)
{
    GDALWarpOperation &warper = vrt_access::warper_of(dataset);
    const GDALWarpOptions *options = warper.GetOptions();
    int width = 0, height = 0;
    dataset.GetBlockSize(&width, &height);
    if (static_cast<int64_t>(width) * height < BLOCK_PIXELS_MIN)
        return nullptr;
    const Window part = shown(dataset, outer);
    if (divide_up(part.width, width) * divide_up(part.height, height) >
        BLOCKS_MAX)
        return nullptr;
    auto warp = std::make_shared<Warp>();
    warp->outer = outer;
    warp->cells.reset(warp_cells_new(&part, width, height));
    if (warp->cells == nullptr)
        throw std::bad_alloc();
    const Asking asking(warper);
    if (!asking.can_ask())
        return nullptr;
    const int64_t pixels = ask_all(dataset, warp->cells.get(), part);
    warp->call_nbytes = call_nbytes(*options, pixels, width, height);
    return warp;
}

} // namespace vrt_warp
