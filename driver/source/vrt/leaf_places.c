/* SPDX-License-Identifier: MIT */
#include "leaf_places.h"

#include <stdlib.h>

bool leaf_places_add(LeafPlaces *list, Placement *place)
{
    const int count = list->count;
    if (place == NULL)
        return false;
    /* The bands of a VRT mostly lie in the same place. */
    for (int i = 0; i < count; i++)
        if (placement_equal(list->places[i], place)) {
            placement_free(place);
            return true;
        }
    Placement **places =
        realloc(list->places, ((size_t)count + 1) * sizeof *places);
    if (places == NULL) {
        placement_free(place);
        return false;
    }
    places[list->count++] = place;
    list->places = places;
    return true;
}

void leaf_places_clear(LeafPlaces *list)
{
    for (int i = 0; i < list->count; i++)
        placement_free(list->places[i]);
    free(list->places);
}

bool leaf_places_need(const LeafPlaces *list, const Window *part)
{
    for (int i = 0; i < list->count; i++) {
        const Window output = placement_output(list->places[i], part);
        if (!window_is_empty(&output))
            return true;
    }
    return list->has_unknown;
}

void leaf_places_rows(const LeafPlaces *list, int width, int height, int step,
                      int64_t *top, int64_t *bottom)
{
    Window rows = {.width = width, .height = step};
    *top = 0;
    *bottom = height;
    for (; rows.y + step < height && !leaf_places_need(list, &rows);
         rows.y += step)
        *top = rows.y + step;
    rows.y = (int64_t)((height - 1) / step) * step;
    rows.height = height - rows.y;
    for (; rows.y > *top && !leaf_places_need(list, &rows); rows.y -= step) {
        *bottom = rows.y;
        rows.height = step;
    }
}

bool leaf_places_need_later(const LeafPlaces *list, const Plan *plan,
                            const Window *done, const Window *part)
{
    for (int i = 0; i < list->count; i++) {
        const Window output = placement_output(list->places[i], part);
        if (!window_is_empty(&output) && plan_needs_later(plan, done, &output))
            return true;
    }
    return list->has_unknown;
}
