/* SPDX-License-Identifier: MIT */
#include "crowded_folder.h"

#include <stdlib.h>
#include <string.h>

#include "cpl_conv.h"
#include "cpl_string.h"
#include "cpl_vsi.h"

static bool is_crowded(const char *folder)
{
    const int most =
        atoi(CPLGetConfigOption("GDAL_READDIR_LIMIT_ON_OPEN", "1000"));
    char **names = most > 0 ? VSIReadDirEx(folder, most) : NULL;
    const bool crowded = CSLCount(names) > most;
    CSLDestroy(names);
    return most > 0 && crowded;
}

bool crowded_folder_has(CrowdedFolder *last, const char *file)
{
    if (CPLGetConfigOption("GDAL_DISABLE_READDIR_ON_OPEN", NULL) != NULL)
        return false;
    const char *folder = CPLGetDirname(file);
    if (last->path == NULL || strcmp(folder, last->path) != 0) {
        crowded_folder_clear(last);
        last->path = CPLStrdup(folder);
    } else if (!last->listed) {
        last->crowded = is_crowded(last->path);
        last->listed = true;
    }
    return last->crowded;
}

void crowded_folder_clear(CrowdedFolder *last)
{
    CPLFree(last->path);
    *last = (CrowdedFolder){.path = NULL};
}
