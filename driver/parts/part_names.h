/* SPDX-License-Identifier: MIT */
/** @file
 * Which files a pattern names.
 */
#ifndef ROWBAND_PART_NAMES_H
#define ROWBAND_PART_NAMES_H

#include <stdbool.h>

#include "cpl_port.h"

/** What ROWBAND's parts are opened by. */
#define PART_NAMES_PREFIX "ROWBAND_PARTS:"

CPL_C_START

/** @return whether a dataset's name is that of parts */
bool part_names_parts(const char *name);

/** @param pattern a path, with * for any characters of its last component; or
 *                 of a folder: the .tif files in it
 * @return the files, in alphabetical order; to be freed with CSLDestroy() */
char **part_names(const char *pattern);

/** @return whether a name is what a pattern with * says */
bool part_name_matches(const char *name, const char *pattern);

CPL_C_END

#endif
