/* SPDX-License-Identifier: MIT */
/** @file
 * Arithmetic on pixel counts.
 */
#ifndef ROWBAND_INT_MATH_H
#define ROWBAND_INT_MATH_H

#include <stdint.h>

static inline int64_t min64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static inline int64_t max64(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/** The first multiple of @p step behind @p from, at most @p limit: where what
 * begins at @p from ends. */
static inline int64_t step_end64(int64_t from, int64_t step, int64_t limit)
{
    return min64((from / step + 1) * step, limit);
}

/** The quotient rounded up; @p value at least 0, @p by at least 1. */
static inline int64_t divide_up(int64_t value, int64_t by)
{
    return value / by + (value % by != 0);
}

#endif
