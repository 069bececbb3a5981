/* SPDX-License-Identifier: MIT */
#include "durable.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "cpl_vsi.h"

bool durable_sync(const char *path, Status *status)
{
    /* What fsync() waits for is the file's, whoever wrote it and closed it. */
    const int file = open(*path != '\0' ? path : ".", O_RDONLY | O_CLOEXEC);
    const bool ok = file >= 0 && fsync(file) == 0;
    if (!ok)
        status_fail(status, STATUS_IO, "FSYNC=YES: cannot make %s durable: %s",
                    path, VSIStrerror(errno));
    if (file >= 0)
        close(file);
    return ok;
}
