/* SPDX-License-Identifier: MIT */
#include "live_vrt.h"

#include "dataset.h"
#include "guard.hpp"
#include "leaf_dataset.h"
#include "live_band.hpp"
#include "vrt_coverage.hpp"
#include "vrt_walk.hpp"
#include "warp_threads.hpp"

#include <map>
#include <memory>
#include <new>

struct LiveVrt {
    VRTDataset *dataset = nullptr;
    VrtFindings found{};
    std::map<Leaf *, GDALDataset *> proxies{}; /**< while leaves are in */
    std::vector<AheadLeaf> ahead{};
    std::vector<std::unique_ptr<WarpThreads>> warp_threads{}; /**< likewise */
    int threads = 1;
    const char *why_not_ahead = "a VRT, which computes its pixels itself";

    LiveVrt() = default;
    ~LiveVrt();
    LiveVrt(const LiveVrt &) = delete;
    LiveVrt &operator=(const LiveVrt &) = delete;

    void put_in();
    void take_out();
    void choose_ahead();
};

void LiveVrt::put_in()
{
    for (Leaf *leaf : found.leaves) {
        GDALDataset *&proxy = proxies[leaf];
        proxy = GDALDataset::FromHandle(leaf_dataset_new(leaf));
        if (proxy == nullptr)
            throw std::bad_alloc();
    }
    for (const VrtSwap &swap : found.swaps) {
        GDALDataset *proxy = proxies[swap.leaf];
        GDALRasterBand *band =
            swap.number > 0 ? proxy->GetRasterBand(swap.number) : nullptr;
        if (swap.is_mask && band != nullptr)
            band = band->GetMaskBand();
        if (swap.band != nullptr)
            *swap.band = band;
        else
            *swap.handle = band != nullptr ? GDALRasterBand::ToHandle(band)
                                           : GDALDataset::ToHandle(proxy);
    }
    for (VRTWarpedDataset *warped : found.warped)
        if (auto more = warp_threads_add(*warped, threads))
            warp_threads.push_back(std::move(more));
}

void LiveVrt::take_out()
{
    warp_threads.clear();
    for (const VrtSwap &swap : found.swaps)
        if (swap.handle != nullptr)
            *swap.handle = swap.live;
        else
            *swap.band = static_cast<GDALRasterBand *>(swap.live);
    for (const auto &proxy : proxies)
        if (proxy.second != nullptr)
            GDALClose(GDALDataset::ToHandle(proxy.second));
    proxies.clear();
}

/** Lists what may be decoded ahead: whose places are all mapped, and lie in
 * blocks that are all needed. */
void LiveVrt::choose_ahead()
{
    for (Leaf *leaf : found.leaves) {
        const auto one = found.ahead.find(leaf);
        if (one == found.ahead.end() || !one->second.mapped)
            continue;
        AheadLeaf entry = one->second.leaf;
        entry.leaf = leaf;
        entry.again = one->second.again;
        if (entry.again == nullptr)
            why_not_ahead = one->second.why_not;
        else if (one->second.skips)
            why_not_ahead = "a VRT that leaves out blocks";
        else if (entry.layers[LEAF_LAYER_BANDS] ||
                 entry.layers[LEAF_LAYER_MASK])
            ahead.push_back(entry);
    }
}

LiveVrt::~LiveVrt()
{
    take_out();
    found.late.leave();
    for (const auto &one : found.ahead)
        same_again_free(one.second.again);
    for (Leaf *leaf : found.leaves)
        leaf_free(leaf);
    for (const VrtHeld &one : found.held)
        vrt_access::let_go_underlying(one.proxy, one.underlying);
}

extern "C" bool live_vrt_has_sources_of_mask(GDALRasterBandH band)
{
    return dynamic_cast<VRTSourcedRasterBand *>(
               GDALRasterBand::FromHandle(band)->GetMaskBand()) != nullptr;
}

extern "C" LiveVrt *live_vrt_open(GDALDatasetH source, char *reason,
                                  size_t reason_nbytes)
{
    reason[0] = '\0';
    VRTDataset *dataset = live_band::vrt_of(GDALDataset::FromHandle(source));
    if (dataset == nullptr)
        return nullptr;
    try {
        std::unique_ptr<LiveVrt> vrt(new LiveVrt);
        vrt->dataset = dataset;
        vrt_walk(*dataset, vrt->found);
        if (vrt->found.out_of_memory)
            throw std::bad_alloc();
        CPLStrlcpy(reason, vrt->found.reason.c_str(), reason_nbytes);
        vrt->choose_ahead();
        return vrt->found.leaves.empty() ? nullptr : vrt.release();
    } catch (const std::bad_alloc &) {
        CPLError(CE_Failure, CPLE_OutOfMemory, "out of memory");
        return nullptr;
    }
}

extern "C" void live_vrt_close(LiveVrt *vrt)
{
    delete vrt;
}

extern "C" void live_vrt_set_threads(LiveVrt *vrt, int threads)
{
    vrt->threads = threads;
}

extern "C" bool live_vrt_enter(LiveVrt *vrt)
{
    try {
        vrt->put_in();
    } catch (const std::bad_alloc &) {
        vrt->take_out();
        return false;
    }
    return true;
}

extern "C" void live_vrt_drop_warped(const LiveVrt *vrt)
{
    for (VRTWarpedDataset *warped : vrt->found.warped)
        dataset_drop_blocks_of_bands(GDALDataset::ToHandle(warped));
}

extern "C" void live_vrt_leave(LiveVrt *vrt)
{
    vrt->take_out();
    vrt->found.late.leave();
}

extern "C" LiveVrtTraits live_vrt_traits(const LiveVrt *vrt)
{
    return vrt->found.traits;
}

extern "C" int live_vrt_leaves(const LiveVrt *vrt, Leaf *const **leaves)
{
    *leaves = vrt->found.leaves.data();
    return static_cast<int>(vrt->found.leaves.size());
}

extern "C" int live_vrt_ahead(const LiveVrt *vrt, const AheadLeaf **leaves,
                              const char **why_not)
{
    *leaves = vrt->ahead.data();
    *why_not = vrt->why_not_ahead;
    return static_cast<int>(vrt->ahead.size());
}

extern "C" void live_vrt_set_limit(LiveVrt *vrt, uint64_t nbytes)
{
    for (Leaf *leaf : vrt->found.leaves)
        if (!leaf_is_placed(leaf))
            leaf_set_limit(leaf, nbytes / vrt->found.leaves.size());
}

extern "C" void live_vrt_drop_behind(LiveVrt *vrt, const Plan *plan,
                                     const Window *done)
{
    for (Leaf *leaf : vrt->found.leaves)
        leaf_drop_behind(leaf, plan, done);
    vrt->found.late.drop_behind(*plan, *done);
}

extern "C" bool live_vrt_count(const LiveVrt *vrt, int64_t *decodes,
                               int64_t *again)
{
    bool all = true;
    for (const Leaf *leaf : vrt->found.leaves)
        all &= leaf_count(leaf, decodes, again);
    const LateCounts late = vrt->found.late.counts();
    *decodes += late.decodes;
    *again += late.again;
    return all && late.known;
}

extern "C" bool live_vrt_fill_holes(const LiveVrt *vrt, Holes *holes)
{
    return guard(false,
                 [&] { return vrt_coverage_fill(*vrt->dataset, *holes); });
}

extern "C" size_t live_vrt_late_files(const LiveVrt *vrt,
                                      uint64_t *index_nbytes)
{
    *index_nbytes = vrt->found.late.index_nbytes();
    return vrt->found.late.count();
}

extern "C" PlacedBlocks live_vrt_late_file(const LiveVrt *vrt, size_t file,
                                           uint64_t *pixel_nbytes)
{
    *pixel_nbytes = vrt->found.late.pixel_nbytes(file);
    return vrt->found.late.blocks(file);
}

extern "C" bool live_vrt_has_late_file(const LiveVrt *vrt, const char *path)
{
    return vrt->found.late.have(path);
}

extern "C" void live_vrt_skip_late(LiveVrt *vrt, const Holes *holes,
                                   int64_t margin)
{
    vrt->found.late.skip(holes, margin);
}

extern "C" bool live_vrt_begin_late(LiveVrt *vrt, const Plan *plan)
{
    try {
        vrt->found.late.begin(*plan);
    } catch (const std::bad_alloc &) {
        return false;
    }
    return true;
}

extern "C" void live_vrt_decode_late(LiveVrt *vrt, const Window *window,
                                     const GoOn *go_on)
{
    vrt->found.late.decode(*window, *go_on);
}

extern "C" CPLErr live_vrt_enter_late(LiveVrt *vrt, const Window *window)
{
    return vrt->found.late.enter(*window);
}
