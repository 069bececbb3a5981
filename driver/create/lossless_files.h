/* SPDX-License-Identifier: MIT */
/** @file
 * The files that tiles are copied from, each opened once, as one store of bytes
 * with the spool: see lossless_copy.h. On the thread that called the driver.
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
#include "vrt_bottom.h"

/** An image of a file, whose tiles are like those of one of ours. */
typedef struct LosslessFile {
    GDALDatasetH dataset;   /**< not owned */
    const ImageSpec *image; /**< whose tiles are like its own */
    TiffFile *file;
    Ifd *tags;
    OtherTiles tiles; /**< until lossless_files_settle() */
    uint64_t base;    /**< of its offsets in the store */
} LosslessFile;

/** Zeroed before; call lossless_files_close() in any case. */
typedef struct LosslessFiles {
    LosslessFile *at;
    int count, capacity;
    TileSpool *spool; /**< the rest of the store, from its beginning on */
} LosslessFiles;

/** Finds the file that a band is in, opening it if it is not open, and compares
 * what its directory says with @p own and @p image.
 * @param bottom  the band, which is of no VRT
 * @param[out] why_not why its tiles are not those of @p image
 * @return its number, or -1 with a reason or with STATUS_NO_MEMORY */
int lossless_files_find(LosslessFiles *files, const VrtBottom *bottom,
                        const ImageSpec *image, const Ifd *own,
                        const char **why_not, Status *status);

/** A TileStore's read(): @p user is the LosslessFiles. */
bool lossless_files_read(void *user, uint64_t position, void *data,
                         size_t nbytes, Status *status);

/** What reading them holds, for the budget. */
uint64_t lossless_files_held_nbytes(const LosslessFiles *files);

/** Lets go of what was needed to find tiles. */
void lossless_files_settle(LosslessFiles *files);

/** Closes those from number @p from on. */
void lossless_files_close(LosslessFiles *files, int from);

#endif
