/* SPDX-License-Identifier: MIT */
/** @file
 * Bytes that are ready before their place in the file is known: a file without
 * a name, beside the target if it can be there, of which nothing is left
 * however the process ends.
 */
#ifndef ROWBAND_TILE_SPOOL_H
#define ROWBAND_TILE_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "status.h"

typedef struct TileSpool TileSpool;

/** @param target the file that is being made
 * @return NULL with STATUS_IO or STATUS_NO_MEMORY */
TileSpool *tile_spool_open(const char *target, Status *status);

/** An Output's append(): @p user is the TileSpool. One thread at a time. */
bool tile_spool_append(void *user, const void *data, size_t nbytes,
                       Status *status);

/** Says that all is appended and reading begins; what appending holds is freed.
 */
bool tile_spool_end(TileSpool *spool, Status *status);

/** A TileStore's read(): @p user is the TileSpool. Reads @p nbytes from @p
 * position on, in any order, best in ascending one. */
bool tile_spool_read(void *user, uint64_t position, void *data, size_t nbytes,
                     Status *status);

/** NULL is no spool. */
void tile_spool_free(TileSpool *spool);

#endif
