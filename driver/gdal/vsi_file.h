/* SPDX-License-Identifier: MIT */
/** @file
 * A file of GDAL's file systems as a TileStore, read-only. What GDAL says of a
 * failure is part of the reason.
 *
 * On one thread at a time.
 */
#ifndef ROWBAND_VSI_FILE_H
#define ROWBAND_VSI_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cpl_port.h"
#include "cpl_vsi.h"
#include "range_reader.h"
#include "status.h"
#include "tile_store.h"

/** Zeroed when closed. May not be moved while it reads ahead. */
typedef struct VsiFile {
    const char *name; /**< not owned */
    VSILFILE *file;   /**< NULL: closed */
    uint64_t nbytes;
    TileStore direct;   /**< of the file itself */
    RangeReader *ahead; /**< reads that in large ranges; or NULL */
} VsiFile;

CPL_C_START

/** Opens one.
 * @param name kept by reference
 * @return false with STATUS_READ, and @p file is closed */
bool vsi_file_open(VsiFile *file, const char *name, Status *status);

/** @return whether a file is GDAL's to reach, and not in memory: far away, or
 * within another file */
bool vsi_file_is_remote(const char *name);

/** Has it read in large ranges from now on, as is best for files that are far
 * away.
 * @return false with STATUS_NO_MEMORY */
bool vsi_file_read_ahead(VsiFile *file, Status *status);

/** One that is closed is allowed. */
void vsi_file_close(VsiFile *file);

/** A TileStore's read(): @p user is the VsiFile, open.
 * @return false with STATUS_READ or STATUS_NO_MEMORY */
bool vsi_file_read(void *user, uint64_t position, void *data, size_t nbytes,
                   Status *status);

CPL_C_END

#endif
