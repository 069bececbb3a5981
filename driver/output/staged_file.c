/* SPDX-License-Identifier: MIT */
#include "staged_file.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cpl_conv.h"
#include "cpl_error.h"
#include "cpl_vsi.h"
#include "target.h"

void staged_file_init(StagedFile *file, const char *target)
{
    *file = (StagedFile){.name = target_end_of_links(target)};
    file->path = target_name_until_whole(file->name);
}

void staged_file_free(StagedFile *file)
{
    CPLFree(file->name);
    CPLFree(file->path);
    CPLFree(file->older);
}

bool staged_file_is_staged(const StagedFile *file)
{
    return strcmp(file->name, file->path) != 0;
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

bool staged_file_keep_older(StagedFile *file, KeepOlder how, Status *status)
{
    if (!staged_file_is_staged(file) || is_absent(file->name))
        return true;
    file->older = target_name_of_older(file->name);
    file->linked = how == KEEP_IN_PLACE && target_is_local(file->name) &&
                   link(file->name, file->older) == 0;
    errno = 0;
    if (file->linked || VSIRename(file->name, file->older) == 0)
        return true;
    const int error = errno;
    forget_older(file);
    return error == ENOENT ||
           status_fail(status, STATUS_IO,
                       "cannot set aside %s, which it is to replace: %s",
                       file->name, VSIStrerror(error));
}

bool staged_file_place(StagedFile *file, Status *status)
{
    errno = 0;
    file->placed =
        !staged_file_is_staged(file) || VSIRename(file->path, file->name) == 0;
    return file->placed ||
           status_fail(status, STATUS_IO, "cannot rename %s to %s: %s",
                       file->path, file->name, VSIStrerror(errno));
}

void staged_file_discard(StagedFile *file)
{
    if (!file->written)
        return;
    /* Never without a file at that name. */
    if (file->placed && file->linked)
        staged_file_put_older_back(file);
    else
        target_delete(file->placed ? file->name : file->path);
    file->placed = file->written = false;
}

void staged_file_put_older_back(StagedFile *file)
{
    if (file->older == NULL)
        return;
    /* rename() of two names of one file does nothing: the second must go. */
    if (file->linked && !file->placed)
        target_delete(file->older);
    else if (VSIRename(file->older, file->name) != 0)
        CPLError(CE_Warning, CPLE_FileIO,
                 "ROWBAND: %s cannot be put back: the older file is %s",
                 file->name, file->older);
    forget_older(file);
}

bool staged_file_drop_older(StagedFile *file)
{
    if (file->older != NULL && VSIUnlink(file->older) != 0)
        return false;
    forget_older(file);
    return true;
}
