/* SPDX-License-Identifier: MIT */
#include "spool.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appender.h"
#include "cpl_conv.h"
#include "cpl_multiproc.h"
#include "cpl_string.h"
#include "cpl_vsi.h"
#include "sink.h"

/* What most file systems take, less what GTiff may append for a sidecar. */
enum { NAME_NBYTES_MAX = 255 - 8 };

struct Spool {
    Appender out;
    bool has_name; /**< it could not be taken from it */
};

/** How much of @p stem fits in a name that still gets @p more bytes: a target
 * may have the longest name that there can be. */
static int stem_nbytes(const char *stem, size_t more)
{
    const size_t all = strlen(stem);
    const size_t folder = all - strlen(CPLGetFilename(stem));
    const size_t room = NAME_NBYTES_MAX - more;
    return (int)(all - folder <= room ? all : folder + room);
}

char *spool_name(const char *stem, const char *purpose)
{
    static atomic_int count;
    char tail[64];
    snprintf(tail, sizeof tail, ".rowband-%s-%d-%d.tmp", purpose,
             CPLGetCurrentProcessID(), atomic_fetch_add(&count, 1));
    return CPLStrdup(
        CPLSPrintf("%.*s%s", stem_nbytes(stem, strlen(tail)), stem, tail));
}

char *spool_path(const char *target, const char *purpose)
{
    const char *folder = CPLGetConfigOption("CPL_TMPDIR", NULL);
    const bool beside = folder == NULL && !sink_is_special(target) &&
                        VSISupportsRandomWrite(target, FALSE) &&
                        sink_takes_neighbours(target);
    const char *stem = beside ? target : CPLGenerateTempFilename("rowband");
    return spool_name(stem, purpose);
}

Spool *spool_open(const char *target, Status *status)
{
    Spool *spool = calloc(1, sizeof *spool);
    if (spool == NULL) {
        status_fail(status, STATUS_NO_MEMORY, "out of memory");
        return NULL;
    }
    char *path = spool_path(target, "tiles");
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
