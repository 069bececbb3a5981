/* SPDX-License-Identifier: MIT */
#include "option_refuse.h"

#include "cpl_conv.h"
#include "cpl_error.h"
#include "cpl_string.h"
#include "option_list.h"
#include "option_table.h"

/** @param value  NULL if it is the option that is refused, whatever it says
 * @param layout NULL if it is refused with any */
static bool refuse(const char *name, const char *value, const char *layout,
                   const char *instead, Status *status)
{
    return status_fail(status, STATUS_UNSUPPORTED,
                       "creation option %s%s%s is not supported%s%s%s", name,
                       value != NULL ? "=" : "", value != NULL ? value : "",
                       layout != NULL ? " with LAYOUT=" : "",
                       layout != NULL ? layout : "",
                       instead != NULL ? instead : "");
}

static bool refuse_unknown(CSLConstList list, Status *status)
{
    bool ok = true;
    for (int i = 0; ok && list != NULL && list[i] != NULL; i++) {
        char *name = NULL;
        CPLParseNameValue(list[i], &name);
        ok = name == NULL || option_table_find(name) != NULL ||
             (!option_list_has("GTiff", name) &&
              !option_list_has("COG", name)) ||
             refuse(name, NULL, NULL, NULL, status);
        CPLFree(name);
    }
    return ok;
}

bool option_refuse(CSLConstList list, Status *status)
{
    for (const OptionEntry *entry = option_table; entry->name != NULL;
         entry++) {
        const char *value = CSLFetchNameValue(list, entry->name);
        if (value != NULL && entry->user == USER_NONE &&
            (entry->refused != REFUSED_ON || CPLTestBool(value)))
            return refuse(entry->name, NULL, NULL, entry->instead, status);
    }
    return refuse_unknown(list, status);
}

static bool is_refused(const OptionEntry *entry, const char *value)
{
    switch (entry->refused) {
    case REFUSED_ON:
        return CPLTestBool(value);
    case REFUSED_OFF:
        return !CPLTestBool(value);
    case REFUSED_ONE:
        return EQUAL(value, entry->refused_value);
    case REFUSED_OTHER:
        return option_find_choice(entry, value) == NULL;
    default:
        return false;
    }
}

bool option_refuse_with(CSLConstList list, unsigned layout, Status *status)
{
    const char *layout_name = layout == WITH_COG ? "COG" : "GTIFF";
    for (const OptionEntry *entry = option_table; entry->name != NULL;
         entry++) {
        const char *value = CSLFetchNameValue(list, entry->name);
        if (value == NULL || entry->user == USER_NONE)
            continue;
        if ((entry->layouts & layout) == 0)
            return refuse(entry->name, NULL, layout_name,
                          entry->layouts == WITH_COG ? "; it needs LAYOUT=COG"
                                                     : entry->instead,
                          status);
        if ((entry->refused_with & layout) != 0 && is_refused(entry, value))
            return refuse(entry->name, value,
                          entry->refused_with == WITH_BOTH ? NULL : layout_name,
                          entry->instead, status);
    }
    return true;
}

void option_warn_of_idle(CSLConstList list, const char *compress)
{
    for (const OptionEntry *entry = option_table; entry->name != NULL; entry++)
        if (entry->compress[0] != NULL && !option_concerns(entry, compress) &&
            CSLFetchNameValue(list, entry->name) != NULL)
            CPLError(CE_Warning, CPLE_AppDefined,
                     "ROWBAND: %s has no effect with COMPRESS=%s", entry->name,
                     compress);
}
