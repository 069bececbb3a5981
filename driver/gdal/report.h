/* SPDX-License-Identifier: MIT */
/** @file
 * How a failure is told to whoever called GDAL: one message that names the
 * target, with the number by which GDAL's users tell failures apart. On the
 * caller's thread only.
 */
#ifndef ROWBAND_REPORT_H
#define ROWBAND_REPORT_H

#include "cpl_port.h"
#include "error_trap.h"
#include "status.h"

CPL_C_START

/** Reports what @p status holds, which is a failure, as one
 * CPLError(CE_Failure). */
void report_failure(const char *target, const Status *status);

/** Likewise a failure of GDAL's that was trapped, under GDAL's own number. */
void report_trapped(const char *target, const ErrorTrap *trap);

CPL_C_END

#endif
