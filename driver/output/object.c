/* SPDX-License-Identifier: MIT */
#include "object.h"

#include <inttypes.h>

#include "cpl_string.h"
#include "cpl_vsi.h"
#include "error_trap.h"

bool object_is(const char *path)
{
    return STARTS_WITH(path, "/vsis3/") || STARTS_WITH(path, "/vsigs/") ||
           STARTS_WITH(path, "/vsioss/");
}

ObjectState object_state(const char *path)
{
    VSIStatBufL stat;
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_ALL);
    VSICurlPartialClearCache(path);
    const bool exists =
        VSIStatExL(path, &stat, VSI_STAT_EXISTS_FLAG | VSI_STAT_SIZE_FLAG) == 0;
    error_trap_end(&trap);
    if (!exists)
        return (ObjectState){.exists = false};
    return (ObjectState){.exists = true,
                         .nbytes = (uint64_t)stat.st_size,
                         .time = (int64_t)stat.st_mtime};
}

/** Two within a second, of one size, cannot be told apart. */
static bool states_equal(const ObjectState *a, const ObjectState *b)
{
    return a->exists == b->exists && a->nbytes == b->nbytes &&
           a->time == b->time;
}

void object_give_up(Appender *appender)
{
    Status ignored = {.code = STATUS_OK};
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_ALL);
    /* GDAL aborts what has failed, and completes what has not. To seek is the
     * failure that can be had without a request. */
    (void)VSIFSeekL(appender->file, VSIFTellL(appender->file) + 1, SEEK_SET);
    error_trap_end(&trap);
    (void)appender_close(appender, &ignored);
}

/** What is smaller goes in one request, whose answer can be relied on. */
enum { PARTS_NBYTES_MIN = 5 << 20 };

static bool check_made(const char *path, uint64_t nbytes,
                       const ObjectState *before, Status *status)
{
    const ObjectState now = object_state(path);
    if (now.exists && now.nbytes == nbytes &&
        (nbytes < PARTS_NBYTES_MIN || !states_equal(&now, before)))
        return true;
    return status_fail(status, STATUS_IO,
                       "%s was uploaded, but what the store has there is not "
                       "the %" PRIu64 " bytes that were written",
                       path, nbytes);
}

bool object_finish(Appender *appender, const ObjectState *before,
                   Status *status)
{
    Status closing = {.code = STATUS_OK};
    if (appender_close(appender, &closing))
        return check_made(appender->path, appender->position, before, status);
    /* GDAL aborts an upload for what fails while it is written, not then. */
    return status_fail(status, closing.code,
                       "%s; parts of it may wait in the bucket until "
                       "VSIAbortPendingUploads() or a rule of the bucket's "
                       "deletes them",
                       closing.message);
}

void object_delete(const char *path, const ObjectState *before, uint64_t nbytes)
{
    if (nbytes == 0)
        return;
    const ObjectState now = object_state(path);
    if (!now.exists || now.nbytes != nbytes || states_equal(&now, before))
        return;
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_FAILURES);
    VSIUnlink(path);
    error_trap_end(&trap);
}
