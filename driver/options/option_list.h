/* SPDX-License-Identifier: MIT */
/** @file
 * Which creation options there are. What only touches tags, and what belongs
 * to a codec of GTiff's, is offered as the GTiff driver of the GDAL that runs
 * offers it.
 */
#ifndef ROWBAND_OPTION_LIST_H
#define ROWBAND_OPTION_LIST_H

#include <stdbool.h>

#include "cpl_port.h"
#include "status.h"

CPL_C_START

/** The creation option list, as XML, for GDAL_DMD_CREATIONOPTIONLIST. To be
 * asked for when GTiff is registered, which plugins are not the last to be.
 * @return to be freed with CPLFree() */
char *option_list_xml(void);

/** The values that COMPRESS can have.
 * @return to be freed with CSLDestroy() */
char **option_list_compressions(void);

/** The options of @p list that GTiff is to be given for the tags, and those
 * that concern the codec only.
 * @return to be freed with CSLDestroy() */
char **option_list_for_tags(CSLConstList list);
char **option_list_for_codec(CSLConstList list);

/** Warns of options of @p list that concern other codecs than @p compress. */
void option_list_warn_of_idle(CSLConstList list, const char *compress);

/** Fails if GTiff or COG has an option of @p list that is not offered here.
 * @return false with STATUS_UNSUPPORTED naming it */
bool option_list_refuse(CSLConstList list, Status *status);

CPL_C_END

#endif
