/* SPDX-License-Identifier: MIT */
#include "staged_file.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "cpl_conv.h"
#include "cpl_error.h"
#include "file_rights.h"
#include "memory_exchange.h"
#include "target.h"

enum { CLAIM_NBYTES = 8 /**< as the shortest header */ };

/* Two threads must not find one file empty; and the bytes of a file in memory
 * may move when it grows, which nobody else who reads them knows. */
static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
static StagedFile *all_created;

/** Notes which files have one name. */
static void enlist(StagedFile *file)
{
    for (StagedFile *other = all_created; other != NULL; other = other->next)
        if (strcmp(other->name, file->name) == 0)
            other->contested = file->contested = true;
    file->next = all_created;
    all_created = file;
}

static void strike_off(StagedFile *file)
{
    pthread_mutex_lock(&one_at_a_time);
    StagedFile **link = &all_created;
    while (*link != NULL && *link != file)
        link = &(*link)->next;
    if (*link != NULL)
        *link = (*link)->next;
    pthread_mutex_unlock(&one_at_a_time);
}

/** @return whether the two files in memory have exchanged their bytes: not if
 * somebody else is about to replace them too */
static bool exchange_if_alone(const StagedFile *file, const char *path)
{
    pthread_mutex_lock(&one_at_a_time);
    const bool ok = !file->contested && memory_exchange(path, file->name);
    pthread_mutex_unlock(&one_at_a_time);
    return ok;
}

void staged_file_init(StagedFile *file, const char *target, StagedWhere where)
{
    *file = (StagedFile){.name = target_end_of_links(target), .where = where};
}

void staged_file_free(StagedFile *file)
{
    strike_off(file);
    if (file->held != NULL)
        (void)VSIFCloseL(file->held);
    CPLFree(file->name);
    CPLFree(file->path);
    CPLFree(file->older);
}

/** @return whether name and path differ */
static bool is_staged(const StagedFile *file)
{
    return file->path != NULL && strcmp(file->name, file->path) != 0;
}

/** Chooses what it is written under. */
static void choose_path(StagedFile *file)
{
    const TargetContent content = target_content(file->name);
    if (file->where == STAGED_UNLESS_EMPTY && content == TARGET_EMPTY &&
        !file->contested)
        file->path = CPLStrdup(file->name);
    else
        file->path = target_name_until_whole(file->name);
    file->in_place = content != TARGET_NO_FILE && !is_staged(file);
}

static bool fail_to_write(const StagedFile *file, Status *status)
{
    return status_fail(status, STATUS_IO, "cannot write to %s: %s", file->name,
                       VSIStrerror(errno));
}

/** Shows others that the file in place is not empty any more. */
static bool claim(const StagedFile *file, Status *status)
{
    static const uint8_t no_header[CLAIM_NBYTES] = {0};
    errno = 0;
    return file->where != STAGED_UNLESS_EMPTY ||
           (VSIFWriteL(no_header, CLAIM_NBYTES, 1, file->held) == 1 &&
            VSIFFlushL(file->held) == 0) ||
           fail_to_write(file, status);
}

static bool hold(StagedFile *file, Status *status)
{
    errno = 0;
    file->held = VSIFOpenExL(file->path, "r+b", TRUE);
    return file->held != NULL || fail_to_write(file, status);
}

static bool open_file(StagedFile *file, Appender *out, Status *status)
{
    choose_path(file);
    file->is_object = object_is(file->path);
    if (file->is_object)
        file->older_object = object_state(file->path);
    if ((file->in_place && !hold(file, status)) ||
        !appender_begin(out, file->path, "wb", status))
        return false;
    file->written = true;
    file->identity = file_identity_of(file->path);
    /* At once: what others may not read they may not read while it is made. */
    if (file->in_place
            ? claim(file, status)
            : !is_staged(file) ||
                  file_rights_hand_on(file->name, file->path, status))
        return true;
    staged_file_give_up(file, out);
    CPLFree(out->path);
    return false;
}

bool staged_file_create(StagedFile *file, Appender *out, Status *status)
{
    pthread_mutex_lock(&one_at_a_time);
    enlist(file);
    const bool ok = open_file(file, out, status);
    pthread_mutex_unlock(&one_at_a_time);
    return ok;
}

void staged_file_give_up(StagedFile *file, Appender *out)
{
    Status ignored = {.code = STATUS_OK};
    if (file->is_object)
        object_give_up(out);
    else
        (void)appender_close(out, &ignored);
}

bool staged_file_end(StagedFile *file, Appender *out, bool whole,
                     Status *status)
{
    if (!whole) {
        staged_file_give_up(file, out);
        return false;
    }
    if (!file->is_object)
        return appender_close(out, status);
    file->object_nbytes = out->position;
    return object_finish(out, &file->older_object, status);
}

void staged_file_set_header(StagedFile *file, const void *header, size_t nbytes)
{
    memcpy(file->header, header, nbytes);
    file->header_nbytes = nbytes;
}

/** @return whether it is certain that there is no such file */
static bool is_absent(const char *path)
{
    VSIStatBufL stat;
    errno = 0;
    return VSIStatExL(path, &stat, VSI_STAT_EXISTS_FLAG) != 0 &&
           errno == ENOENT;
}

static void forget_older(StagedFile *file)
{
    CPLFree(file->older);
    file->older = NULL;
    file->linked = false;
}

static bool fail_to_set_aside(const StagedFile *file, int error, Status *status)
{
    return status_fail(status, STATUS_IO,
                       "cannot set aside %s, which it is to replace: %s",
                       file->name, VSIStrerror(error));
}

static bool keep_older(StagedFile *file, bool by_link, Status *status)
{
    if (is_absent(file->name))
        return true;
    file->older = target_name_of_older(file->name);
    file->linked = by_link && target_is_local(file->name) &&
                   link(file->name, file->older) == 0;
    errno = 0;
    if (file->linked || VSIRename(file->name, file->older) == 0)
        return true;
    const int error = errno;
    forget_older(file);
    return error == ENOENT || fail_to_set_aside(file, error, status);
}

bool staged_file_keep_older(StagedFile *file, KeepOlder how, Status *status)
{
    return !is_staged(file) || target_is_in_memory(file->name) ||
           keep_older(file, how == KEEP_IN_PLACE, status);
}

/** @return whether the file in place has its name still: another copy that has
 * found it no longer empty may have given the name to a file of its own */
static bool is_still_there(const StagedFile *file)
{
    return target_is_in_memory(file->name)
               ? memory_is_unfinished(file->name)
               : file_identity_is_of(&file->identity, file->path);
}

static bool write_header(StagedFile *file, Status *status)
{
    const size_t nbytes = file->header_nbytes;
    if (nbytes > 0 && !is_still_there(file))
        return status_fail(status, STATUS_IO,
                           "%s is another file than when it was begun",
                           file->name);
    errno = 0;
    /* What follows it is on its way: whoever wrote that has closed the file. */
    return nbytes == 0 ||
           (VSIFSeekL(file->held, 0, SEEK_SET) == 0 &&
            VSIFWriteL(file->header, 1, nbytes, file->held) == nbytes &&
            VSIFFlushL(file->held) == 0) ||
           fail_to_write(file, status);
}

/** What has the older file's bytes now gets the older file's name. */
static bool keep_exchanged(StagedFile *file, Status *status)
{
    file->older = target_name_of_older(file->name);
    errno = 0;
    file->exchanged = VSIRename(file->path, file->older) == 0;
    if (file->exchanged)
        return true;
    fail_to_set_aside(file, errno, status);
    if (!exchange_if_alone(file, file->path))
        VSIRename(file->path, file->name);
    forget_older(file);
    return false;
}

static bool take_name(StagedFile *file, Status *status)
{
    if (target_is_in_memory(file->name)) {
        if (exchange_if_alone(file, file->path))
            return keep_exchanged(file, status);
        if (!keep_older(file, false, status))
            return false;
    }
    errno = 0;
    return VSIRename(file->path, file->name) == 0 ||
           status_fail(status, STATUS_IO, "cannot rename %s to %s: %s",
                       file->path, file->name, VSIStrerror(errno));
}

bool staged_file_place(StagedFile *file, Status *status)
{
    if (file->in_place)
        file->placed = write_header(file, status);
    else
        file->placed = !is_staged(file) || take_name(file, status);
    if (file->placed && !file->in_place)
        file->identity = file_identity_of(file->name);
    return file->placed;
}

/** @return whether the name that the file was given leads to it still, as far
 * as that can be known */
static bool has_name(const StagedFile *file)
{
    return !is_staged(file) || file_identity_is_of(&file->identity, file->name);
}

static void empty(const StagedFile *file)
{
    if (VSIFTruncateL(file->held, 0) != 0 || VSIFFlushL(file->held) != 0)
        CPLError(CE_Warning, CPLE_FileIO,
                 "ROWBAND: %s, which is not whole, cannot be emptied",
                 file->name);
}

/** The older file's bytes go back to where they were, or another file with them
 * does. */
static void exchange_back(StagedFile *file)
{
    if (has_name(file) && !exchange_if_alone(file, file->older))
        return;
    target_delete(file->older);
    forget_older(file);
}

static void give_older_its_name(StagedFile *file)
{
    if (VSIRename(file->older, file->name) != 0)
        CPLError(CE_Warning, CPLE_FileIO,
                 "ROWBAND: %s cannot be put back: the older file is %s",
                 file->name, file->older);
    forget_older(file);
}

/** Under its own name. */
static void discard_placed(StagedFile *file)
{
    const bool ours = has_name(file);
    /* Never without a file at that name. */
    if (ours && file->linked)
        give_older_its_name(file);
    else if (ours)
        target_delete(file->name);
    file->linked = false;
}

void staged_file_discard(StagedFile *file)
{
    if (!file->written)
        return;
    if (file->is_object)
        object_delete(file->path, &file->older_object, file->object_nbytes);
    else if (file->in_place)
        empty(file);
    else if (file->exchanged)
        exchange_back(file);
    else if (file->placed)
        discard_placed(file);
    else
        target_delete(file->path);
    file->placed = file->written = file->exchanged = false;
}

void staged_file_put_older_back(StagedFile *file)
{
    if (file->older == NULL)
        return;
    /* Where somebody else's file is now, that is newer. And rename() of two
     * names of one file does nothing: the second must go. */
    if (!file->linked && file_identity_of(file->name).number == 0)
        give_older_its_name(file);
    else
        target_delete(file->older);
    forget_older(file);
}

bool staged_file_drop_older(StagedFile *file)
{
    if (file->older != NULL && VSIUnlink(file->older) != 0)
        return false;
    forget_older(file);
    return true;
}
