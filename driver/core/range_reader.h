/* SPDX-License-Identifier: MIT */
/** @file
 * Large ranges of a store in place of many small ones, for files that are far
 * away. Who reads tile after tile is read ahead for, as soon as a read begins
 * where the last one ended, or a little behind it (a COG has bytes between its
 * tiles); and so is who reads from several places in turn, as from a raster and
 * its mask.
 */
#ifndef ROWBAND_RANGE_READER_H
#define ROWBAND_RANGE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "status.h"
#include "tile_store.h"

enum {
    RANGE_READER_PLACES = 4,        /**< that are read from in turn */
    RANGE_READER_NBYTES = 1 << 20,  /**< that are read at once */
    RANGE_READER_GAP_NBYTES = 4096, /**< that are read and not asked for, rather
                                         than begin anew */
    RANGE_READER_HELD_NBYTES = RANGE_READER_PLACES * RANGE_READER_NBYTES
};

typedef struct RangeReader RangeReader;

/** @param store  kept by reference; asked for nothing beyond @p nbytes
 * @param nbytes how many bytes it has
 * @return NULL if there is no memory */
RangeReader *range_reader_new(const TileStore *store, uint64_t nbytes);

/** NULL is none. */
void range_reader_free(RangeReader *reader);

/** A TileStore's read(): @p user is the RangeReader. What is asked for lies
 * within the store. One thread at a time.
 * @return false with what the store says, or STATUS_NO_MEMORY */
bool range_reader_read(void *user, uint64_t position, void *data, size_t nbytes,
                       Status *status);

#endif
