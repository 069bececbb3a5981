/* SPDX-License-Identifier: MIT */
/** @file
 * The files that tiles are copied from, as one store of bytes with the spool:
 * see lossless_copy.h. There may be very many. Each is open while its tiles are
 * looked for, and again while they are copied; few are at a time. On the thread
 * that called the driver.
 */
#ifndef ROWBAND_LOSSLESS_FILES_H
#define ROWBAND_LOSSLESS_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "copied_tiles.h"
#include "encoding.h"
#include "gdal.h"
#include "ifd.h"
#include "status.h"
#include "tiff_file.h"
#include "tile_spool.h"
#include "tile_store.h"
#include "vrt_pieces.h"

/** A file that has tiles of an image. */
typedef struct LosslessFile {
    const ImageSpec *image;
    TiffFile *file;
    bool own_tables; /**< JPEG's are those of the output anyway */
} LosslessFile;

/** How many are open at once, at most. */
enum { LOSSLESS_FILES_OPEN = 32 };

/** Zeroed before; call lossless_files_close() in any case. */
typedef struct LosslessFiles {
    LosslessFile *at;
    int count, capacity;
    int *named; /**< by hash of name and image: numbers from 1 on, 0: none */
    size_t named_count;
    int open[LOSSLESS_FILES_OPEN]; /**< those open, the last used first */
    int open_count;
    TileSpool *spool; /**< the rest of the store, from its beginning on */
} LosslessFiles;

/** What is found of a band in a file whose tiles are like those of an image. */
typedef struct FoundTiles {
    int number;    /**< of the file */
    uint64_t base; /**< of its offsets in the store */
    Ifd *tags;
    OtherTiles tiles;
} FoundTiles;

/** Finds the file that a band is in, and compares what its directory says with
 * @p own and @p image.
 * @param bottom  the band, which is of no VRT
 * @param[out] found to be freed with lossless_files_found_free(), even after a
 *             failure
 * @return why its tiles are not those of @p image, or NULL; or, with a failure
 *         in @p status, either */
const char *lossless_files_find(LosslessFiles *files, const VrtBottom *bottom,
                                const ImageSpec *image, const Ifd *own,
                                FoundTiles *found, Status *status);
void lossless_files_found_free(FoundTiles *found);

/** The file that a position in the store is in, which is not the spool. */
LosslessFile *lossless_files_at(const LosslessFiles *files, uint64_t position);

/** A TileStore's read(): @p user is the LosslessFiles. */
bool lossless_files_read(void *user, uint64_t position, void *data,
                         size_t nbytes, Status *status);

/** What they hold, and reading them, for the budget. */
uint64_t lossless_files_held_nbytes(const LosslessFiles *files);

/** Closes those from number @p from on, for good. */
void lossless_files_close(LosslessFiles *files, int from);

#endif
