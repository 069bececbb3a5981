/* SPDX-License-Identifier: MIT */
/** @file
 * The file that is being made: append, then the header, then close. As long
 * as the header is not written the file cannot be taken for a TIFF, and if
 * anything fails it is deleted.
 */
#ifndef ROWBAND_SINK_H
#define ROWBAND_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "status.h"

typedef struct Sink Sink;

/** Bytes that a sink gathers before it writes, for the budget. */
enum { SINK_STAGE_NBYTES = 1 << 20 };

/** Creates the file.
 * @return NULL with STATUS_UNSUPPORTED if it is not one that can be written
 *         at its start last (a pipe, a device, /vsistdout/), STATUS_IO or
 *         STATUS_NO_MEMORY; a file that was there is then untouched */
Sink *sink_open(const char *path, Status *status);

/** An Output's append(): @p user is the Sink. One thread at a time. */
bool sink_append(void *user, const void *data, size_t nbytes, Status *status);

/** Overwrites the first bytes of the file, which must have been appended. */
bool sink_write_header(Sink *sink, const void *data, size_t nbytes,
                       Status *status);

/** Writes out what is gathered, closes the file, checks that it has the
 * length it should, and frees the sink. On failure the file is deleted. */
bool sink_close(Sink *sink, Status *status);

/** Closes and deletes the file and frees the sink; NULL is no sink. */
void sink_discard(Sink *sink);

#endif
