/* SPDX-License-Identifier: MIT */
#include "same_file.h"

#include <string.h>

#include "container.h"
#include "cpl_conv.h"
#include "cpl_port.h"
#include "cpl_vsi.h"

static bool is_one_file(const char *a, const char *b)
{
    VSIStatBufL stat_a, stat_b;
    if (strcmp(a, b) == 0)
        return VSIStatL(a, &stat_a) == 0;
    /* Virtual files have no number, and may be far away. */
    return !STARTS_WITH(a, "/vsi") && !STARTS_WITH(b, "/vsi") &&
           VSIStatL(a, &stat_a) == 0 && VSIStatL(b, &stat_b) == 0 &&
           stat_a.st_ino != 0 && stat_a.st_ino == stat_b.st_ino &&
           stat_a.st_dev == stat_b.st_dev;
}

/** Which part of it is the container's name only the file system knows: tries
 * all that end where a folder might. */
static bool begins_with_file(const char *path, const char *name)
{
    char *part = CPLStrdup(name);
    bool found = is_one_file(path, part);
    for (size_t i = strlen(part); !found && i > 1; i--)
        if (part[i - 1] == '/' || part[i - 1] == '}') {
            part[i - 1] = '\0';
            found = is_one_file(path, part);
        }
    CPLFree(part);
    return found;
}

bool same_file(const char *path, const char *name)
{
    bool found = is_one_file(path, name);
    while (!found && (name = container_file(name)) != NULL)
        found = begins_with_file(path, name);
    return found;
}
