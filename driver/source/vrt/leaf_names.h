/* SPDX-License-Identifier: MIT */
/** @file
 * The leaves of all operations under way, by name, so that GDAL can open one:
 * it gives a VRT's sources no other way to be found. Any thread may ask.
 */
#ifndef ROWBAND_LEAF_NAMES_H
#define ROWBAND_LEAF_NAMES_H

#include "cpl_port.h"

CPL_C_START

/** Begins the name under which a leaf can be opened as a dataset. */
#define LEAF_NAME_PREFIX "ROWBAND_LEAF:"

typedef struct Leaf Leaf;

/** A leaf's entry. */
typedef struct LeafName {
    char
        id[sizeof LEAF_NAME_PREFIX + 2 * sizeof(void *) + 8]; /**< reader 0's */
    Leaf *leaf;
    struct LeafName *next; /**< the list's own */
} LeafName;

/** Gives @p leaf a name that no other living leaf has. */
void leaf_names_add(LeafName *name, Leaf *leaf);
void leaf_names_remove(LeafName *name);

/** Finds a living leaf, and for which reader @p name is. */
Leaf *leaf_names_find(const char *name, int *reader);

/** Changes all names of leaves in @p text to those for @p reader, which is
 * less than 100. */
void leaf_names_set_reader(char *text, int reader);

CPL_C_END

#endif
