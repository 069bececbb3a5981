/* SPDX-License-Identifier: MIT */
/** @file
 * Whether a file is another one under another name.
 */
#ifndef ROWBAND_SAME_FILE_H
#define ROWBAND_SAME_FILE_H

#include <stdbool.h>

/** @param path what is going to be written
 * @param name what is read: a file, or something of GDAL's inside one, as an
 *             archive's member
 * @return whether there is a file at @p path that @p name leads to as well */
bool same_file(const char *path, const char *name);

#endif
