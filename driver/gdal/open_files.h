/* SPDX-License-Identifier: MIT */
/** @file
 * Which files this process has open, as far as the system tells.
 */
#ifndef ROWBAND_OPEN_FILES_H
#define ROWBAND_OPEN_FILES_H

#include <stdbool.h>
#include <sys/types.h>

#include "cpl_port.h"

CPL_C_START

/** A file, whatever its name. */
typedef struct FileId {
    dev_t device;
    ino_t number;
} FileId;

/** @return whether @p path is a regular file of the local file system */
bool file_id_of(const char *path, FileId *id);

bool file_id_equal(const FileId *a, const FileId *b);

/** @return whether a descriptor of this process is open on the very file that
 *          @p path means, and none on one that has had that name and is
 *          deleted; false where the system does not tell */
bool open_files_have(const char *path);

CPL_C_END

#endif
