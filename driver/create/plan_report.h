/* SPDX-License-Identifier: MIT */
/** @file
 * PLAN=YES: what a copy would do, as JSON. It is told from what would do it:
 * the same file, plans and source that a copy begins with. Nothing of the
 * source's pixels is read, unless that is needed to plan (holes).
 *
 * It is written to the target's name, because GDALDriver::CreateCopy() has
 * deleted a raster of that name by then: who plans names a file for the report,
 * and not the raster that is to come. driver/README.md describes the JSON.
 *
 * On the thread that called the driver.
 */
#ifndef ROWBAND_PLAN_REPORT_H
#define ROWBAND_PLAN_REPORT_H

#include <stdbool.h>

#include "copy.h"
#include "status.h"

/** Checks the name of a report: it ends in .json, unless it is a pipe or the
 * like.
 * @return false with STATUS_INVALID */
bool plan_report_check_target(const char *target, Status *status);

/** Writes the report to the target as a copy writes its file: it has its name
 * when it is whole, and what was there before stays until then.
 * @param[in,out] copy planned, before the source is begun; its result is set
 * @return false with STATUS_IO or STATUS_NO_MEMORY */
bool plan_report_write(Copy *copy, Status *status);

#endif
