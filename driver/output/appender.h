/* SPDX-License-Identifier: MIT */
/** @file
 * Appends to a file in large pieces, and notices when it cannot.
 */
#ifndef ROWBAND_APPENDER_H
#define ROWBAND_APPENDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cpl_vsi.h"
#include "status.h"

/** Bytes that are gathered before they are written, for the budget. */
enum { APPENDER_STAGE_NBYTES = 1 << 20 };

typedef struct Appender {
    VSILFILE *file;
    char *path;
    uint64_t position; /**< bytes appended */
    size_t staged;     /**< of them, not yet given to the file */
    uint8_t *stage;
} Appender;

/** Creates the file.
 * @param mode as VSIFOpenL()'s
 * @return false with STATUS_IO or STATUS_NO_MEMORY, and nothing to end */
bool appender_begin(Appender *appender, const char *path, const char *mode,
                    Status *status);

bool appender_append(Appender *appender, const void *data, size_t nbytes,
                     Status *status);

/** Gives the file all that was appended. */
bool appender_flush(Appender *appender, Status *status);

/** Writes at the file's current position, beside what is appended. */
bool appender_write(Appender *appender, const void *data, size_t nbytes,
                    Status *status);

/** Closes the file and frees what appender_begin() made, but not path.
 * @return false with STATUS_IO if the file says only now that it failed */
bool appender_close(Appender *appender, Status *status);

#endif
