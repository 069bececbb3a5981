/* SPDX-License-Identifier: MIT */
/** @file
 * A fault that comes about at the first point where it can, then at the second,
 * and so on until there is no further one; and what is expected of a copy each
 * time, one of two things:
 *
 * - a complete file, the same as without a fault, and no failure; or
 * - one failure, on the caller's thread, whose text names the target or the
 *   source, and nothing that is left: no file, in the target's folder or in
 *   memory, no thread, no open file, no allocation. Older files that were in
 *   the folder are there as they were.
 */
#ifndef ROWBAND_TESTS_FAULT_LOOP_H
#define ROWBAND_TESTS_FAULT_LOOP_H

#include <stdbool.h>

#include "faults.h"

typedef struct FaultLoop {
    const char *fault; /**< what the table calls it */
    Fault kind;
    bool for_good;    /**< nor does any later call work */
    bool must_fail;   /**< no copy can be right that met with it */
    bool may_be_none; /**< there may be no point where it can come about */

    const char *source;  /**< a name that GDAL opens; of a spy with create */
    const char *target;  /**< in a folder that is empty */
    const char *older;   /**< a folder of files that are there before; NULL:
                              none. GDAL does not delete the target then. */
    const char *options; /**< "NAME=VALUE NAME=VALUE", or NULL */
    bool create;         /**< by Create(), with the pixels of the source */
    const char *plan;    /**< words that the debug line must hold, or NULL */
} FaultLoop;

/** Runs copies until one does not meet with the fault, or one does not end as
 * expected; and adds what came of it to the table. Does nothing in a test that
 * has failed. Under sanitizers some are left out. */
void fault_loop_run(const FaultLoop *loop);

/** The same for each of @p count faults, of whose fields those of @p copy take
 * the place that say what is copied. There may be no point where a fault can
 * come about; the target is "target.tif" in @p folder. */
void fault_loop_run_each(const FaultLoop *faults, int count,
                         const FaultLoop *copy, const char *folder);

#endif
