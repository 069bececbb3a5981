/* SPDX-License-Identifier: MIT */
/** @file
 * Memory for pixels.
 */
#ifndef ROWBAND_PAGES_H
#define ROWBAND_PAGES_H

#include <stddef.h>

/** Allocates as aligned_alloc() does, aligned well enough for every sample and
 * vector; large buffers in huge pages where the system has them, for which it
 * is called once for 2 MB instead of once for 4 KB.
 * @return to be freed with free(), or NULL */
void *pages_alloc(size_t nbytes);

/** Gives the system what of memory from @p begin to before @p end are whole
 * pages, which hold zeros from then on. */
void pages_give_back(void *begin, const void *end);

/** To be told of each large buffer that others have freed, as GDAL does with a
 * decoded block: every so often gives what the heap has free back to the
 * system. The next buffers seldom fit the holes that such ones leave behind,
 * and several threads would gather holes without end. Any thread. */
void pages_freed(size_t nbytes);

#endif
