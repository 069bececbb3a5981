/* SPDX-License-Identifier: MIT */
/** @file
 * The creation options that are offered. What GTiff is handed is offered as the
 * GTiff driver of the GDAL that runs offers it.
 */
#ifndef ROWBAND_OPTION_LIST_H
#define ROWBAND_OPTION_LIST_H

#include <stdbool.h>

#include "cpl_port.h"

CPL_C_START

/** The creation option list, as XML, for GDAL_DMD_CREATIONOPTIONLIST. Ask for
 * it when GTiff is registered: plugins are registered earlier.
 * @return to be freed with CPLFree() */
char *option_list_xml(void);

/** The values that COMPRESS can have.
 * @return to be freed with CSLDestroy() */
char **option_list_compressions(void);

/** @return whether a driver has an option of this name in its list */
bool option_list_has(const char *driver, const char *name);

CPL_C_END

#endif
