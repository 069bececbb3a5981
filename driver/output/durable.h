/* SPDX-License-Identifier: MIT */
/** @file
 * FSYNC=YES: what a crash of the machine does not take back.
 */
#ifndef ROWBAND_DURABLE_H
#define ROWBAND_DURABLE_H

#include <stdbool.h>

#include "status.h"

/** Waits until a file, or the names in a folder, are on the disk.
 * @param path of the system's, not of GDAL's virtual files; "" is the folder
 *             of the process
 * @return false with STATUS_IO */
bool durable_sync(const char *path, Status *status);

#endif
