/* SPDX-License-Identifier: MIT */
/** @file
 * Two files in /vsimem/ exchange what they hold. Whoever has one of them open
 * goes on with what it holds then, which renaming it would not do.
 */
#ifndef ROWBAND_MEMORY_EXCHANGE_H
#define ROWBAND_MEMORY_EXCHANGE_H

#include <stdbool.h>

/** Both take as much memory as the longer one from then on. The first bytes,
 * which make a file a TIFF, are exchanged last.
 * @return false, and both as they were, if one of them cannot be opened or
 * cannot grow (there is no memory, or its bytes belong to a program that gave
 * GDAL no leave to do more than read them), or begins with zeros, like a file
 * that another copy has not finished */
bool memory_exchange(const char *a, const char *b);

/** @return whether there is a file that begins with zeros in place of a header
 */
bool memory_is_unfinished(const char *path);

#endif
