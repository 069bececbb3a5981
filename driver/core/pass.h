/* SPDX-License-Identifier: MIT */
/** @file
 * One run over windows. A copy is one pass over everything, or several that
 * share it out: by levels (overviews that exist already are read, not made), by
 * bands, or by regions. Pure arithmetic.
 *
 * Of a level that a pass feeds, nothing is made from the level below. What no
 * pass feeds is made from the level below, for the bands of each pass there.
 */
#ifndef ROWBAND_PASS_H
#define ROWBAND_PASS_H

#include <stdbool.h>

#include "carve.h"
#include "layout.h"
#include "plan.h"
#include "status.h"
#include "window.h"
#include "window_source.h"

/** Immutable while it runs. Owns nothing. */
typedef struct Pass {
    const WindowSource *source;
    int readers;      /**< to start with; at most plan->readers, which may be
                           started once they are of use */
    const Plan *plan; /**< of a raster that is the region: its windows count
                           from the region's upper left corner, and its
                           pixels hold what pass_layouts() says */
    int level;        /**< whose windows are read; 0: the raster */
    int first_band, band_count; /**< from 0 on; all of them unless the layout
                                     is planar. The mask goes with band 0 */
    bool mask_again; /**< windows hold the mask though they do not have band 0,
                          since what is made of them depends on it; its tiles
                          are made once all the same */
    Window region; /**< in pixels of the level. It may cut tiles: the pass that
                        brings a tile's last pixel completes it, and until then
                        its pixels are held, beyond what the plan counts */
} Pass;

/** The pass over all of a raster of that layout. */
Pass pass_over_all(const WindowSource *source, const Plan *plan, int readers,
                   const Layout *layout);

/** Steps to the window after @p window, in pixels of the level; start with a
 * zeroed one. The windows partition the region.
 * @return false after the last */
bool pass_next(const Pass *pass, Window *window);

/** @return whether windows of the two hold the same bands */
bool pass_has_bands_of(const Pass *pass, const Pass *other);

/** What windows of the pass hold, to be arranged as swath.h says.
 * @param layouts of the @p image_count images of one level in the file
 * @param[out] out as many
 * @return how many of the images a window holds */
int pass_layouts(const Pass *pass, const Layout *layouts, int image_count,
                 Layout *out);

/** @return whether a level is fed by one of the passes with bands of @p pass */
bool pass_feeds_level(const Pass *passes, int pass_count, const Pass *pass,
                      int level);

/** @return whether windows of the pass hold the plane that says which pixels of
 * a raster of that layout are valid, if one does */
bool pass_knows_validity(const Pass *pass, const Layout *layout,
                         const ValidityPlane *validity);

/** What passes take at once, at most. */
typedef struct PassNeeds {
    uint64_t window_nbytes;
    int64_t window_buffers, slots, workers;
} PassNeeds;

PassNeeds pass_needs(const Pass *passes, int pass_count);

/** Checks each pass against the levels, and that no two bring the same pixel.
 * Whether they bring all is not checked.
 * @param layouts image_count of each level, level after level
 * @return false with STATUS_INVALID */
bool pass_check_all(const Pass *passes, int pass_count, const Layout *layouts,
                    int image_count, int level_count, Status *status);

/** Checks that each pass with some of the bands knows which pixels are valid.
 * @param layout of the raster
 * @return false with STATUS_INVALID */
bool pass_check_validity(const Pass *passes, int pass_count,
                         const Layout *layout, const ValidityPlane *validity,
                         Status *status);

#endif
