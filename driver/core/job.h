/* SPDX-License-Identifier: MIT */
/** @file
 * What there is to do for a worker: to encode a tile, or to make a piece of an
 * overview.
 */
#ifndef ROWBAND_JOB_H
#define ROWBAND_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "payload.h"
#include "pool.h"
#include "window.h"

/** A tile that is whole. */
typedef struct TileJob {
    int image; /**< of the file */
    int plane;
    int64_t tile_x, tile_y;
    Payload payload;
    Buffer *owner; /**< holds the pixels or the encoded bytes; one reference is
                        the job's. NULL: nothing has to be held */
    bool carried;  /**< owner is a buffer of this tile position only */
} TileJob;

/** A cell of an overview, with all pixels there that it is made from. */
typedef struct CellJob {
    int level;     /**< 1: the first overview */
    Window cell;   /**< in pixels of the level */
    Window held;   /**< what owner holds, in pixels of the level below */
    Buffer *owner; /**< as swath.h says; one reference is the job's */
    bool carried;  /**< owner is a buffer of this cell only */
} CellJob;

typedef struct Job {
    enum JobKind { JOB_TILE, JOB_CELL } kind;
    union {
        TileJob tile;
        CellJob cell;
    } of;
} Job;

#endif
