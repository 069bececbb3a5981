/* SPDX-License-Identifier: MIT */
/** @file
 * What C++ of ours runs within where C or GDAL calls it: neither lets an
 * exception pass.
 */
#ifndef ROWBAND_GUARD_HPP
#define ROWBAND_GUARD_HPP

#include <new>

#include "cpl_error.h"

/** @return what @p call does; @p failed, after CPLE_OutOfMemory has been
 *          reported to GDAL's error handler, if there is no memory for it */
template <typename Result, typename Call> Result guard(Result failed, Call call)
{
    try {
        return call();
    } catch (const std::bad_alloc &) {
        CPLError(CE_Failure, CPLE_OutOfMemory, "out of memory");
        return failed;
    }
}

#endif
