/* SPDX-License-Identifier: MIT */
/** @file
 * Sums of bytes, for the planner.
 */
#ifndef ROWBAND_PLAN_SIZES_H
#define ROWBAND_PLAN_SIZES_H

#include <stdint.h>

#include "int_math.h"

/* Sizes saturate: an absurd one is then merely over every budget. */
static inline uint64_t mul(uint64_t a, uint64_t b)
{
    uint64_t product;
    return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

static inline uint64_t add(uint64_t a, uint64_t b)
{
    uint64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

/** @p nbytes that a cut along all of an axis takes, for one along a window. */
static inline uint64_t share_of(uint64_t nbytes, int64_t step, int64_t cell,
                                int64_t size)
{
    const int64_t part = min64(step, size) + 2 * cell;
    return part >= size
               ? nbytes
               : (uint64_t)((double)nbytes * (double)part / (double)size);
}

#endif
