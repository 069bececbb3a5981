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

/** Where the values of a tag lie in a file. */
typedef struct IfdValues {
    uint16_t type;
    uint64_t count; /**< 0: there is no such tag */
    uint64_t offset;
} IfdValues;

/** Finds the values of @p count tags of the directory at one offset, without
 * reading them; @p place says no tags.
 * @param[out] values as many
 * @return false as ifd_read(), also if some lie outside the file */
bool ifd_find_values(const IfdPlace *place, const uint16_t *tags, int count,
                     IfdValues *values, Status *status);

/** Reads some of them, as numbers.
 * @param values of type BYTE, SHORT, LONG or LONG8, at least first + count
 * @return false with STATUS_NO_MEMORY or what the file says */
bool ifd_read_numbers(const IfdPlace *place, const IfdValues *values,
                      uint64_t first, uint64_t count, uint64_t *numbers,
                      Status *status);

/** The offsets of the first @p count directories of a file; @p place says no
 * offset.
 * @return false with STATUS_INVALID if there are fewer */
bool ifd_find_all(const IfdPlace *place, int count, uint64_t *offsets,
                  Status *status);

#endif
