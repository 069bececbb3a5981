/* SPDX-License-Identifier: MIT */
#include "sink.h"

#include <stdlib.h>
#include <string.h>

#include "appender.h"
#include "cpl_conv.h"
#include "cpl_string.h"
#include "error_trap.h"

enum { HEADER_NBYTES_MAX = 64 };

struct Sink {
    Appender out;
    bool can_seek;
    bool has_header;
    size_t header_nbytes;
    uint8_t header[HEADER_NBYTES_MAX];
};

bool sink_is_special(const char *path)
{
    VSIStatBufL stat;
    return STARTS_WITH(path, "/vsistdout") ||
           (VSIStatExL(path, &stat, VSI_STAT_NATURE_FLAG) == 0 &&
            !VSI_ISREG(stat.st_mode));
}

void sink_delete(const char *path)
{
    if (sink_is_special(path))
        return;
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_FAILURES);
    VSIUnlink(path);
    error_trap_end(&trap);
}

Sink *sink_open(const char *path, size_t header_nbytes, Status *status)
{
    static const uint8_t no_header[HEADER_NBYTES_MAX] = {0};
    Sink *sink = calloc(1, sizeof *sink);
    if (sink == NULL) {
        status_fail(status, STATUS_NO_MEMORY, "out of memory");
        return NULL;
    }
    sink->header_nbytes = header_nbytes;
    /* GDAL says of pipes and of /vsistdout/ that they can be sought. */
    sink->can_seek =
        !sink_is_special(path) && VSISupportsRandomWrite(path, FALSE);
    if (!appender_begin(&sink->out, path, "wb", status)) {
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

static void sink_free(Sink *sink)
{
    CPLFree(sink->out.path);
    free(sink);
}

bool sink_close(Sink *sink, Status *status)
{
    const bool written =
        appender_flush(&sink->out, status) && write_header(sink, status);
    const bool closed = appender_close(&sink->out, status);
    const bool ok = written && closed && check_length(sink, status);
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
