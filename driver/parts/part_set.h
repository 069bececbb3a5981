/* SPDX-License-Identifier: MIT */
/** @file
 * The parts of one run, as files: found, checked against each other, and read.
 *
 *     part_set_open -> part_set_index, part_set_statistics, part_set_read
 *     -> part_set_close
 *
 * Of each part only the index of its own tiles is read: what merging reads
 * grows with the raster, and not with raster times parts. On the thread that
 * called the driver.
 */
#ifndef ROWBAND_PART_SET_H
#define ROWBAND_PART_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cpl_port.h"
#include "ifd_read.h"
#include "part_record.h"
#include "parts.h"
#include "statistics.h"
#include "status.h"
#include "tile_spool.h"
#include "vsi_file.h"
#include "writer.h"

/** Where the tiles of an image lie in a part. */
typedef struct PartTiles {
    IfdValues offsets, nbytes;
} PartTiles;

typedef struct PartFile {
    char *name; /**< NULL: not found yet */
    uint64_t nbytes;
    IfdValues statistics;
    PartTiles *tiles;                /**< of each image that it has */
    uint64_t kept[SWATH_IMAGES_MAX]; /**< directories, see part_kept.h */
} PartFile;

/** Fields are this module's, but may be read. */
typedef struct PartSet {
    PartRun run;
    Layout layouts[PIPELINE_IMAGES_MAX];
    PartsShape shape;
    PartFile *parts;  /**< run.count of them, by number */
    VsiFile open;     /**< one of the parts */
    TileSpool *spool; /**< set by who makes levels: the rest of the store */
} PartSet;

CPL_C_START

/** Finds the parts, and checks that they are all of one run, each there once,
 * and complete.
 * @param name PART_NAMES_PREFIX and a path with * in its last component, or a
 *             folder, whose .tif files they are
 * @param[out] set call part_set_close() even after a failure
 * @return false with STATUS_INVALID or STATUS_READ, naming the file */
bool part_set_open(PartSet *set, const char *name, Status *status);
void part_set_close(PartSet *set);

/** @return how many images parts have */
static inline int part_set_image_count(const PartSet *set)
{
    return set->run.image_count * (set->run.top + 1);
}

/** Notes where the tiles of all images of parts lie in the store.
 * @param index of each image: zeroed, with room for all of its tiles
 * @return false with STATUS_READ, or STATUS_INVALID naming a part that is cut
 */
bool part_set_index(PartSet *set, TileIndex *index, Status *status);

/** Merges the records of the tiles of all parts, in the order of the tiles.
 * @param[out] bands one for each */
bool part_set_statistics(PartSet *set, Statistics *bands, Status *status);

/** A TileStore's read(): @p user is the PartSet. */
bool part_set_read(void *user, uint64_t position, void *data, size_t nbytes,
                   Status *status);

CPL_C_END

#endif
