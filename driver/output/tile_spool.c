/* SPDX-License-Identifier: MIT */
#include "tile_spool.h"

#include <stdlib.h>

#include "appender.h"
#include "cpl_conv.h"
#include "cpl_vsi.h"
#include "target.h"

struct TileSpool {
    Appender out;
    bool has_name; /**< it could not be taken from it */
};

TileSpool *tile_spool_open(const char *target, Status *status)
{
    TileSpool *spool = calloc(1, sizeof *spool);
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

bool tile_spool_append(void *user, const void *data, size_t nbytes,
                       Status *status)
{
    TileSpool *spool = user;
    return appender_append(&spool->out, data, nbytes, status);
}

bool tile_spool_end(TileSpool *spool, Status *status)
{
    const bool ok = appender_flush(&spool->out, status);
    free(spool->out.stage);
    spool->out.stage = NULL;
    return ok;
}

bool tile_spool_read(void *user, uint64_t position, void *data, size_t nbytes,
                     Status *status)
{
    TileSpool *spool = user;
    VSILFILE *file = spool->out.file;
    return (VSIFSeekL(file, position, SEEK_SET) == 0 &&
            VSIFReadL(data, 1, nbytes, file) == nbytes) ||
           status_fail(status, STATUS_IO, "cannot read back %zu bytes of %s",
                       nbytes, spool->out.path);
}

void tile_spool_free(TileSpool *spool)
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
