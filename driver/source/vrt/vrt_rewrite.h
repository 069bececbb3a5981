/* SPDX-License-Identifier: MIT */
/** @file
 * A VRT's XML with other names in it: those of leaves in place of the datasets
 * at the bottom, and the rewritten XML itself in place of the names of VRTs.
 */
#ifndef ROWBAND_VRT_REWRITE_H
#define ROWBAND_VRT_REWRITE_H

#include <stdbool.h>

#include "cpl_minixml.h"
#include "gdal.h"
#include "leaf.h"

/** The datasets at the bottom of a VRT. */
typedef struct LeafSet {
    Leaf **leaves;
    int count;
    size_t xml_nbytes; /**< of VRTs that were put in the place of their names */
    bool unmapped;     /**< some leaf's place in the output is not known */
    char reason[300];  /**< why the VRT cannot be looked through, or "" */
} LeafSet;

/** Rewrites @p tree, which describes a dataset of that size.
 * @param folder that relative names start from
 * @param[in,out] set gets the leaves, to be freed by leaf_set_clear() also
 *        after a failure
 * @return false with set->reason */
bool vrt_rewrite(CPLXMLNode *tree, const char *folder, int width, int height,
                 LeafSet *set);

void leaf_set_clear(LeafSet *set);

#endif
