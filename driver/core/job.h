/* SPDX-License-Identifier: MIT */
/** @file
 * What there is to do for a worker: to encode a tile, or to make a piece of an
 * overview.
 */
#ifndef ROWBAND_JOB_H
#define ROWBAND_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "plan.h"
#include "pool.h"
#include "swath.h"

/** A tile whose pixels are all there. */
typedef struct TileJob {
    int image; /**< of the file */
    int plane;
    int64_t tile_x, tile_y;
    const uint8_t *pixels; /**< upper left sample */
    size_t row_nbytes;     /**< from one row to the next */
    PlaneView validity;    /**< of the same pixels; its pixels are NULL if there
                                is no such plane */
    Buffer *owner;         /**< holds the pixels; one reference is the job's */
    bool carried;          /**< owner is a buffer of this tile position only */
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
