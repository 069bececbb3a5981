/* SPDX-License-Identifier: MIT */
/** @file
 * The plan for a source and what is to be made of it: what each part of the
 * operation takes of the budget.
 */
#ifndef ROWBAND_PLAN_COPY_H
#define ROWBAND_PLAN_COPY_H

#include "file_spec.h"
#include "plan.h"
#include "source.h"

/** Makes the plan, has bands pass through a spool if that is better than what
 * is left of the budget otherwise (see source_spool()), tells it to who debugs,
 * and warns if the budget is too little. Limits what a warped source may hold.
 */
void plan_copy(Plan *plan, const FileSpec *file, Source *source,
               const char *target);

/** The plan for the pass that reads an overview, which becomes level @p level
 * of the file. One reader. */
void plan_copy_overview(Plan *plan, const FileSpec *file, int level,
                        Source *source);

#endif
