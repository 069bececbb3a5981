/* SPDX-License-Identifier: MIT */
/** @file
 * Tells the tools that watch the driver what is a spy's own doing.
 */
#ifndef ROWBAND_TESTS_SPY_WORK_HPP
#define ROWBAND_TESTS_SPY_WORK_HPP

/* Only ThreadSanitizer has them. */
extern "C" {
void AnnotateIgnoreWritesBegin(const char *file, int line)
    __attribute__((weak));
void AnnotateIgnoreWritesEnd(const char *file, int line) __attribute__((weak));
}

/** While one exists, a spy is at work on this thread: what it allocates is not
 * made to fail. That a driver throws GDAL does not survive, whatever ours does
 * about it. */
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

/** While it lives, ThreadSanitizer does not look at what this thread writes: to
 * memory of a block of GDAL's cache. Another thread may have read the block
 * that it was before; that this one is through GDAL knows by a count of locks,
 * in code not built with ThreadSanitizer. */
class SpyBlockWrite
{
  public:
    SpyBlockWrite()
    {
        if (AnnotateIgnoreWritesBegin != nullptr)
            AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
    }
    ~SpyBlockWrite()
    {
        if (AnnotateIgnoreWritesEnd != nullptr)
            AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
    }
    SpyBlockWrite(const SpyBlockWrite &) = delete;
    SpyBlockWrite &operator=(const SpyBlockWrite &) = delete;
};

#endif
