/* SPDX-License-Identifier: MIT */
/** @file
 * A configuration option of GDAL's that has another value for a while, on this
 * thread only.
 */
#ifndef ROWBAND_CONFIG_H
#define ROWBAND_CONFIG_H

#include <stdbool.h>

#include "cpl_port.h"

CPL_C_START

/** On the stack of the function that changes the option. */
typedef struct ConfigChange {
    const char *key;
    char *before; /**< this thread's own value; NULL: it had none */
} ConfigChange;

/** Sets the option until config_end(), which must be called on the same
 * thread. Changes of one option nest.
 * @param key must live until then */
void config_begin(ConfigChange *change, const char *key, const char *value);
void config_end(ConfigChange *change);

/** @return whether GDAL is told to get over failures of a TIFF: there are
 * pixels then, but not those of the source */
bool config_ignores_read_errors(void);

CPL_C_END

#endif
