/* SPDX-License-Identifier: MIT */
/** @file
 * Values out of lists of NAME=VALUE, held against the table of options, which
 * has their defaults, ranges and choices.
 */
#ifndef ROWBAND_OPTION_VALUE_H
#define ROWBAND_OPTION_VALUE_H

#include <stdbool.h>

#include "cpl_port.h"
#include "option_table.h"
#include "status.h"

CPL_C_START

/** @return false, saying that @p value of @p name is not what is wanted */
bool option_bad_value(const char *name, const char *value, const char *wanted,
                      Status *status);

/** A whole number, or the one that a choice means. If the option is not given,
 * or its value is the word that is its default: the table's default if that is
 * a number, or else @p number stays as it is.
 * @return false with STATUS_INVALID naming the option, as do all of these */
bool option_int(CSLConstList list, const char *name, int *number,
                Status *status);

/** Checks a number that another option's range limits. */
bool option_in_range_of(CSLConstList list, const char *name,
                        const OptionEntry *other, Status *status);

/** @return whether @p number is a multiple of what the table says it must be */
bool option_is_multiple(const char *name, int number);
bool option_check_multiple(const char *name, int number, Status *status);

/** @param flag stays as it is if the option is neither given nor has a
 *             default */
bool option_bool(CSLConstList list, const char *name, bool *flag,
                 Status *status);

/** @param[out] choice the one given, or the default, or NULL; static */
bool option_choice(CSLConstList list, const char *name,
                   const OptionChoice **choice, Status *status);

/** @param[out] compress the value as option_list_compressions() spells it, or
 *             the default, or NULL; to be freed with CPLFree() */
bool option_compression(CSLConstList list, const char *name, char **compress,
                        Status *status);

/** The options of @p list that @p user is given.
 * @return to be freed with CSLDestroy() */
char **option_values_for(OptionUser user, CSLConstList list);

CPL_C_END

#endif
