/* SPDX-License-Identifier: MIT */
#include "affine_placement.h"
#include "leaf.h"

Leaf *leaf_of_mask(GDALDatasetH dataset)
{
    Leaf *leaf = leaf_new(dataset);
    if (leaf == NULL)
        return NULL;
    const Affine whole = {.scale_x = 1,
                          .scale_y = 1,
                          .right = GDALGetRasterXSize(dataset),
                          .bottom = GDALGetRasterYSize(dataset)};
    leaf_need_mask(leaf);
    if (!leaf_add_placement(leaf, affine_placement_new(&whole))) {
        leaf_free(leaf);
        return NULL;
    }
    return leaf;
}
