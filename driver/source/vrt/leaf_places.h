/* SPDX-License-Identifier: MIT */
/** @file
 * Where in the output a leaf lies: in several places, or in some that are not
 * known.
 */
#ifndef ROWBAND_LEAF_PLACES_H
#define ROWBAND_LEAF_PLACES_H

#include <stdbool.h>

#include "placement.h"
#include "plan.h"
#include "window.h"

/** Zeroed to begin with. */
typedef struct LeafPlaces {
    Placement **places;
    int count;
    bool has_unknown;
} LeafPlaces;

/** @param place becomes the list's, which frees it even after a failure; NULL:
 *        there was no memory for it
 * @return false if there is no memory */
bool leaf_places_add(LeafPlaces *list, Placement *place);
void leaf_places_clear(LeafPlaces *list);

/** @return whether any of the output comes from that part of the leaf */
bool leaf_places_need(const LeafPlaces *list, const Window *part);

/** Which rows of a leaf of that size the output comes from, or lie between
 * such.
 * @param step only multiples of it matter
 * @param[out] top, bottom the first, and the one after the last */
void leaf_places_rows(const LeafPlaces *list, int width, int height, int step,
                      int64_t *top, int64_t *bottom);

/** @return whether any that a window after @p done has does */
bool leaf_places_need_later(const LeafPlaces *list, const Plan *plan,
                            const Window *done, const Window *part);

#endif
