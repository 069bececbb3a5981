/* SPDX-License-Identifier: MIT */
#include "live_blocks.h"

#include "block_size.h"
#include "guard.hpp"
#include "vrt_access.hpp"

#include <new>
#include <utility>
#include <vector>

struct LiveBlocks {
    std::vector<GDALRasterBlock *> locked{};
    std::vector<std::pair<GDALRasterBand *, GDALRasterBand *>> held{};

    LiveBlocks() = default;
    LiveBlocks(const LiveBlocks &) = delete;
    LiveBlocks &operator=(const LiveBlocks &) = delete;
    ~LiveBlocks();

    GDALRasterBand *real(GDALRasterBand *band);
    bool lock(GDALRasterBand *band, const Window &at);
};

LiveBlocks::~LiveBlocks()
{
    for (GDALRasterBlock *block : locked)
        block->DropLock();
    for (auto one = held.rbegin(); one != held.rend(); ++one)
        vrt_access::let_go_underlying(one->first, one->second);
}

/** The band that really reads. Of what GDAL's pool shares with nobody not more
 * than one band may be held: see vrt_access::hold_underlying(). */
GDALRasterBand *LiveBlocks::real(GDALRasterBand *band)
{
    for (;;) {
        if (dynamic_cast<GDALProxyPoolDataset *>(band->GetDataset()) &&
            !band->GetDataset()->GetShared())
            return band;
        held.reserve(held.size() + 1);
        GDALRasterBand *below = vrt_access::hold_underlying(band);
        if (below == nullptr)
            return band;
        held.emplace_back(band, below);
        band = below;
    }
}

namespace
{

/* As much of GDAL's cache as may be counted on: others use it, too. */
enum { CACHE_SHARE = 16 };

/** Blocks of a band. */
struct BlockRange {
    int width = 0, height = 0;
    int left = 0, top = 0, right = 0, bottom = 0; /**< the last ones */
};

BlockRange blocks_at(GDALRasterBand *band, const Window &at)
{
    BlockRange range;
    block_size_of(GDALRasterBand::ToHandle(band), &range.width, &range.height);
    range.left = static_cast<int>(at.x / range.width);
    range.top = static_cast<int>(at.y / range.height);
    range.right = static_cast<int>((window_right(&at) - 1) / range.width);
    range.bottom = static_cast<int>((window_bottom(&at) - 1) / range.height);
    return range;
}

} // namespace

/** @return false after GDAL has reported why */
bool LiveBlocks::lock(GDALRasterBand *band, const Window &at)
{
    if (band == nullptr || dynamic_cast<GDALProxyRasterBand *>(band) != nullptr)
        return true;
    const BlockRange range = blocks_at(band, at);
    for (int y = range.top; y <= range.bottom; y++)
        for (int x = range.left; x <= range.right; x++) {
            locked.reserve(locked.size() + 1);
            GDALRasterBlock *block = band->GetLockedBlockRef(x, y);
            if (block == nullptr)
                return false;
            locked.push_back(block);
        }
    return true;
}

extern "C" bool live_blocks_overflow(GDALDatasetH dataset, const Window *at)
{
    double nbytes = 0;
    for (int i = 1; i <= GDALGetRasterCount(dataset); i++) {
        auto band = GDALRasterBand::FromHandle(GDALGetRasterBand(dataset, i));
        if (band == nullptr)
            continue;
        const BlockRange range = blocks_at(band, *at);
        const int pixel_nbytes =
            GDALGetDataTypeSizeBytes(band->GetRasterDataType()) + 1;
        nbytes += static_cast<double>(range.right - range.left + 1) *
                  (range.bottom - range.top + 1) * range.width * range.height *
                  pixel_nbytes;
    }
    return nbytes > static_cast<double>(GDALGetCacheMax64()) / CACHE_SHARE;
}

extern "C" LiveBlocks *live_blocks_new(void)
{
    return new (std::nothrow) LiveBlocks;
}

extern "C" void live_blocks_free(LiveBlocks *blocks)
{
    delete blocks;
}

extern "C" CPLErr live_blocks_add(LiveBlocks *blocks, GDALRasterBandH band,
                                  const Window *at)
{
    return guard(CE_Failure, [=] {
        return blocks->lock(blocks->real(GDALRasterBand::FromHandle(band)), *at)
                   ? CE_None
                   : CE_Failure;
    });
}

extern "C" CPLErr live_blocks_add_mask(LiveBlocks *blocks, GDALRasterBandH band,
                                       const Window *at)
{
    return guard(CE_Failure, [=] {
        GDALRasterBand *of = blocks->real(GDALRasterBand::FromHandle(band));
        return blocks->lock(blocks->real(of->GetMaskBand()), *at) ? CE_None
                                                                  : CE_Failure;
    });
}
