/* SPDX-License-Identifier: MIT */
#include <stddef.h>

#include "cpl_port.h"
#include "cpl_string.h"
#include "option_table.h"

const OptionEntry *option_table_find(const char *name)
{
    for (const OptionEntry *entry = option_table; entry->name != NULL; entry++)
        if (EQUAL(entry->name, name))
            return entry;
    return NULL;
}

bool option_concerns(const OptionEntry *entry, const char *compress)
{
    return CSLFindString((CSLConstList)entry->compress, compress) >= 0;
}

const OptionEntry *option_table_of_cog_word(const char *word,
                                            const char *compress)
{
    for (const OptionEntry *entry = option_table; entry->name != NULL; entry++)
        if (entry->cog_word != NULL && EQUAL(entry->cog_word, word) &&
            option_concerns(entry, compress))
            return entry;
    return NULL;
}

const OptionChoice *option_find_choice(const OptionEntry *entry,
                                       const char *value)
{
    for (const OptionChoice *choice = entry->choices; choice->name != NULL;
         choice++)
        if (EQUAL(choice->name, value))
            return choice->same_as != NULL
                       ? option_find_choice(entry, choice->same_as)
                       : choice;
    return NULL;
}
