/* SPDX-License-Identifier: MIT */
/** @file
 * GDAL lists the folder of each file that it opens, up to a thousand names, and
 * makes no use of the list if there are more (gcore/gdalopeninfo.cpp:
 * GetSiblingFiles()). Whoever opens thousands of files can keep it from doing
 * so in vain, thousands of times.
 */
#ifndef ROWBAND_CROWDED_FOLDER_H
#define ROWBAND_CROWDED_FOLDER_H

#include <stdbool.h>

#include "cpl_port.h"

CPL_C_START

/** The folder that was asked about last. Zeroed to begin with. */
typedef struct CrowdedFolder {
    char *path;
    bool listed; /**< else it has been asked about once */
    bool crowded;
} CrowdedFolder;

/** Lists the folder of @p file when it is asked about in succession.
 * @return whether GDAL would list it in vain, as far as that is known; false if
 *         the user says in a configuration option what GDAL is to do */
bool crowded_folder_has(CrowdedFolder *last, const char *file);

void crowded_folder_clear(CrowdedFolder *last);

CPL_C_END

#endif
