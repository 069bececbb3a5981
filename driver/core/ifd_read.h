/* SPDX-License-Identifier: MIT */
/** @file
 * Reading directories of TIFF files, which may be anybody's: whatever does not
 * lie within the file is refused. Little-endian ones only.
 */
#ifndef ROWBAND_IFD_READ_H
#define ROWBAND_IFD_READ_H

#include <stddef.h>
#include <stdint.h>

#include "ifd.h"
#include "status.h"
#include "tile_store.h"

/** Reads a directory of a classic or BigTIFF file that is wholly in memory.
 * @param index 0 for the first directory, and so on
 * @return NULL with STATUS_INVALID if the bytes are not such a file or have
 *         fewer directories */
Ifd *ifd_parse(const uint8_t *bytes, size_t nbytes, int index, Status *status);

/** Which directory of a file to read, and what of it. */
typedef struct IfdPlace {
    const TileStore *file; /**< asked for nothing beyond its end */
    uint64_t file_nbytes;
    uint64_t offset;      /**< of the directory */
    const uint16_t *tags; /**< to be read; others are passed over */
    size_t tag_count;
    uint64_t values_max; /**< of a tag; with more it is refused */
} IfdPlace;

/** Reads the directory at one offset of a file.
 * @return NULL with STATUS_INVALID if there is none, or one that points outside
 *         the file; STATUS_NO_MEMORY; or what the file says */
Ifd *ifd_read(const IfdPlace *place, Status *status);

#endif
