/* SPDX-License-Identifier: MIT */
/** @file
 * Which file a name leads to: someone else may have given the name to another
 * one meanwhile, and that is not ours to delete.
 */
#ifndef ROWBAND_FILE_IDENTITY_H
#define ROWBAND_FILE_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

/** All zero: no file, or one that cannot be told from others. */
typedef struct FileIdentity {
    uint64_t device, number;
} FileIdentity;

/** @param path no link. On a disk the inode tells files apart; in memory, where
 * there is none, the address of the bytes, until they grow. */
FileIdentity file_identity_of(const char *path);

/** @return whether @p path leads to the file that had that identity */
bool file_identity_is_of(const FileIdentity *identity, const char *path);

#endif
