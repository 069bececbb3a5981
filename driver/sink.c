/* SPDX-License-Identifier: MIT */
#include "sink.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "appender.h"
#include "cpl_conv.h"
#include "cpl_string.h"
#include "durable.h"
#include "error_trap.h"
#include "spool.h"

enum {
    HEADER_NBYTES_MAX = 64,
    LINKS_MAX = 40, /**< as many as Linux follows */
};

struct Sink {
    Appender out; /**< its path is target's until the file is whole, or a name
                     beside it */
    char *target; /**< where links to it lead */
    bool can_seek;
    bool durable;
    bool has_header;
    size_t header_nbytes;
    uint8_t header[HEADER_NBYTES_MAX];
};

bool sink_is_special(const char *path)
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

bool sink_is_local(const char *path)
{
    return !STARTS_WITH(path, "/vsi") && !sink_is_special(path);
}

/** @return whether it may be a link to what a process has open, like
 * /dev/stdout, which must be written to as it is */
static bool may_be_open(const char *path)
{
    return STARTS_WITH(path, "/dev/") || STARTS_WITH(path, "/proc/");
}

/** @return the file that a symbolic link leads to, there or not; of what is no
 * link the path itself. To be freed by CPLFree(). */
static char *end_of_links(const char *path)
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
    if (sink_is_special(path))
        return;
    /* Through which GDAL deletes nothing. */
    while (STARTS_WITH(path, gzip))
        path += strlen(gzip);
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_FAILURES);
    VSIUnlink(path);
    error_trap_end(&trap);
}

void sink_delete(const char *path)
{
    char *end = end_of_links(path);
    delete_file(end);
    CPLFree(end);
}

bool sink_takes_neighbours(const char *path)
{
    return STARTS_WITH(path, "/vsi") || access(CPLGetDirname(path), W_OK) == 0;
}

/** @return whether the target is a file where no other can be made, or still a
 * link: to what is open, or in a circle, which opening it finds out */
static bool must_be_written_to(const char *target)
{
    struct stat there;
    return lstat(target, &there) == 0 &&
           (S_ISLNK(there.st_mode) || !sink_takes_neighbours(target));
}

/** @return the name to write under */
static char *name_until_whole(const char *target)
{
    const bool can_rename =
        sink_is_local(target) || STARTS_WITH(target, "/vsimem/");
    return can_rename && !must_be_written_to(target)
               ? spool_name(target, "part")
               : CPLStrdup(target);
}

Sink *sink_open(const char *target, size_t header_nbytes, bool durable,
                Status *status)
{
    static const uint8_t no_header[HEADER_NBYTES_MAX] = {0};
    Sink *sink = calloc(1, sizeof *sink);
    if (sink == NULL) {
        status_fail(status, STATUS_NO_MEMORY, "out of memory");
        return NULL;
    }
    sink->header_nbytes = header_nbytes;
    sink->durable = durable;
    /* GDAL says of pipes and of /vsistdout/ that they can be sought. */
    sink->can_seek =
        !sink_is_special(target) && VSISupportsRandomWrite(target, FALSE);
    sink->target = end_of_links(target);
    char *name = name_until_whole(sink->target);
    const bool ok = appender_begin(&sink->out, name, "wb", status);
    CPLFree(name);
    if (!ok) {
        CPLFree(sink->target);
        free(sink);
        return NULL;
    }
    if (sink->can_seek &&
        !sink_append(sink, no_header, header_nbytes, status)) {
        sink_discard(sink);
        return NULL;
    }
    return sink;
}

bool sink_can_seek(const Sink *sink)
{
    return sink->can_seek;
}

bool sink_set_header(Sink *sink, const void *header, Status *status)
{
    if (!sink->can_seek)
        return sink_append(sink, header, sink->header_nbytes, status);
    memcpy(sink->header, header, sink->header_nbytes);
    sink->has_header = true;
    return true;
}

bool sink_append(void *user, const void *data, size_t nbytes, Status *status)
{
    Sink *sink = user;
    return appender_append(&sink->out, data, nbytes, status);
}

static bool write_header(Sink *sink, Status *status)
{
    Appender *out = &sink->out;
    if (!sink->has_header)
        return true;
    /* What precedes must be on its way before the header makes it valid. */
    if (VSIFFlushL(out->file) != 0 || VSIFSeekL(out->file, 0, SEEK_SET) != 0)
        return status_fail(status, STATUS_IO,
                           "cannot go back to the beginning of %s", out->path);
    return appender_write(out, sink->header, sink->header_nbytes, status);
}

/** A full disk may have gone unnoticed until now. */
static bool check_length(const Sink *sink, Status *status)
{
    VSIStatBufL stat;
    return !sink->can_seek ||
           (VSIStatL(sink->out.path, &stat) == 0 &&
            (uint64_t)stat.st_size == sink->out.position) ||
           status_fail(status, STATUS_IO,
                       "%s is not as long as what was written to it",
                       sink->out.path);
}

static bool is_staged(const Sink *sink)
{
    return strcmp(sink->out.path, sink->target) != 0;
}

/** Gives the whole file its name. */
static bool publish(const Sink *sink, Status *status)
{
    const char *path = sink->out.path;
    if (sink->durable && !durable_sync(path, status))
        return false;
    if (is_staged(sink) && VSIRename(path, sink->target) != 0)
        return status_fail(status, STATUS_IO, "cannot rename %s to it: %s",
                           path, VSIStrerror(errno));
    if (!sink->durable || durable_sync(CPLGetDirname(sink->target), status))
        return true;
    sink_delete(sink->target);
    return false;
}

static void sink_free(Sink *sink)
{
    CPLFree(sink->target);
    CPLFree(sink->out.path);
    free(sink);
}

bool sink_close(Sink *sink, Status *status)
{
    const bool written =
        appender_flush(&sink->out, status) && write_header(sink, status);
    const bool closed = appender_close(&sink->out, status);
    const bool ok = written && closed && check_length(sink, status) &&
                    publish(sink, status);
    if (!ok)
        sink_delete(sink->out.path);
    sink_free(sink);
    return ok;
}

void sink_discard(Sink *sink)
{
    if (sink == NULL)
        return;
    Status ignored = {.code = STATUS_OK};
    (void)appender_close(&sink->out, &ignored);
    sink_delete(sink->out.path);
    sink_free(sink);
}
