/* SPDX-License-Identifier: MIT */
#include "option_value.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "cpl_conv.h"
#include "cpl_string.h"
#include "option_list.h"

bool option_bad_value(const char *name, const char *value, const char *wanted,
                      Status *status)
{
    return status_fail(status, STATUS_INVALID, "%s=%s: %s expected", name,
                       value, wanted);
}

/** @return whether @p text is nothing but a whole number */
static bool read_int(const char *text, int *number)
{
    char *end;
    errno = 0;
    const long parsed = strtol(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || parsed < INT_MIN ||
        parsed > INT_MAX)
        return false;
    *number = (int)parsed;
    return true;
}

/** The number that a choice means.
 * @return false if @p text is none of @p range */
static bool read_choice(const char *text, const OptionEntry *range, int *number)
{
    const OptionChoice *choice = range->type == OPTION_INT_OR_CHOICE
                                     ? option_find_choice(range, text)
                                     : NULL;
    if (choice != NULL)
        *number = choice->meaning;
    return choice != NULL;
}

static bool in_range(const char *name, const char *value,
                     const OptionEntry *range, int *number, Status *status)
{
    int parsed;
    if (read_choice(value, range, number))
        return true;
    if (read_int(value, &parsed) && parsed >= range->least &&
        parsed <= range->greatest) {
        *number = parsed;
        return true;
    }
    const bool may_be_choice = range->type == OPTION_INT_OR_CHOICE;
    return option_bad_value(
        name, value,
        range->greatest == INT_MAX
            ? CPLSPrintf("a whole number from %d on", range->least)
            : CPLSPrintf("a whole number from %d to %d%s%s", range->least,
                         range->greatest, may_be_choice ? " or " : "",
                         may_be_choice ? range->choices[0].name : ""),
        status);
}

bool option_int(CSLConstList list, const char *name, int *number,
                Status *status)
{
    const OptionEntry *entry = option_table_find(name);
    const char *value = CSLFetchNameValue(list, name);
    if (value == NULL)
        value = entry->by_default;
    if (value == NULL ||
        (entry->type == OPTION_INT_OR_WORD && EQUAL(value, entry->by_default)))
        return true;
    return in_range(name, value, entry, number, status);
}

bool option_in_range_of(CSLConstList list, const char *name,
                        const OptionEntry *other, Status *status)
{
    const char *value = CSLFetchNameValue(list, name);
    int number;
    return value == NULL || in_range(name, value, other, &number, status);
}

bool option_is_multiple(const char *name, int number)
{
    return number % option_table_find(name)->multiple == 0;
}

bool option_check_multiple(const char *name, int number, Status *status)
{
    return option_is_multiple(name, number) ||
           option_bad_value(name, CPLSPrintf("%d", number),
                            CPLSPrintf("a multiple of %d",
                                       option_table_find(name)->multiple),
                            status);
}

bool option_bool(CSLConstList list, const char *name, bool *flag,
                 Status *status)
{
    static const char *const yes[] = {"YES", "TRUE", "ON", "1", NULL};
    static const char *const no[] = {"NO", "FALSE", "OFF", "0", NULL};
    const char *value =
        CSLFetchNameValueDef(list, name, option_table_find(name)->by_default);
    if (value == NULL)
        return true;
    *flag = CSLFindString((CSLConstList)yes, value) >= 0;
    return *flag || CSLFindString((CSLConstList)no, value) >= 0 ||
           option_bad_value(name, value, "YES or NO", status);
}

/** @return false, listing what the value could have been */
static bool bad_choice(const char *name, const char *value,
                       CSLConstList possible, Status *status)
{
    char *all = CPLStrdup(possible[0]);
    for (int i = 1; possible[i] != NULL; i++) {
        char *longer = CPLStrdup(CPLSPrintf("%s, %s", all, possible[i]));
        CPLFree(all);
        all = longer;
    }
    option_bad_value(name, value, CPLSPrintf("one of %s", all), status);
    CPLFree(all);
    return false;
}

bool option_choice(CSLConstList list, const char *name,
                   const OptionChoice **choice, Status *status)
{
    const OptionEntry *entry = option_table_find(name);
    const char *value = CSLFetchNameValueDef(list, name, entry->by_default);
    *choice = value != NULL ? option_find_choice(entry, value) : NULL;
    if (value == NULL || *choice != NULL)
        return true;
    char **possible = NULL;
    for (int i = 0; entry->choices[i].name != NULL; i++)
        if (entry->choices[i].same_as == NULL)
            possible = CSLAddString(possible, entry->choices[i].name);
    bad_choice(name, value, possible, status);
    CSLDestroy(possible);
    return false;
}

bool option_compression(CSLConstList list, const char *name, char **compress,
                        Status *status)
{
    const char *value =
        CSLFetchNameValueDef(list, name, option_table_find(name)->by_default);
    *compress = NULL;
    if (value == NULL)
        return true;
    char **possible = option_list_compressions();
    const int chosen = CSLFindString(possible, value);
    const bool ok = chosen >= 0 || bad_choice(name, value, possible, status);
    if (ok)
        *compress = CPLStrdup(possible[chosen]);
    CSLDestroy(possible);
    return ok;
}

char **option_values_for(OptionUser user, CSLConstList list)
{
    char **found = NULL;
    for (const OptionEntry *entry = option_table; entry->name != NULL;
         entry++) {
        const char *value = CSLFetchNameValue(list, entry->name);
        if (entry->user == user && value != NULL)
            found = CSLSetNameValue(found, entry->name, value);
    }
    return found;
}
