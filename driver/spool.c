/* SPDX-License-Identifier: MIT */
#include "spool.h"

#include <stdlib.h>

#include "appender.h"
#include "cpl_conv.h"
#include "cpl_vsi.h"
#include "target.h"

struct Spool {
    Appender out;
    bool has_name; /**< it could not be taken from it */
};

Spool *spool_open(const char *target, Status *status)
{
    Spool *spool = calloc(1, sizeof *spool);
    if (spool == NULL) {
        status_fail(status, STATUS_NO_MEMORY, "out of memory");
        return NULL;
    }
    char *path = target_scratch_name(target, "tiles");
    const bool ok = appender_begin(&spool->out, path, "wb+", status);
    CPLFree(path);
    if (!ok) {
        free(spool);
        return NULL;
    }
    spool->has_name = VSIUnlink(spool->out.path) != 0;
    return spool;
}

bool spool_append(void *user, const void *data, size_t nbytes, Status *status)
{
    Spool *spool = user;
    return appender_append(&spool->out, data, nbytes, status);
}

bool spool_end(Spool *spool, Status *status)
{
    return appender_flush(&spool->out, status);
}

bool spool_read(Spool *spool, uint64_t position, void *data, size_t nbytes,
                Status *status)
{
    VSILFILE *file = spool->out.file;
    return (VSIFSeekL(file, position, SEEK_SET) == 0 &&
            VSIFReadL(data, 1, nbytes, file) == nbytes) ||
           status_fail(status, STATUS_IO, "cannot read back %zu bytes of %s",
                       nbytes, spool->out.path);
}

void spool_free(Spool *spool)
{
    if (spool == NULL)
        return;
    Status ignored = {.code = STATUS_OK};
    (void)appender_close(&spool->out, &ignored);
    if (spool->has_name)
        VSIUnlink(spool->out.path);
    CPLFree(spool->out.path);
    free(spool);
}
