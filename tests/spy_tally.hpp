/* SPDX-License-Identifier: MIT */
/** @file
 * How often each block of a spy is decoded.
 */
#ifndef ROWBAND_TESTS_SPY_TALLY_HPP
#define ROWBAND_TESTS_SPY_TALLY_HPP

#include <algorithm>
#include <atomic>
#include <memory>
#include <vector>

#include <gdal_priv.h>

#include "spy.h"

/** Decodes of each block; counted in any thread. */
class Tally
{
  public:
    explicit Tally(size_t blocks) : counts_(blocks)
    {
    }
    void add(size_t block)
    {
        counts_[block].fetch_add(1, std::memory_order_relaxed);
    }
    void reset()
    {
        for (auto &count : counts_)
            count = 0;
    }
    size_t size() const
    {
        return counts_.size();
    }
    SpyCounts read() const
    {
        SpyCounts result = {0, 0, static_cast<int64_t>(counts_.size()), 0};
        for (const auto &count : counts_) {
            const int64_t n = count;
            result.decodes += n;
            result.distinct += n > 0;
            result.most = std::max(result.most, n);
        }
        return result;
    }

  private:
    std::vector<std::atomic<int>> counts_;
};

/** Those of a spy: of its raster, and of its mask. */
struct Tallies {
    std::shared_ptr<Tally> raster, mask;
};

/** How many blocks cover @p size pixels. */
inline size_t blocks_in(int size, int block)
{
    return static_cast<size_t>(DIV_ROUND_UP(size, block));
}

#endif
