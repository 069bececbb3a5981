/* SPDX-License-Identifier: MIT */
/** @file
 * Where a dataset behind the source shows in the output: which source pixels an
 * output window needs, and which output windows a block of the source serves.
 * One dataset may have several places.
 *
 * The two directions are each other's inverse: an output pixel lies within
 * placement_output() of a source pixel if that lies within placement_input() of
 * the output pixel, and unless the placement is a warped one, only then. Both
 * may say more than GDAL really uses, and never less. Immutable; any thread may
 * ask.
 */
#ifndef ROWBAND_PLACEMENT_H
#define ROWBAND_PLACEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "cpl_port.h"
#include "plan.h"
#include "window.h"

CPL_C_START

/** How the blocks of a dataset lie in the output. */
typedef struct PlacedBlocks {
    BlockGrid grid;         /**< of them, or the nearest in whole pixels */
    bool exact;             /**< they end at its lines, and no output pixel
                                 needs a block beside its own */
    bool scattered;         /**< they lie as they like; the grid is that of what
                                 is read at once, and nothing else is told here:
                                 only placement_output() knows of each */
    int64_t halo_x, halo_y; /**< output pixels beyond its own that a block may
                                 serve */
    double source_pixels;   /**< behind one output pixel */
    double area;            /**< of the output that it covers, pixels */
} PlacedBlocks;

typedef struct Placement Placement;

/** What each kind of placement answers; the functions below say what. */
typedef struct PlacementOps {
    Window (*output)(const Placement *place, const Window *source);
    Window (*input)(const Placement *place, const Window *output);
    PlacedBlocks (*blocks)(const Placement *place, int width, int height);
    bool (*equal)(const Placement *a, const Placement *b);
    void (*free)(Placement *place);
} PlacementOps;

/** Begins the struct of each kind. */
struct Placement {
    const PlacementOps *ops;
};

/** The output pixels that may depend on the source pixels @p source; within the
 * output, empty if there are none. */
static inline Window placement_output(const Placement *place,
                                      const Window *source)
{
    return place->ops->output(place, source);
}

/** The source pixels that the output pixels @p output may depend on, halo
 * included; not clipped to the source's size, which a placement does not know.
 * Empty if there are none. */
static inline Window placement_input(const Placement *place,
                                     const Window *output)
{
    return place->ops->input(place, output);
}

/** @param width, height of a block, source pixels; the first is at 0,0 */
static inline PlacedBlocks placement_blocks(const Placement *place, int width,
                                            int height)
{
    return place->ops->blocks(place, width, height);
}

/** @return whether both are known to be the same place */
static inline bool placement_equal(const Placement *a, const Placement *b)
{
    return a->ops == b->ops && a->ops->equal(a, b);
}

/** @param place may be NULL */
static inline void placement_free(Placement *place)
{
    if (place != NULL)
        place->ops->free(place);
}

CPL_C_END

#endif
