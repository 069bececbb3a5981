/* SPDX-License-Identifier: MIT */
/** @file
 * What a target is before anything is written to it, and the names of the files
 * that are made for it.
 */
#ifndef ROWBAND_TARGET_H
#define ROWBAND_TARGET_H

#include <stdbool.h>

#include "status.h"

/** @return whether the target is no file, or is to be, but a pipe, a device or
 * /vsistdout/ */
bool target_is_special(const char *path);

/** @return whether what is written can be gone back to */
bool target_can_seek(const char *path);

/** @return whether the target is a file of the system's, or is to be */
bool target_is_local(const char *path);

/** Likewise, for FSYNC=YES.
 * @return false with STATUS_UNSUPPORTED */
bool target_check_local(const char *path, Status *status);

/** @return whether the target is a file in /vsimem/, or is to be */
bool target_is_in_memory(const char *path);

/** What lies at a target. */
typedef enum TargetContent {
    TARGET_NO_FILE, /**< nothing, or what is no file on a disk or in memory */
    TARGET_EMPTY,
    TARGET_FULL
} TargetContent;

/** @return what is there, links being followed */
TargetContent target_content(const char *path);

/** @param path a file that is there, no link
 * @return whether it can be written to, or another one be put in its place;
 * false with STATUS_IO */
bool target_can_be_replaced(const char *path, Status *status);

/** @return the file that a symbolic link leads to, there or not; of what is no
 * link the path itself. To be freed with CPLFree(). */
char *target_end_of_links(const char *path);

/** @param target no link, see target_end_of_links()
 * @return the name to write under: one beside it on a disk or in memory, where
 * a file can be renamed when it is whole; elsewhere its own. To be freed with
 * CPLFree(). */
char *target_name_until_whole(const char *target);

/** @return a name beside @p target for what it replaces, until that is deleted
 * or put back. To be freed with CPLFree(). */
char *target_name_of_older(const char *target);

/** @return a name for a file for a while, beside @p target, or among temporary
 * files if that is no place for one. To be freed with CPLFree(). */
char *target_scratch_name(const char *target, const char *purpose);

/** Deletes the target, not the link that leads to it, unless it is no file. */
void target_delete(const char *path);

#endif
