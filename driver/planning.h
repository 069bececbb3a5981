/* SPDX-License-Identifier: MIT */
/** @file
 * The plan for a source and what is to be made of it: what each part of the
 * operation takes of the budget.
 */
#ifndef ROWBAND_PLANNING_H
#define ROWBAND_PLANNING_H

#include "contents.h"
#include "plan.h"
#include "source.h"

/** Makes the plan, tells it to who debugs, and warns if the budget is too
 * little. Limits what a warped source may hold. */
void planning_make(Plan *plan, const Contents *contents, Source *source);

#endif
