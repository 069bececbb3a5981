/* SPDX-License-Identifier: MIT */
#include "leaf_names.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The end of a leaf's name, always as long. */
#define READER_FORMAT ":%02d"
enum { READER_NCHARS = 3 };

static pthread_mutex_t living_mutex = PTHREAD_MUTEX_INITIALIZER;
static LeafName *living;

void leaf_names_add(LeafName *name, Leaf *leaf)
{
    name->leaf = leaf;
    snprintf(name->id, sizeof name->id, LEAF_NAME_PREFIX "%p" READER_FORMAT,
             (void *)leaf, 0);
    pthread_mutex_lock(&living_mutex);
    name->next = living;
    living = name;
    pthread_mutex_unlock(&living_mutex);
}

void leaf_names_remove(LeafName *name)
{
    pthread_mutex_lock(&living_mutex);
    LeafName **link = &living;
    while (*link != NULL && *link != name)
        link = &(*link)->next;
    if (*link != NULL)
        *link = (*link)->next;
    pthread_mutex_unlock(&living_mutex);
}

/** Where in a name that begins at @p name the number of the reader is; NULL if
 * it is no name of a leaf. */
static const char *reader_part(const char *name)
{
    const char *part = strchr(name + strlen(LEAF_NAME_PREFIX), ':');
    return part != NULL && strlen(part) >= READER_NCHARS ? part : NULL;
}

Leaf *leaf_names_find(const char *name, int *reader)
{
    const char *part = reader_part(name);
    if (part == NULL)
        return NULL;
    *reader = atoi(part + 1);
    pthread_mutex_lock(&living_mutex);
    const LeafName *found = living;
    while (found != NULL &&
           strncmp(found->id, name, (size_t)(part + 1 - name)) != 0)
        found = found->next;
    Leaf *leaf = found != NULL ? found->leaf : NULL;
    pthread_mutex_unlock(&living_mutex);
    return leaf;
}

void leaf_names_set_reader(char *text, int reader)
{
    char number[READER_NCHARS + 1];
    snprintf(number, sizeof number, READER_FORMAT, reader);
    for (; (text = strstr(text, LEAF_NAME_PREFIX)) != NULL; text++) {
        int before;
        /* A source's metadata may say anything. */
        if (leaf_names_find(text, &before) != NULL)
            memcpy((char *)reader_part(text), number, READER_NCHARS);
    }
}
