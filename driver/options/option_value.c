/* SPDX-License-Identifier: MIT */
#include "option_value.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "cpl_conv.h"
#include "cpl_string.h"

bool option_bad_value(const char *name, const char *value, const char *wanted,
                      Status *status)
{
    return status_fail(status, STATUS_INVALID, "%s=%s: %s expected", name,
                       value, wanted);
}

bool option_int(CSLConstList list, const char *name, int least, int greatest,
                int otherwise, int *number, Status *status)
{
    const char *value = CSLFetchNameValue(list, name);
    *number = otherwise;
    if (value == NULL)
        return true;
    char *end;
    errno = 0;
    const long parsed = strtol(value, &end, 10);
    if (end == value || *end != '\0' || errno != 0 || parsed < least ||
        parsed > greatest)
        return option_bad_value(
            name, value,
            greatest == INT_MAX
                ? CPLSPrintf("a whole number from %d on", least)
                : CPLSPrintf("a whole number from %d to %d", least, greatest),
            status);
    *number = (int)parsed;
    return true;
}

bool option_bool(CSLConstList list, const char *name, bool otherwise,
                 bool *flag, Status *status)
{
    const char *value = CSLFetchNameValue(list, name);
    *flag = otherwise;
    if (value == NULL)
        return true;
    static const char *const yes[] = {"YES", "TRUE", "ON", "1", NULL};
    static const char *const no[] = {"NO", "FALSE", "OFF", "0", NULL};
    *flag = CSLFindString((CSLConstList)yes, value) >= 0;
    return *flag || CSLFindString((CSLConstList)no, value) >= 0 ||
           option_bad_value(name, value, "YES or NO", status);
}

bool option_choice(CSLConstList list, const char *name,
                   const char *const *values, int otherwise, int *choice,
                   Status *status)
{
    const char *value = CSLFetchNameValue(list, name);
    *choice = otherwise;
    if (value == NULL)
        return true;
    *choice = CSLFindString((CSLConstList)values, value);
    if (*choice >= 0)
        return true;
    char *all = CPLStrdup(values[0]);
    for (int i = 1; values[i] != NULL; i++) {
        char *longer = CPLStrdup(CPLSPrintf("%s, %s", all, values[i]));
        CPLFree(all);
        all = longer;
    }
    option_bad_value(name, value, CPLSPrintf("one of %s", all), status);
    CPLFree(all);
    return false;
}
