/* SPDX-License-Identifier: MIT */
/** @file
 * Tells what a spy allocates from what the driver does: that a driver throws
 * GDAL does not survive, whatever ours does about it.
 */
#ifndef ROWBAND_TESTS_SPY_WORK_HPP
#define ROWBAND_TESTS_SPY_WORK_HPP

/** While one exists, a spy is at work on this thread. */
class SpyWork
{
  public:
    SpyWork()
    {
        ++depth;
    }

    SpyWork(const SpyWork &) = delete;
    SpyWork &operator=(const SpyWork &) = delete;

    ~SpyWork()
    {
        --depth;
    }

    static bool is_under_way()
    {
        return depth > 0;
    }

  private:
    static inline thread_local int depth = 0;
};

#endif
