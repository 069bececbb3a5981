/* SPDX-License-Identifier: MIT */
/** @file
 * What a warped VRT needs of its source, asked of GDAL itself.
 */
#ifndef ROWBAND_VRT_WARP_HPP
#define ROWBAND_VRT_WARP_HPP

#include <memory>

#include "vrt_access.hpp"
#include "warped_placement.h"

namespace vrt_warp
{

struct Release {
    void operator()(WarpCells *cells) const
    {
        warp_cells_release(cells);
    }
};

/** A warp under way through a VRT. */
struct Warp {
    std::unique_ptr<WarpCells, Release> cells{};
    Affine outer{};           /**< where the warped raster lies */
    uint64_t call_nbytes = 0; /**< that GDAL takes to warp one block, at most */
};

/** Asks for each block of @p dataset what it takes. GDAL's answers are those by
 * which it reads: GDALWarpOperation::WarpRegionToBuffer() warps a block of a
 * VRT in one go. Nothing is reported, and nothing of the warp changes.
 * @param outer where it lies in the output: other blocks are not asked for
 * @return NULL if that cannot be known; throws std::bad_alloc */
std::shared_ptr<const Warp> ask(VRTWarpedDataset &dataset, const Affine &outer);

} // namespace vrt_warp

#endif
