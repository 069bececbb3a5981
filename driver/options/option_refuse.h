/* SPDX-License-Identifier: MIT */
/** @file
 * Options that are refused, and those that have no effect.
 */
#ifndef ROWBAND_OPTION_REFUSE_H
#define ROWBAND_OPTION_REFUSE_H

#include <stdbool.h>

#include "cpl_port.h"
#include "status.h"

CPL_C_START

/** Fails if @p list has an option that is refused whatever LAYOUT is, or that
 * GTiff or COG has and the table does not: what later GDALs add to their
 * drivers is not passed over in silence.
 * @return false with STATUS_UNSUPPORTED naming it */
bool option_refuse(CSLConstList list, Status *status);

/** Fails if @p list has an option, or a value, that does not go with
 * @p layout, one of WITH_GTIFF and WITH_COG.
 * @return false with STATUS_UNSUPPORTED naming it */
bool option_refuse_with(CSLConstList list, unsigned layout, Status *status);

/** Warns of options of @p list that concern other codecs than @p compress. */
void option_warn_of_idle(CSLConstList list, const char *compress);

CPL_C_END

#endif
