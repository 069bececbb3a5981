/* SPDX-License-Identifier: MIT */
/** @file
 * Which files a pattern names. On any thread.
 */
#ifndef ROWBAND_PART_NAMES_H
#define ROWBAND_PART_NAMES_H

#include <stdbool.h>

#include "cpl_port.h"

/** What the name of a dataset of parts begins with; a pattern follows. */
#define PART_NAMES_PREFIX "ROWBAND_PARTS:"

CPL_C_START

/** @return whether a dataset's name begins with PART_NAMES_PREFIX, in whatever
 * case */
bool part_names_has_prefix(const char *name);

/** @param pattern a path, with * for any characters of its last component; or
 *                 of a folder: the .tif files in it
 * @return the files, in alphabetical order; to be freed with CSLDestroy() */
char **part_names(const char *pattern);

CPL_C_END

#endif
