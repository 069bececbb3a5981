/* SPDX-License-Identifier: MIT */
#include "fault_files.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cpl_vsi.h>

#include "faults.h"

/** @return whether an operation is to fail, errno being set if so */
static bool fails(Fault fault, int number)
{
    if (!fault_strikes(fault))
        return false;
    errno = number;
    return true;
}

static int stat_file(void *user, const char *name, VSIStatBufL *stat, int flags)
{
    (void)user;
    return fails(FAULT_STAT, EIO) ? -1 : VSIStatExL(name, stat, flags);
}

/* Up to GDAL 3.13 at least not called, but the system's unlink(), with the name
 * that this would be given: that is why it is here, below. */
static int unlink_file(void *user, const char *name)
{
    (void)user;
    return unlink(name);
}

static int rename_file(void *user, const char *from, const char *to)
{
    (void)user;
    return rename(from, to);
}

static int make_folder(void *user, const char *name, long mode)
{
    (void)user;
    return VSIMkdir(name, mode);
}

static int remove_folder(void *user, const char *name)
{
    (void)user;
    return VSIRmdir(name);
}

static char **read_folder(void *user, const char *name, int most)
{
    (void)user;
    return VSIReadDirEx(name, most);
}

static void *open_file(void *user, const char *name, const char *mode)
{
    (void)user;
    return fails(FAULT_OPEN, EACCES) ? NULL : VSIFOpenExL(name, mode, TRUE);
}

static vsi_l_offset tell(void *file)
{
    return VSIFTellL(file);
}

static int seek(void *file, vsi_l_offset offset, int whence)
{
    return fails(FAULT_SEEK, EIO) ? -1 : VSIFSeekL(file, offset, whence);
}

static size_t read_items(void *file, void *data, size_t nbytes, size_t count)
{
    return fails(FAULT_READ, EIO) ? 0 : VSIFReadL(data, nbytes, count, file);
}

static int is_at_end(void *file)
{
    return VSIFEofL(file);
}

static size_t write_items(void *file, const void *data, size_t nbytes,
                          size_t count)
{
    if (fails(FAULT_WRITE, ENOSPC))
        return 0;
    if (!fails(FAULT_SHORT_WRITE, ENOSPC))
        return VSIFWriteL(data, nbytes, count, file);
    VSIFWriteL(data, 1, nbytes * count / 2, file);
    return nbytes == 1 ? count / 2 : 0;
}

static int flush_file(void *file)
{
    return fails(FAULT_FLUSH, ENOSPC) ? -1 : VSIFFlushL(file);
}

static int truncate_file(void *file, vsi_l_offset nbytes)
{
    return fails(FAULT_TRUNCATE, EIO) ? -1 : VSIFTruncateL(file, nbytes);
}

/* It is closed all the same, as by the system. */
static int close_file(void *file)
{
    const bool fail = fails(FAULT_CLOSE, EIO);
    return VSIFCloseL(file) != 0 || fail ? -1 : 0;
}

static void install(void)
{
    VSIFilesystemPluginCallbacksStruct *calls =
        VSIAllocFilesystemPluginCallbacksStruct();
    calls->stat = stat_file;
    calls->unlink = unlink_file;
    calls->rename = rename_file;
    calls->mkdir = make_folder;
    calls->rmdir = remove_folder;
    calls->read_dir = read_folder;
    calls->open = open_file;
    calls->tell = tell;
    calls->seek = seek;
    calls->read = read_items;
    calls->eof = is_at_end;
    calls->write = write_items;
    calls->flush = flush_file;
    calls->truncate = truncate_file;
    calls->close = close_file;
    VSIInstallPluginHandler(FAULT_FILES, calls);
    VSIFreeFilesystemPluginCallbacksStruct(calls);
}

void fault_files_install(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, install);
}

const char *fault_files_behind(const char *path)
{
    static const char *const prefixes[] = {"/vsigzip/", FAULT_FILES};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (strncmp(path, prefixes[i], strlen(prefixes[i])) == 0)
            path += strlen(prefixes[i]);
    return path;
}

/* The test program's functions go before the C library's for GDAL too, if it
 * exports them: files on disk have these faults without the handler. */
#define EXPORTED __attribute__((visibility("default")))

EXPORTED int unlink(const char *name)
{
    return fails(FAULT_UNLINK, EACCES) ? -1 : unlinkat(AT_FDCWD, name, 0);
}

EXPORTED int rename(const char *old, const char *new)
{
    return fails(FAULT_RENAME, EACCES) ? -1
                                       : renameat(AT_FDCWD, old, AT_FDCWD, new);
}
