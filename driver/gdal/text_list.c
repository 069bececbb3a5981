/* SPDX-License-Identifier: MIT */
#include "text_list.h"

#include <stdlib.h>
#include <string.h>

#include "cpl_string.h"

static int compare_texts(const void *a, const void *b)
{
    const char *const *left = a, *const *right = b;
    return strcmp(*left, *right);
}

void text_list_sort(char **list)
{
    if (list != NULL)
        qsort(list, (size_t)CSLCount(list), sizeof *list, compare_texts);
}
