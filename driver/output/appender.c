/* SPDX-License-Identifier: MIT */
#include "appender.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cpl_conv.h"
#include "cpl_vsi_error.h"
#include "error_trap.h"
#include "target.h"

/* Zeros that are worth a hole. */
enum { HOLE_NBYTES = 1 << 16 };

static const char *reason(const ErrorTrap *trap)
{
    return trap->failed ? trap->message
                        : (errno != 0 ? VSIStrerror(errno) : "unknown reason");
}

bool appender_begin(Appender *appender, const char *path, const char *mode,
                    Status *status)
{
    *appender = (Appender){.stage = malloc(APPENDER_STAGE_NBYTES)};
    if (appender->stage == NULL)
        return status_fail(status, STATUS_NO_MEMORY, "out of memory");
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_FAILURES);
    errno = 0;
    appender->file = VSIFOpenExL(path, mode, TRUE);
    if (appender->file == NULL) {
        const char *vsi = VSIGetLastErrorMsg();
        status_fail(status, STATUS_IO, "cannot create %s: %s", path,
                    vsi != NULL && *vsi != '\0' ? vsi : reason(&trap));
    }
    error_trap_end(&trap);
    if (appender->file == NULL) {
        free(appender->stage);
        return false;
    }
    appender->path = CPLStrdup(path);
    return true;
}

bool appender_write(Appender *appender, const void *data, size_t nbytes,
                    Status *status)
{
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_ALL);
    errno = 0;
    const bool ok = VSIFWriteL(data, 1, nbytes, appender->file) == nbytes;
    if (!ok)
        status_fail(status, STATUS_IO,
                    "cannot write %zu bytes to %s at %" PRIu64 ": %s", nbytes,
                    appender->path, (uint64_t)VSIFTellL(appender->file),
                    reason(&trap));
    error_trap_end(&trap);
    return ok;
}

bool appender_flush(Appender *appender, Status *status)
{
    const size_t nbytes = appender->staged;
    appender->staged = 0;
    return nbytes == 0 ||
           appender_write(appender, appender->stage, nbytes, status);
}

static bool is_zero(const uint8_t *bytes, size_t nbytes)
{
    return bytes[0] == 0 && memcmp(bytes, bytes + 1, nbytes - 1) == 0;
}

static bool skip(const Appender *appender, uint64_t nbytes, Status *status)
{
    VSILFILE *file = appender->file;
    return VSIFSeekL(file, VSIFTellL(file) + nbytes, SEEK_SET) == 0 ||
           status_fail(status, STATUS_IO, "cannot go on in %s: %s",
                       appender->path, VSIStrerror(errno));
}

/** Writes much at once. Where a file on a disk gets nothing but zeros, as an
 * index of tiles that there are not, it has a hole. */
static bool write_much(Appender *appender, const uint8_t *data, size_t nbytes,
                       Status *status)
{
    size_t begin = 0;
    bool ok = true;
    if (!target_is_local(appender->path) || !target_can_seek(appender->path))
        return appender_write(appender, data, nbytes, status);
    while (ok && begin < nbytes) {
        size_t zeros = begin;
        /* The last byte is written in any case. */
        while (zeros + HOLE_NBYTES < nbytes &&
               is_zero(data + zeros, HOLE_NBYTES))
            zeros += HOLE_NBYTES;
        ok = zeros == begin || skip(appender, zeros - begin, status);
        begin = zeros;
        size_t end = zeros;
        while (end < nbytes && (end + HOLE_NBYTES >= nbytes ||
                                !is_zero(data + end, HOLE_NBYTES)))
            end += nbytes - end < HOLE_NBYTES ? nbytes - end : HOLE_NBYTES;
        ok = ok && appender_write(appender, data + begin, end - begin, status);
        begin = end;
    }
    return ok;
}

bool appender_append(Appender *appender, const void *data, size_t nbytes,
                     Status *status)
{
    if (appender->staged + nbytes > APPENDER_STAGE_NBYTES &&
        !appender_flush(appender, status))
        return false;
    appender->position += nbytes;
    if (nbytes > APPENDER_STAGE_NBYTES)
        return write_much(appender, data, nbytes, status);
    memcpy(appender->stage + appender->staged, data, nbytes);
    appender->staged += nbytes;
    return true;
}

bool appender_close(Appender *appender, Status *status)
{
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_FAILURES);
    errno = 0;
    const bool flushed = VSIFFlushL(appender->file) == 0;
    const bool closed = VSIFCloseL(appender->file) == 0;
    const bool ok = flushed && closed;
    if (!ok)
        status_fail(status, STATUS_IO, "cannot finish %s: %s", appender->path,
                    reason(&trap));
    error_trap_end(&trap);
    free(appender->stage);
    return ok;
}
