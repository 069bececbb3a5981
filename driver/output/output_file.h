/* SPDX-License-Identifier: MIT */
/** @file
 * The file that is being made: append, then close. On a disk or in memory it
 * has another name beside its own until it is whole, and what was there before
 * stays till then. Its header is written last where that can be done, so that a
 * file that is not whole cannot be taken for a TIFF; where not, to a pipe or a
 * compressed archive, it must be known before all else. If anything fails the
 * file is deleted, but not what was no file.
 */
#ifndef ROWBAND_OUTPUT_FILE_H
#define ROWBAND_OUTPUT_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "status.h"

typedef struct OutputFile OutputFile;

/** Creates the file, with room for a header.
 * @param durable whether the file is to be on the disk, not only on its way
 *                there, before output_file_close() says so; only if
 * target_is_local()
 * @return NULL with STATUS_IO or STATUS_NO_MEMORY */
OutputFile *output_file_open(const char *target, size_t header_nbytes,
                             bool durable, Status *status);

/** @return whether the header may be set after other bytes */
bool output_file_can_seek(const OutputFile *output);

/** A FileLayout's set_header(): @p user is the OutputFile. Gives the header:
 * before the first output_file_append() if output_file_can_seek() says no;
 * otherwise it is written by output_file_close(). */
bool output_file_set_header(void *user, const void *header, Status *status);

/** An Output's append(): @p user is the OutputFile. One thread at a time. */
bool output_file_append(void *user, const void *data, size_t nbytes,
                        Status *status);

/** Writes out what is gathered and the header, closes the file, checks that it
 * has the length it should, gives it its name, and frees the output. On failure
 * the file is deleted. */
bool output_file_close(OutputFile *output, Status *status);

/** Closes and deletes the file and frees the output; NULL is no output. */
void output_file_discard(OutputFile *output);

#endif
