/* SPDX-License-Identifier: MIT */
/* For madvise(), which is not of POSIX; the C library has it under that name.
 */
/* NOLINTNEXTLINE(bugprone-reserved-identifier) */
#define _DEFAULT_SOURCE
#include "pages.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

enum { ALIGNMENT = 64, HUGE_PAGE_NBYTES = 2 << 20 };

void *pages_alloc(size_t nbytes)
{
    /* What a huge page rounds up by is to be little of the whole. */
    const bool huge = nbytes >= (size_t)2 * HUGE_PAGE_NBYTES;
    /* aligned_alloc() wants a multiple of the alignment. */
    const size_t rounded = nbytes / ALIGNMENT * ALIGNMENT + ALIGNMENT;
    void *memory = NULL;
    if (!huge)
        return aligned_alloc(ALIGNMENT, rounded);
    if (posix_memalign(&memory, HUGE_PAGE_NBYTES, rounded) != 0)
        return NULL;
#ifdef MADV_HUGEPAGE
    /* Only advice: without it there are small pages. */
    (void)madvise(memory, rounded, MADV_HUGEPAGE);
#endif
    return memory;
}

void pages_give_back(void *begin, const void *end)
{
    enum { PAGE_NBYTES = 1 << 16 }; /* or fewer */
    uint8_t *const first = begin;
    const uintptr_t before = (uintptr_t)begin % PAGE_NBYTES;
    const size_t skipped = before > 0 ? PAGE_NBYTES - before : 0;
    const size_t nbytes = (size_t)((const uint8_t *)end - first);
    if (nbytes < skipped + PAGE_NBYTES)
        return;
#ifdef MADV_DONTNEED
    (void)madvise(first + skipped,
                  (nbytes - skipped) / PAGE_NBYTES * PAGE_NBYTES,
                  MADV_DONTNEED);
#endif
}

/* Smaller buffers find the holes of those before them. What may lie in holes
 * costs less, a page at a time, than it takes to decode so much. */
enum { LARGE_NBYTES = 1 << 20, HOLES_NBYTES = 16 << 20 };

void pages_freed(size_t nbytes)
{
    /* The heap is the process's, and so is the count. */
    static atomic_uint_least64_t in_holes;
    if (nbytes < LARGE_NBYTES ||
        atomic_fetch_add(&in_holes, nbytes) + nbytes < HOLES_NBYTES)
        return;
    atomic_store(&in_holes, 0);
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}
