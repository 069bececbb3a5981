/* SPDX-License-Identifier: MIT */
/** @file
 * Faults to order: the Nth call of a kind fails, as it does when a machine runs
 * out of something. Calls that our own object files make are told to come by
 * here when the test program is linked (--wrap); those that GDAL makes itself
 * go where they always went.
 *
 * Nothing is counted and nothing fails but between fault_arm() and
 * fault_disarm(). Any thread may run into a fault.
 */
#ifndef ROWBAND_TESTS_FAULTS_H
#define ROWBAND_TESTS_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

typedef enum Fault {
    FAULT_NONE,
    FAULT_MEMORY, /**< malloc() and the like, new, GDAL's, and a compressor's */
    FAULT_MEMORY_OF_GDAL, /**< a call that works with pixels throws */
    FAULT_THREAD,         /**< pthread_create() */
    FAULT_CODEC,          /**< libdeflate cannot compress */
    FAULT_SYNC,           /**< fsync() */

    /* What asks fault_strikes() itself. */
    FAULT_DECODE,   /**< of a spy's block */
    FAULT_PROGRESS, /**< the callback says stop */
    FAULT_OPEN,     /**< this and what follows: see fault_files.h */
    FAULT_READ,
    FAULT_WRITE,
    FAULT_SHORT_WRITE, /**< half of it is written */
    FAULT_SEEK,
    FAULT_FLUSH,
    FAULT_TRUNCATE,
    FAULT_CLOSE,
    FAULT_STAT,
    FAULT_UNLINK,
    FAULT_RENAME,

    /* Calls that the driver makes itself, on any file: see fault_calls.c. */
    FAULT_CALL_OPEN,
    FAULT_CALL_WRITE,
    FAULT_CALL_FLUSH,
    FAULT_CALL_CLOSE,
    FAULT_CALL_STAT,
    FAULT_CALL_RENAME,
    FAULT_CALL_UNLINK,
    FAULT_CALL_LINK,
    FAULT_CALL_END /**< the process ends before one of these calls */
} Fault;

/** How a process ends by FAULT_CALL_END. */
enum { FAULT_END_STATUS = 9 };

typedef struct FaultReport {
    int64_t calls; /**< that could have failed */
    int64_t struck;
    int64_t held; /**< what our object files have allocated and not freed */
} FaultReport;

/** Has the @p nth call from now on fail, counted from 1; 0: none.
 * @param for_good and all that follow it */
void fault_arm(Fault fault, int64_t nth, bool for_good);

/** @return whether it is what is to fail */
bool fault_is_armed(Fault fault);

/** Ends what fault_arm() began. */
FaultReport fault_disarm(void);

/** Counts a call of a kind.
 * @return whether it is to fail */
bool fault_strikes(Fault fault);

#endif
