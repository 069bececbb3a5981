/* SPDX-License-Identifier: MIT */
/** @file
 * Bytes that are ready before their place in the file is known: a file without
 * a name, beside the target if it can be there, of which nothing is left
 * however the process ends.
 */
#ifndef ROWBAND_SPOOL_H
#define ROWBAND_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "status.h"

typedef struct Spool Spool;

/** @param target the file that is being made
 * @return NULL with STATUS_IO or STATUS_NO_MEMORY */
Spool *spool_open(const char *target, Status *status);

/** An Output's append(): @p user is the Spool. One thread at a time. */
bool spool_append(void *user, const void *data, size_t nbytes, Status *status);

/** Says that all is appended and reading begins. */
bool spool_end(Spool *spool, Status *status);

/** Reads @p nbytes from @p position on, in any order, best in ascending one. */
bool spool_read(Spool *spool, uint64_t position, void *data, size_t nbytes,
                Status *status);

/** NULL is no spool. */
void spool_free(Spool *spool);

#endif
