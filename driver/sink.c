/* SPDX-License-Identifier: MIT */
#include "sink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "appender.h"
#include "cpl_conv.h"
#include "durable.h"
#include "target.h"

enum { HEADER_NBYTES_MAX = 64 };

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
    sink->can_seek = target_can_seek(target);
    sink->target = target_end_of_links(target);
    char *name = target_name_until_whole(sink->target);
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
    target_delete(sink->target);
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
        target_delete(sink->out.path);
    sink_free(sink);
    return ok;
}

void sink_discard(Sink *sink)
{
    if (sink == NULL)
        return;
    Status ignored = {.code = STATUS_OK};
    (void)appender_close(&sink->out, &ignored);
    target_delete(sink->out.path);
    sink_free(sink);
}
