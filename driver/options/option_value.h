/* SPDX-License-Identifier: MIT */
/** @file
 * Values out of lists of NAME=VALUE.
 */
#ifndef ROWBAND_OPTION_VALUE_H
#define ROWBAND_OPTION_VALUE_H

#include <stdbool.h>

#include "cpl_port.h"
#include "status.h"

CPL_C_START

/** @return false, saying that @p value of @p name is not what is wanted */
bool option_bad_value(const char *name, const char *value, const char *wanted,
                      Status *status);

/** A whole number, or @p otherwise if the option is not given.
 * @return false with STATUS_INVALID naming the option, as do all of these */
bool option_int(CSLConstList list, const char *name, int least, int greatest,
                int otherwise, int *number, Status *status);

bool option_bool(CSLConstList list, const char *name, bool otherwise,
                 bool *flag, Status *status);

/** The position of an option's value in @p values, which ends with NULL, or
 * @p otherwise if it is not given. */
bool option_choice(CSLConstList list, const char *name,
                   const char *const *values, int otherwise, int *choice,
                   Status *status);

CPL_C_END

#endif
