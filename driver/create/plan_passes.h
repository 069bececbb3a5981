/* SPDX-License-Identifier: MIT */
/** @file
 * The passes of a copy, told for plan_report.h: windows in the order in which
 * they are read, and what each pass holds.
 */
#ifndef ROWBAND_PLAN_PASSES_H
#define ROWBAND_PLAN_PASSES_H

#include <stdint.h>

#include "copy.h"
#include "json_text.h"

/** How many windows, and the like, are told one by one; of more only the first
 * are, and how many there are. */
enum { PLAN_LISTED_MAX = 1000 };

/** Adds the array "passes", in the order in which they run. */
void plan_passes_add(JsonText *json, const Copy *copy);

/** What they hold at most, predicted. */
uint64_t plan_passes_peak_nbytes(const Copy *copy);

/** x, y, width, height. */
void plan_passes_add_window(JsonText *json, const char *name,
                            const Window *window);

/** Where blocks lie: x0, y0, and their size, in the object that is open. */
void plan_passes_add_grid(JsonText *json, const BlockGrid *grid);

/** @param count below zero if it is not known, which is told as null */
void plan_passes_add_count(JsonText *json, const char *name, int64_t count);

/** @param nbytes told as INT64_MAX if more */
void plan_passes_add_nbytes(JsonText *json, const char *name, uint64_t nbytes);

#endif
