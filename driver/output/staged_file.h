/* SPDX-License-Identifier: MIT */
/** @file
 * A file that gets its name when it is whole, and the older file of that name,
 * which is kept until all is well. Each step can be undone. It comes about in
 * one of three ways:
 *
 * - staged: written under another name beside its own, then renamed. An older
 *   file's mode, owner and extended attributes go over to it. In memory the two
 *   exchange what they hold, so that whoever has the older one open sees the
 *   new one; where that cannot be, or several copies write to one name, they
 *   are renamed too.
 * - in place: written into a file that is there, and is empty, or lies where no
 *   other can be made. It is no TIFF before staged_file_place() writes the
 *   header, and empty after a failure. Whoever has it open sees the new file.
 * - at once: written under its own name, where files cannot be renamed (see
 *   target_name_until_whole()); the steps do nothing. An object of a bucket
 *   takes its name when it is closed; until then the older one stays.
 *
 * What is no longer at the name that it was given, because somebody else gave
 * that to another file, is left alone.
 */
#ifndef ROWBAND_STAGED_FILE_H
#define ROWBAND_STAGED_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "appender.h"
#include "cpl_vsi.h"
#include "file_identity.h"
#include "object.h"
#include "status.h"

enum { STAGED_FILE_HEADER_NBYTES_MAX = 64 };

/** Which files are written in place. */
typedef enum StagedWhere {
    STAGED_UNLESS_EMPTY, /**< those that are empty, and those that must be */
    STAGED_IF_POSSIBLE   /**< none but those that must be */
} StagedWhere;

typedef struct StagedFile {
    char *name; /**< its own; where it was a link, the file that led to */
    StagedWhere where;
    char *path;   /**< what it is written under; NULL: not created yet */
    char *older;  /**< what the older file is called now; NULL: none is kept */
    bool linked;  /**< the older file still has its own name as well */
    bool written; /**< whether there is, or was, anything of ours at path */
    bool placed;  /**< whether it has its own name */
    bool exchanged; /**< the older file has its name, and the new one's bytes */
    FileIdentity identity; /**< of the file, once it is placed or in place */

    bool is_object;           /**< of a bucket */
    ObjectState older_object; /**< what was there when it was created */
    uint64_t object_nbytes;   /**< of the new one, if it may be there */

    struct StagedFile *next; /**< of all that were created and not freed */
    bool contested; /**< there was another of that name: in memory, no bytes are
                         exchanged then, because that one may read them */

    bool in_place;
    VSILFILE *held; /**< in place: the file, whatever its name leads to */
    size_t header_nbytes;
    uint8_t header[STAGED_FILE_HEADER_NBYTES_MAX];
} StagedFile;

/** How an older file is kept. */
typedef enum KeepOlder {
    KEEP_ASIDE,   /**< its name is free then; in memory, see above, it is not */
    KEEP_IN_PLACE /**< its name leads to it until the new file takes over, if
                       the file system has hard links; or as above */
} KeepOlder;

/** To be freed by staged_file_free(). */
void staged_file_init(StagedFile *file, const char *target, StagedWhere where);
void staged_file_free(StagedFile *file);

/** Creates the file, or opens the one that is there, which is empty then except
 * for some zeros at its beginning, so that nobody else finds it empty.
 * @param out to be ended by staged_file_end() or staged_file_give_up()
 * @return false with STATUS_IO or STATUS_NO_MEMORY, and nothing to end */
bool staged_file_create(StagedFile *file, Appender *out, Status *status);

/** Closes the file, and frees what appender_close() frees.
 * @param whole whether all of it was appended; no object comes about if not
 * @return whether it was, and is there; false with STATUS_IO */
bool staged_file_end(StagedFile *file, Appender *out, bool whole,
                     Status *status);

/** The same of what is not whole. */
void staged_file_give_up(StagedFile *file, Appender *out);

/** Gives a file in place the header that staged_file_place() writes.
 * @param nbytes at most STAGED_FILE_HEADER_NBYTES_MAX */
void staged_file_set_header(StagedFile *file, const void *header,
                            size_t nbytes);

/** Keeps the older file, if there is one, under a name for a while.
 * @return false with STATUS_IO, and the older file where it was */
bool staged_file_keep_older(StagedFile *file, KeepOlder how, Status *status);

/** Gives the file its own name, or its header. It replaces what is still there
 * at once.
 * @return false with STATUS_IO, and both where they were */
bool staged_file_place(StagedFile *file, Status *status);

/** Deletes the file, placed or not; if the older one was kept in place, by
 * putting that back. A file in place is emptied; warns if that fails. */
void staged_file_discard(StagedFile *file);

/** Gives the older file its name again, after staged_file_discard(). If that
 * fails, warns and says what the older file is called. */
void staged_file_put_older_back(StagedFile *file);

/** Deletes the older file, which is kept no longer.
 * @return false if that fails: it may be tried again */
bool staged_file_drop_older(StagedFile *file);

#endif
