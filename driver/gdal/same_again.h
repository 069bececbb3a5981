/* SPDX-License-Identifier: MIT */
/** @file
 * Whether a dataset may be opened again by its name, and doing so.
 *
 * What is open may not be what its name means by now: the file may have been
 * replaced, the name may have been used again, the folder changed. So a name
 * counts only if it stands for local files, on each of which a descriptor of
 * this process is open, as Linux tells in /proc/self/fd; georeferencing beside
 * them does not matter to pixels. What differs in ways that do not show there,
 * as a configuration option that is gone since, only pixels can tell: who reads
 * through the second handle compares a block.
 */
#ifndef ROWBAND_SAME_AGAIN_H
#define ROWBAND_SAME_AGAIN_H

#include <stdbool.h>

#include "cpl_port.h"
#include "gdal.h"

CPL_C_START

/** A name, with what it must mean. Immutable; any thread may use it. */
typedef struct SameAgain SameAgain;

/** How it came about that the dataset is open. */
typedef enum OpenSince {
    OPEN_SINCE_EARLIER, /**< nobody knows when */
    OPEN_SINCE_NOW      /**< GDAL opened it by its name just now, and does so
                             again whenever it likes: its pool */
} OpenSince;

/** On the thread that the dataset belongs to.
 * @param[out] why_not why it may not be opened again: a constant
 * @return to be freed by same_again_free(); NULL with a reason, or without one
 *         if there is no memory */
SameAgain *same_again_new(GDALDatasetH dataset, OpenSince since,
                          const char **why_not);

/** @param again may be NULL */
void same_again_free(SameAgain *again);

/** @return whether pixels still have to be compared */
bool same_again_is_to_be_compared(const SameAgain *again);

/** Opens it once more for reading, as it was opened.
 * @return the caller's to close; NULL if it does not open, in which case GDAL
 *         has reported why, or is not the same */
GDALDatasetH same_again_open(const SameAgain *again);

CPL_C_END

#endif
