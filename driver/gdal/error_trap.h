/* SPDX-License-Identifier: MIT */
/** @file
 * Holds back what GDAL reports while we call it, so that one failure becomes
 * one message of ours, and so that nothing is reported on a worker thread.
 */
#ifndef ROWBAND_ERROR_TRAP_H
#define ROWBAND_ERROR_TRAP_H

#include <stdbool.h>

#include "cpl_error.h"
#include "cpl_port.h"

CPL_C_START

typedef enum TrapScope {
    TRAP_FAILURES, /**< debug messages pass, warnings too, at the end */
    TRAP_NOTHING,  /**< failures too pass at the end, in their order */
    TRAP_ALL       /**< nothing passes: for worker threads */
} TrapScope;

/** On the stack of the function that traps. */
typedef struct ErrorTrap {
    TrapScope scope;
    bool failed;        /**< whether there was a failure */
    int failures;       /**< how many */
    int warnings;       /**< likewise */
    CPLErrorNum number; /**< of the first failure */
    char message[400];  /**< of the first failure, or "" */
    char **held;        /**< to be reported: severity, number and text */
    const char *from, *to;
    CPLErr last_severity; /**< of GDAL's last error before; CE_None: none */
    CPLErrorNum last_number;
    char *last_message;
} ErrorTrap;

/** Begins trapping on this thread. */
void error_trap_begin(ErrorTrap *trap, TrapScope scope);

/** From now on says @p to where a message says @p from, both of which must live
 * until error_trap_end(). */
void error_trap_rename(ErrorTrap *trap, const char *from, const char *to);

/** Ends what error_trap_begin() began; traps nest. If a failure was trapped,
 * GDAL's last error is again what it was before. Then reports what was held
 * back. */
void error_trap_end(ErrorTrap *trap);

/** The same, without the report: call error_trap_report(), on whichever thread
 * it is to be made, or error_trap_forget(). */
void error_trap_stop(ErrorTrap *trap);
void error_trap_report(ErrorTrap *trap);

/** Forgets what error_trap_report() would report. */
void error_trap_forget(ErrorTrap *trap);

/** Adds what @p from holds to @p to, both stopped, and empties it. */
void error_trap_move(ErrorTrap *from, ErrorTrap *to);

/** Reports a failure that was trapped and turned out not to matter to us, as
 * it would have been. To be called after error_trap_end(). */
void error_trap_replay(const ErrorTrap *trap);

CPL_C_END

#endif
