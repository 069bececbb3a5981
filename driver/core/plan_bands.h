/* SPDX-License-Identifier: MIT */
/** @file
 * How many bands of a raster are read together, where not all of them have room
 * in the budget: in groups, a pass for each. Pure arithmetic.
 */
#ifndef ROWBAND_PLAN_BANDS_H
#define ROWBAND_PLAN_BANDS_H

#include "plan.h"

/** Bands that may be read in groups. */
typedef struct PlanBands {
    int count; /**< at least 1 */
    /** Fills in what the plan for @p bands of them is made from. Sizes do not
     * decrease with their number; nothing else depends on it. */
    void (*input)(void *user, int bands, PlanInput *input);
    void *user;
} PlanBands;

/** Makes the plan for groups of as many bands as fit the budget with as many
 * workers as a single band has: all of them, or else groups of about equal
 * size. Where a single band exceeds the budget, groups exceed what it takes by
 * no more than a quarter.
 * @return bands of a group; the last may have fewer */
int plan_bands_make(Plan *plan, const PlanBands *bands);

#endif
