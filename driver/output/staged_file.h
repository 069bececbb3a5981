/* SPDX-License-Identifier: MIT */
/** @file
 * A file that is written under another name and gets its own when it is whole;
 * and the older file of that name, which is kept until all is well. Each step
 * can be undone. Where files cannot be renamed (see target_name_until_whole())
 * it is written under its own name at once, and the steps do nothing.
 */
#ifndef ROWBAND_STAGED_FILE_H
#define ROWBAND_STAGED_FILE_H

#include <stdbool.h>

#include "status.h"

typedef struct StagedFile {
    char *name;   /**< its own; where it was a link, the file that led to */
    char *path;   /**< what it is written under */
    char *older;  /**< what the older file is called now; NULL: none is kept */
    bool linked;  /**< the older file still has its own name as well */
    bool written; /**< whether there is, or was, anything of ours at path */
    bool placed;  /**< whether it has its own name */
} StagedFile;

/** How an older file is kept. */
typedef enum KeepOlder {
    KEEP_ASIDE,   /**< its name is free then */
    KEEP_IN_PLACE /**< its name leads to it until the new file takes over, if
                       the file system has hard links; or as above */
} KeepOlder;

/** Chooses the path. To be freed by staged_file_free(). */
void staged_file_init(StagedFile *file, const char *target);
void staged_file_free(StagedFile *file);

/** @return whether name and path differ */
bool staged_file_is_staged(const StagedFile *file);

/** Keeps the older file, if there is one, under a name for a while.
 * @return false with STATUS_IO, and the older file where it was */
bool staged_file_keep_older(StagedFile *file, KeepOlder how, Status *status);

/** Gives the file its own name. It replaces what is still there at once.
 * @return false with STATUS_IO, and both where they were */
bool staged_file_place(StagedFile *file, Status *status);

/** Deletes the file, placed or not; if the older one was kept in place, by
 * putting that back. */
void staged_file_discard(StagedFile *file);

/** Gives the older file its name again, after staged_file_discard(). If that
 * fails, warns and says what the older file is called. */
void staged_file_put_older_back(StagedFile *file);

/** Deletes the older file, which is kept no longer.
 * @return false if that fails: it may be tried again */
bool staged_file_drop_older(StagedFile *file);

#endif
