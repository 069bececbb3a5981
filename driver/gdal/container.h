/* SPDX-License-Identifier: MIT */
/** @file
 * GDAL's names of files inside files: members of archives, compressed and
 * encrypted files, stretches of a file. Only the names are looked at.
 */
#ifndef ROWBAND_CONTAINER_H
#define ROWBAND_CONTAINER_H

#include <stdbool.h>

/** @return whether a file of that name, or one that it is inside of, must be
 * decoded from its beginning to get at what comes later */
bool container_reads_in_order(const char *name);

/** @return where in @p name the name of the file begins that it is inside of;
 * a member's path may follow that name. NULL if it is inside of none. */
const char *container_file(const char *name);

#endif
