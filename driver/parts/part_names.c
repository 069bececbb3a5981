/* SPDX-License-Identifier: MIT */
#include "part_names.h"

#include <string.h>

#include "cpl_conv.h"
#include "cpl_string.h"
#include "cpl_vsi.h"
#include "error_trap.h"
#include "text_list.h"

bool part_names_has_prefix(const char *name)
{
    return STARTS_WITH_CI(name, PART_NAMES_PREFIX);
}

/** @return whether a name matches a pattern, in which each * stands for any
 * characters */
static bool matches(const char *name, const char *pattern)
{
    /* Where to begin anew: what follows the last *, and how far it went. */
    const char *after = NULL, *from = NULL;
    while (*name != '\0') {
        if (*pattern == '*') {
            after = ++pattern;
            from = name;
        } else if (*pattern == *name) {
            pattern++;
            name++;
        } else if (after != NULL) {
            pattern = after;
            name = ++from;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

static bool is_folder(const char *path)
{
    VSIStatBufL stat;
    return VSIStatExL(path, &stat,
                      VSI_STAT_EXISTS_FLAG | VSI_STAT_NATURE_FLAG) == 0 &&
           VSI_ISDIR(stat.st_mode);
}

/** The files of a folder that a pattern names. */
static char **list(const char *folder, const char *pattern)
{
    char **names = VSIReadDir(folder);
    char **found = CPLCalloc((size_t)CSLCount(names) + 1, sizeof *found);
    int count = 0;
    for (int i = 0; names != NULL && names[i] != NULL; i++)
        if (matches(names[i], pattern))
            found[count++] = CPLStrdup(CPLFormFilename(folder, names[i], NULL));
    CSLDestroy(names);
    return found;
}

char **part_names(const char *pattern)
{
    ErrorTrap trap;
    char **found = NULL;
    const char *last = CPLGetFilename(pattern);
    error_trap_begin(&trap, TRAP_ALL);
    const bool starred = strchr(last, '*') != NULL;
    /* A folder on disk may have a * in its name; to ask a store is a request.
     */
    if (!(starred && STARTS_WITH(pattern, "/vsi")) && is_folder(pattern)) {
        found = list(pattern, "*.tif");
    } else if (starred) {
        char *folder = CPLStrdup(CPLGetPath(pattern));
        found = list(*folder != '\0' ? folder : ".", last);
        CPLFree(folder);
    } else {
        found = CSLAddString(NULL, pattern);
    }
    error_trap_end(&trap);
    text_list_sort(found);
    return found;
}
