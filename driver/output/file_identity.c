/* SPDX-License-Identifier: MIT */
#include "file_identity.h"

#include <sys/stat.h>

#include "cpl_port.h"
#include "cpl_vsi.h"

FileIdentity file_identity_of(const char *path)
{
    struct stat there;
    vsi_l_offset nbytes = 0;
    if (STARTS_WITH(path, "/vsimem/"))
        return (FileIdentity){
            .number = (uintptr_t)VSIGetMemFileBuffer(path, &nbytes, FALSE)};
    if (stat(path, &there) != 0)
        return (FileIdentity){.number = 0};
    return (FileIdentity){.device = there.st_dev, .number = there.st_ino};
}

bool file_identity_is_of(const FileIdentity *identity, const char *path)
{
    const FileIdentity now = file_identity_of(path);
    return now.number != 0 && now.number == identity->number &&
           now.device == identity->device;
}
