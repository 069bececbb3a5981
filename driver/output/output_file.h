/* SPDX-License-Identifier: MIT */
/** @file
 * The file that is being made: append, then close. Its header is written last
 * where that can be done, so that a file that is not whole cannot be taken for
 * a TIFF: when it is closed, or, if it is written in place, with its name;
 * where not, to a pipe or a compressed archive, it must be known before all
 * else. The file gets its name, or is deleted, by its Publication.
 */
#ifndef ROWBAND_OUTPUT_FILE_H
#define ROWBAND_OUTPUT_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "staged_file.h"
#include "status.h"

typedef struct OutputFile OutputFile;

/** Creates the file, with room for a header.
 * @param file its names; must outlive the output
 * @return NULL with STATUS_IO or STATUS_NO_MEMORY */
OutputFile *output_file_open(StagedFile *file, size_t header_nbytes,
                             Status *status);

/** @return whether the header may be set after other bytes */
bool output_file_can_seek(const OutputFile *output);

/** A FileLayout's set_header(): @p user is the OutputFile. Gives the header:
 * before the first output_file_append() if output_file_can_seek() says no;
 * otherwise it is written by output_file_close() or staged_file_place(). */
bool output_file_set_header(void *user, const void *header, Status *status);

/** An Output's append(): @p user is the OutputFile. One thread at a time. */
bool output_file_append(void *user, const void *data, size_t nbytes,
                        Status *status);

/** Writes out what is gathered and the header, closes the file, checks that it
 * has the length it should, and frees the output.
 * @return false with STATUS_IO */
bool output_file_close(OutputFile *output, Status *status);

/** Closes the file, whatever it holds, and frees the output; NULL is no
 * output. */
void output_file_discard(OutputFile *output);

#endif
