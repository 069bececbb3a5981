/* SPDX-License-Identifier: MIT */
/** @file
 * The lines of the table in FAULTS.md, counted by the run.
 */
#ifndef ROWBAND_TESTS_FAULT_TABLE_H
#define ROWBAND_TESTS_FAULT_TABLE_H

/** How often a fault was provoked, and what came of it. */
typedef struct FaultTally {
    int provoked;
    int lost;  /**< success was said, and a file is not there */
    int wrong; /**< there is a raster after a failure, or one that is not as it
                    should be */
} FaultTally;

/** Appends a line to the file that the environment variable ROWBAND_FAULTS
 * names, if there is one: fault, provoked, lost, wrong and crashes, between
 * tabs. A crash ends the test program, so that who gets as far as this has seen
 * none. */
void fault_table_add(const char *fault, const FaultTally *tally);

#endif
