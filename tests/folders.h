/* SPDX-License-Identifier: MIT */
/** @file
 * Folders of files, on disk or in memory, as a whole.
 */
#ifndef ROWBAND_TESTS_FOLDERS_H
#define ROWBAND_TESTS_FOLDERS_H

#include <stdbool.h>

/** The names in a folder, without what every folder has; to be freed with
 * CSLDestroy(). */
char **folder_files(const char *folder);

/** Writes the name of a file in a folder to @p path, NAME_NCHARS. */
void folder_join(char *path, const char *folder, const char *name);

/** Deletes the files in a folder, but not the folder. */
void folder_clear(const char *folder);

/** Copies the files in a folder into another, which is made if need be. */
void folder_copy(const char *from_folder, const char *to_folder);

/** @return whether both can be read and hold the same */
bool files_have_same_bytes(const char *path, const char *expected);

/** @return whether two folders have files of the same names and bytes */
bool folder_has_same_bytes(const char *folder, const char *expected);

#endif
