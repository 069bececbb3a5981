/* SPDX-License-Identifier: MIT */
#include "sink.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cpl_conv.h"
#include "cpl_string.h"
#include "cpl_vsi.h"
#include "cpl_vsi_error.h"
#include "error_trap.h"

struct Sink {
    VSILFILE *file;
    char *path;
    uint64_t position; /**< bytes appended */
    size_t staged;     /**< of them, not yet given to the file */
    uint8_t stage[SINK_STAGE_NBYTES];
};

/** Only what is a file on disk, or GDAL says can be sought and written. GDAL
 * says so of /vsistdout/ and of pipes too. */
static bool can_seek_back(const char *path)
{
    VSIStatBufL stat;
    if (VSIStatExL(path, &stat, VSI_STAT_NATURE_FLAG) == 0 &&
        !VSI_ISREG(stat.st_mode))
        return false;
    return !STARTS_WITH(path, "/vsistdout") &&
           VSISupportsRandomWrite(path, FALSE);
}

static const char *reason(const ErrorTrap *trap)
{
    return trap->failed ? trap->message
                        : (errno != 0 ? VSIStrerror(errno) : "unknown reason");
}

Sink *sink_open(const char *path, Status *status)
{
    if (!can_seek_back(path)) {
        status_fail(status, STATUS_UNSUPPORTED,
                    "cannot write to %s: it is not a file whose beginning can "
                    "be written last; write to a file and copy that",
                    path);
        return NULL;
    }
    Sink *sink = malloc(sizeof *sink);
    if (sink == NULL) {
        status_fail(status, STATUS_NO_MEMORY, "out of memory");
        return NULL;
    }
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_FAILURES);
    errno = 0;
    sink->file = VSIFOpenExL(path, "wb", TRUE);
    if (sink->file == NULL) {
        const char *vsi = VSIGetLastErrorMsg();
        status_fail(status, STATUS_IO, "cannot create %s: %s", path,
                    vsi != NULL && *vsi != '\0' ? vsi : reason(&trap));
    }
    error_trap_end(&trap);
    if (sink->file == NULL) {
        free(sink);
        return NULL;
    }
    sink->path = CPLStrdup(path);
    sink->position = 0;
    sink->staged = 0;
    return sink;
}

static bool write_bytes(Sink *sink, const void *data, size_t nbytes,
                        Status *status)
{
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_ALL);
    errno = 0;
    const bool ok = VSIFWriteL(data, 1, nbytes, sink->file) == nbytes;
    if (!ok)
        status_fail(status, STATUS_IO,
                    "cannot write %zu bytes to %s at %" PRIu64 ": %s", nbytes,
                    sink->path, (uint64_t)VSIFTellL(sink->file), reason(&trap));
    error_trap_end(&trap);
    return ok;
}

static bool flush_stage(Sink *sink, Status *status)
{
    const size_t nbytes = sink->staged;
    sink->staged = 0;
    return nbytes == 0 || write_bytes(sink, sink->stage, nbytes, status);
}

bool sink_append(void *user, const void *data, size_t nbytes, Status *status)
{
    Sink *sink = user;
    if (sink->staged + nbytes > SINK_STAGE_NBYTES && !flush_stage(sink, status))
        return false;
    sink->position += nbytes;
    if (nbytes > SINK_STAGE_NBYTES)
        return write_bytes(sink, data, nbytes, status);
    memcpy(sink->stage + sink->staged, data, nbytes);
    sink->staged += nbytes;
    return true;
}

bool sink_write_header(Sink *sink, const void *data, size_t nbytes,
                       Status *status)
{
    if (!flush_stage(sink, status))
        return false;
    /* What precedes must be on its way before the header makes it valid. */
    if (VSIFFlushL(sink->file) != 0 || VSIFSeekL(sink->file, 0, SEEK_SET) != 0)
        return status_fail(status, STATUS_IO,
                           "cannot go back to the beginning of %s", sink->path);
    return write_bytes(sink, data, nbytes, status);
}

static void sink_free(Sink *sink)
{
    CPLFree(sink->path);
    free(sink);
}

bool sink_close(Sink *sink, Status *status)
{
    ErrorTrap trap;
    VSIStatBufL stat;
    bool ok = flush_stage(sink, status);

    error_trap_begin(&trap, TRAP_FAILURES);
    errno = 0;
    const bool flushed = VSIFFlushL(sink->file) == 0;
    const bool closed = VSIFCloseL(sink->file) == 0;
    if (ok && !(flushed && closed))
        ok = status_fail(status, STATUS_IO, "cannot finish %s: %s", sink->path,
                         reason(&trap));
    error_trap_end(&trap);

    /* A full disk may have gone unnoticed so far. */
    if (ok && (VSIStatL(sink->path, &stat) != 0 ||
               (uint64_t)stat.st_size != sink->position))
        ok = status_fail(status, STATUS_IO,
                         "%s is not as long as what was written to it",
                         sink->path);
    if (!ok)
        VSIUnlink(sink->path);
    sink_free(sink);
    return ok;
}

void sink_discard(Sink *sink)
{
    if (sink == NULL)
        return;
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_FAILURES);
    VSIFCloseL(sink->file);
    VSIUnlink(sink->path);
    error_trap_end(&trap);
    sink_free(sink);
}
