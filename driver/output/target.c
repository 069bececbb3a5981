/* SPDX-License-Identifier: MIT */
#include "target.h"

#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cpl_conv.h"
#include "cpl_multiproc.h"
#include "cpl_string.h"
#include "cpl_vsi.h"
#include "error_trap.h"

enum {
    LINKS_MAX = 40, /**< as many as Linux follows */
    /* What most file systems take, less what GTiff may append for a sidecar. */
    NAME_NBYTES_MAX = 255 - 8
};

bool target_is_special(const char *path)
{
    VSIStatBufL stat;
    if (STARTS_WITH(path, "/vsistdout"))
        return true;
    /* GDAL calls it an error to ask about an archive that is written to. */
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_ALL);
    const bool known = VSIStatExL(path, &stat, VSI_STAT_NATURE_FLAG) == 0;
    error_trap_end(&trap);
    return known && !VSI_ISREG(stat.st_mode);
}

bool target_can_seek(const char *path)
{
    /* GDAL says of pipes and of /vsistdout/ that they can be sought. */
    return !target_is_special(path) && VSISupportsRandomWrite(path, FALSE);
}

bool target_is_local(const char *path)
{
    return !STARTS_WITH(path, "/vsi") && !target_is_special(path);
}

bool target_check_local(const char *path, Status *status)
{
    return target_is_local(path) ||
           status_fail(status, STATUS_UNSUPPORTED,
                       "FSYNC=YES: the target is not a file on a disk");
}

bool target_is_in_memory(const char *path)
{
    return STARTS_WITH(path, "/vsimem/");
}

TargetContent target_content(const char *path)
{
    VSIStatBufL there;
    if (!target_is_in_memory(path) && !target_is_local(path))
        return TARGET_NO_FILE;
    if (VSIStatL(path, &there) != 0 || !VSI_ISREG(there.st_mode))
        return TARGET_NO_FILE;
    return there.st_size == 0 ? TARGET_EMPTY : TARGET_FULL;
}

/** @return whether it may be a link to what a process has open, like
 * /dev/stdout, which must be written to as it is */
static bool may_be_open(const char *path)
{
    return STARTS_WITH(path, "/dev/") || STARTS_WITH(path, "/proc/");
}

char *target_end_of_links(const char *path)
{
    char *end = CPLStrdup(path);
    for (int links = 0; links < LINKS_MAX && !may_be_open(end); links++) {
        char name[PATH_MAX];
        const ssize_t length = readlink(end, name, sizeof name - 1);
        if (length <= 0)
            break;
        name[length] = '\0';
        char *next =
            CPLStrdup(CPLProjectRelativeFilename(CPLGetDirname(end), name));
        CPLFree(end);
        end = next;
    }
    return end;
}

static void delete_file(const char *path)
{
    static const char gzip[] = "/vsigzip/";
    if (target_is_special(path))
        return;
    /* Through which GDAL deletes nothing. */
    while (STARTS_WITH(path, gzip))
        path += strlen(gzip);
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_FAILURES);
    VSIUnlink(path);
    error_trap_end(&trap);
}

void target_delete(const char *path)
{
    char *end = target_end_of_links(path);
    delete_file(end);
    CPLFree(end);
}

/** @return whether other files can be made in its folder */
static bool takes_neighbours(const char *path)
{
    return STARTS_WITH(path, "/vsi") ||
           (!may_be_open(path) && access(CPLGetDirname(path), W_OK) == 0);
}

/** How much of @p stem fits in a name that still gets @p more bytes: a target
 * may have the longest name that there can be. */
static int stem_nbytes(const char *stem, size_t more)
{
    const size_t all = strlen(stem);
    const size_t folder = all - strlen(CPLGetFilename(stem));
    const size_t room = NAME_NBYTES_MAX - more;
    return (int)(all - folder <= room ? all : folder + room);
}

/** @return a name for a file for a while, which says whose it is; no other call
 * in any process gives it. To be freed by CPLFree(). */
static char *name_beside(const char *stem, const char *purpose)
{
    static atomic_int count;
    char tail[64];
    snprintf(tail, sizeof tail, ".rowband-%s-%d-%d.tmp", purpose,
             CPLGetCurrentProcessID(), atomic_fetch_add(&count, 1));
    return CPLStrdup(
        CPLSPrintf("%.*s%s", stem_nbytes(stem, strlen(tail)), stem, tail));
}

/** @return whether the target is a file where no other can be made, or still a
 * link: to what is open, or in a circle, which opening it finds out */
static bool must_be_written_to(const char *target)
{
    struct stat there;
    return lstat(target, &there) == 0 &&
           (S_ISLNK(there.st_mode) || !takes_neighbours(target));
}

char *target_name_until_whole(const char *target)
{
    const bool can_rename =
        target_is_local(target) || target_is_in_memory(target);
    return can_rename && !must_be_written_to(target)
               ? name_beside(target, "part")
               : CPLStrdup(target);
}

bool target_can_be_replaced(const char *path, Status *status)
{
    const bool empty = target_content(path) == TARGET_EMPTY;
    if (!empty && !must_be_written_to(path))
        return true;
    errno = 0;
    VSILFILE *file = VSIFOpenExL(path, "r+b", TRUE);
    if (file != NULL && VSIFCloseL(file) == 0)
        return true;
    return status_fail(status, STATUS_IO, "cannot write to %s: %s", path,
                       VSIStrerror(errno));
}

char *target_name_of_older(const char *target)
{
    return name_beside(target, "old");
}

char *target_scratch_name(const char *target, const char *purpose)
{
    const char *folder = CPLGetConfigOption("CPL_TMPDIR", NULL);
    const bool beside =
        folder == NULL && target_can_seek(target) && takes_neighbours(target);
    const char *stem = beside ? target : CPLGenerateTempFilename("rowband");
    return name_beside(stem, purpose);
}
