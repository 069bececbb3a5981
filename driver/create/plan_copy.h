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

/** What a plan for some of the bands of a level is made from, less what is the
 * source's to say.
 * @param makes_levels whether overviews are made from what is read */
PlanInput plan_copy_input(const FileSpec *file, int level, int bands,
                          bool makes_levels);

/** How many windows may be read at once.
 * @param why_one_reader see source_why_one_reader() */
int plan_copy_readers(const FileSpec *file, const char *why_one_reader);

/** Makes the plan, has bands pass through a spool if that is better than what
 * is left of the budget otherwise (see source_spool()), and tells it to who
 * debugs. Limits what a warped source may hold. */
void plan_copy(Plan *plan, const FileSpec *file, Source *source,
               const char *target);

/** Warns if the budget is too little for what is going to be done.
 * @param peak_nbytes that is predicted for it */
void plan_copy_warn(const FileSpec *file, uint64_t peak_nbytes);

/** The plan for the pass that reads an overview, which becomes level @p level
 * of the file. One reader. */
void plan_copy_overview(Plan *plan, const FileSpec *file, int level,
                        Source *source);

#endif
