/* SPDX-License-Identifier: MIT */
/** @file
 * What must be true of every plan, as expectations of gtest_c.h: for the tests
 * and for the fuzzer.
 */
#ifndef ROWBAND_TESTS_PLAN_CHECKS_H
#define ROWBAND_TESTS_PLAN_CHECKS_H

#include "plan.h"

/** Windows that follow each other without gap or overlap along one axis, and
 * start anew at the next step of the other, partition the raster. */
void plan_check_partition(const PlanInput *in, const Plan *plan);

/** No block lies in two windows. */
void plan_check_blocks(const PlanInput *in, const Plan *plan);

/** Plan.window_nbytes and Plan.full_width are those of the windows. */
void plan_check_windows(const PlanInput *in, const Plan *plan);

/** The peak counts every part, none of which is more than was asked for; and
 * Plan.over_budget is the truth. */
void plan_check_budget(const PlanInput *in, const Plan *plan);

/** No more tiles are begun and unfinished than predicted; for at most 160 tiles
 * each way. */
void plan_check_carry(const PlanInput *in, const Plan *plan);

/** Plan.tiles_in_order is the truth, neither more nor less; for at most 160
 * tiles each way. */
void plan_check_order(const PlanInput *in, const Plan *plan);

/** plan_needs_later() is right about a rectangle of those that there are. */
void plan_check_later(const PlanInput *in, const Plan *plan);

/** The plan for 1 byte holds what the smallest budget that fits is; for pixels
 * of more than 1 byte. */
void plan_check_floor(const PlanInput *in, const Plan *plan);

/** With all the memory there is nothing is given up. */
void plan_check_plenty(const PlanInput *in, const Plan *plan);

/** Bands are grouped so that groups fit, and are no smaller than need be; for
 * pixels that are not at the limits. */
void plan_check_groups(const PlanInput *in, const Plan *plan);

/** For sizes at the limits, of which no more than the arithmetic can be had. */
void plan_check_extreme(const PlanInput *in, const Plan *plan);

#endif
