/* SPDX-License-Identifier: MIT */
/** @file
 * Threads for a warp under way. GDAL warps a block of a VRT row by row, each by
 * itself, in as many threads as the VRT was made with: one, as a rule.
 */
#ifndef ROWBAND_WARP_THREADS_HPP
#define ROWBAND_WARP_THREADS_HPP

#include <memory>

#include "vrt_access.hpp"

/** While it exists a warped dataset has its threads; afterwards those that it
 * had before. Of the thread that the VRT belongs to. */
class WarpThreads
{
  public:
    WarpThreads(GDALWarpOperation &live, std::unique_ptr<GDALWarpOperation> of);
    ~WarpThreads();
    WarpThreads(const WarpThreads &) = delete;
    WarpThreads &operator=(const WarpThreads &) = delete;

  private:
    GDALWarpOperation &m_live;
    std::unique_ptr<GDALWarpOperation> m_of; /**< whose threads they are */
};

/** Gives @p dataset more threads, each with a copy of its transformer. Not
 * where it says itself how many, where a transformer reads files or cannot be
 * copied, or where a copy gives other places. Nothing is reported, and nothing
 * of the warp changes otherwise.
 * @return NULL if it has none; throws std::bad_alloc */
std::unique_ptr<WarpThreads> warp_threads_add(VRTWarpedDataset &dataset,
                                              int threads);

#endif
