/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "cpl_conv.h"
#include "cpl_string.h"

void config_begin(ConfigChange *change, const char *key, const char *value)
{
    const char *before = CPLGetThreadLocalConfigOption(key, NULL);
    *change = (ConfigChange){
        .key = key, .before = before != NULL ? CPLStrdup(before) : NULL};
    CPLSetThreadLocalConfigOption(key, value);
}

void config_end(ConfigChange *change)
{
    CPLSetThreadLocalConfigOption(change->key, change->before);
    CPLFree(change->before);
    change->before = NULL;
}

bool config_ignores_read_errors(void)
{
    return CPLTestBool(CPLGetConfigOption("GTIFF_IGNORE_READ_ERRORS", "NO"));
}
