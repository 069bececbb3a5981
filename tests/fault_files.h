/* SPDX-License-Identifier: MIT */
/** @file
 * Files at which every operation can be made to fail: GDAL's file handler for
 * names that begin with FAULT_FILES, which hands all on to the file whose name
 * follows, an absolute one on disk, unless faults.h says that it is to fail.
 */
#ifndef ROWBAND_TESTS_FAULT_FILES_H
#define ROWBAND_TESTS_FAULT_FILES_H

#define FAULT_FILES "/vsifault/"

/** Makes the handler known to GDAL, once. */
void fault_files_install(void);

/** @return the name of the file that @p path leads to by the handler, GDAL's
 * for gzip, or both */
const char *fault_files_behind(const char *path);

#endif
