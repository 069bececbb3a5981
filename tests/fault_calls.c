/* SPDX-License-Identifier: MIT */
/* What the driver itself asks of GDAL's files, on disk and in memory, can fail:
 * unlike fault_files.h's handler this leaves GDAL's own calls alone, and the
 * names of the files as they are, so that they can be renamed. See faults.h on
 * how the calls come by here. */
#include "faults.h"

#include <errno.h>
#include <unistd.h>

#include <cpl_vsi.h>

/** @return whether a call is to fail, errno being set if so */
static bool fails(Fault fault, int number)
{
    if (!fault_strikes(fault))
        return false;
    errno = number;
    return true;
}

/** Ends the process as kill -9 does, if that is what is to happen here. */
static void end_before(void)
{
    if (fault_strikes(FAULT_CALL_END))
        _exit(FAULT_END_STATUS);
}

#pragma GCC visibility push(default)
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

VSILFILE *__real_VSIFOpenExL(const char *path, const char *mode, int set_error);
size_t __real_VSIFWriteL(const void *data, size_t size, size_t count,
                         VSILFILE *file);
int __real_VSIFFlushL(VSILFILE *file);
int __real_VSIFCloseL(VSILFILE *file);
int __real_VSIStatL(const char *path, VSIStatBufL *stat);
int __real_VSIStatExL(const char *path, VSIStatBufL *stat, int flags);
int __real_VSIRename(const char *from, const char *to);
int __real_VSIUnlink(const char *path);
int __real_link(const char *from, const char *to);

VSILFILE *__wrap_VSIFOpenExL(const char *path, const char *mode, int set_error);
size_t __wrap_VSIFWriteL(const void *data, size_t size, size_t count,
                         VSILFILE *file);
int __wrap_VSIFFlushL(VSILFILE *file);
int __wrap_VSIFCloseL(VSILFILE *file);
int __wrap_VSIStatL(const char *path, VSIStatBufL *stat);
int __wrap_VSIStatExL(const char *path, VSIStatBufL *stat, int flags);
int __wrap_VSIRename(const char *from, const char *to);
int __wrap_VSIUnlink(const char *path);
int __wrap_link(const char *from, const char *to);

VSILFILE *__wrap_VSIFOpenExL(const char *path, const char *mode, int set_error)
{
    end_before();
    return fails(FAULT_CALL_OPEN, EACCES)
               ? NULL
               : __real_VSIFOpenExL(path, mode, set_error);
}

size_t __wrap_VSIFWriteL(const void *data, size_t size, size_t count,
                         VSILFILE *file)
{
    end_before();
    return fails(FAULT_CALL_WRITE, ENOSPC)
               ? 0
               : __real_VSIFWriteL(data, size, count, file);
}

int __wrap_VSIFFlushL(VSILFILE *file)
{
    return fails(FAULT_CALL_FLUSH, ENOSPC) ? -1 : __real_VSIFFlushL(file);
}

/* It is closed all the same, as by the system. */
int __wrap_VSIFCloseL(VSILFILE *file)
{
    end_before();
    const bool fail = fails(FAULT_CALL_CLOSE, EIO);
    return __real_VSIFCloseL(file) != 0 || fail ? -1 : 0;
}

int __wrap_VSIStatL(const char *path, VSIStatBufL *stat)
{
    return fails(FAULT_CALL_STAT, EIO) ? -1 : __real_VSIStatL(path, stat);
}

int __wrap_VSIStatExL(const char *path, VSIStatBufL *stat, int flags)
{
    return fails(FAULT_CALL_STAT, EIO) ? -1
                                       : __real_VSIStatExL(path, stat, flags);
}

int __wrap_VSIRename(const char *from, const char *to)
{
    end_before();
    return fails(FAULT_CALL_RENAME, EACCES) ? -1 : __real_VSIRename(from, to);
}

int __wrap_VSIUnlink(const char *path)
{
    end_before();
    return fails(FAULT_CALL_UNLINK, EACCES) ? -1 : __real_VSIUnlink(path);
}

int __wrap_link(const char *from, const char *to)
{
    end_before();
    return fails(FAULT_CALL_LINK, EPERM) ? -1 : __real_link(from, to);
}

/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
#pragma GCC visibility pop
