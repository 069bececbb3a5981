/* SPDX-License-Identifier: MIT */
#include "vsi_file.h"

#include <inttypes.h>

#include "error_trap.h"

bool vsi_file_open(VsiFile *file, const char *name, Status *status)
{
    ErrorTrap trap;
    *file = (VsiFile){.name = name};
    error_trap_begin(&trap, TRAP_ALL);
    file->file = VSIFOpenL(name, "rb");
    const bool sized =
        file->file != NULL && VSIFSeekL(file->file, 0, SEEK_END) == 0;
    file->nbytes = sized ? VSIFTellL(file->file) : 0;
    error_trap_end(&trap);
    if (sized)
        return true;
    vsi_file_close(file);
    return status_fail(status, STATUS_READ, "cannot open %s%s%s", name,
                       trap.failed ? ": " : "", trap.message);
}

bool vsi_file_is_remote(const char *name)
{
    return STARTS_WITH(name, "/vsi") && !STARTS_WITH(name, "/vsimem/");
}

/** Whatever reads ahead. */
static bool read_directly(void *user, uint64_t position, void *data,
                          size_t nbytes, Status *status)
{
    VsiFile *file = user;
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_ALL);
    const bool ok = VSIFSeekL(file->file, position, SEEK_SET) == 0 &&
                    VSIFReadL(data, 1, nbytes, file->file) == nbytes;
    error_trap_end(&trap);
    return ok ||
           status_fail(status, STATUS_READ,
                       "cannot read %zu bytes from %" PRIu64 " on of %s%s%s",
                       nbytes, position, file->name, trap.failed ? ": " : "",
                       trap.message);
}

bool vsi_file_read_ahead(VsiFile *file, Status *status)
{
    file->direct = (TileStore){read_directly, file};
    file->ahead = range_reader_new(&file->direct, file->nbytes);
    return file->ahead != NULL ||
           status_fail(status, STATUS_NO_MEMORY, "out of memory");
}

void vsi_file_close(VsiFile *file)
{
    if (file->file != NULL)
        (void)VSIFCloseL(file->file);
    range_reader_free(file->ahead);
    *file = (VsiFile){.file = NULL};
}

bool vsi_file_read(void *user, uint64_t position, void *data, size_t nbytes,
                   Status *status)
{
    VsiFile *file = user;
    return file->ahead != NULL
               ? range_reader_read(file->ahead, position, data, nbytes, status)
               : read_directly(file, position, data, nbytes, status);
}
