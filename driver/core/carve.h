/* SPDX-License-Identifier: MIT */
/** @file
 * From windows to tiles. A tile that lies inside a window is handed on as a
 * view of the window's buffer; one that windows cut is put together in a
 * buffer of its own (the carry) and handed on when its last pixel has come.
 */
#ifndef ROWBAND_CARVE_H
#define ROWBAND_CARVE_H

#include <stdbool.h>
#include <stdint.h>

#include "plan.h"
#include "pool.h"
#include "status.h"
#include "swath.h"

/** Which plane says what pixels are valid: a mask, or an alpha band. */
typedef struct ValidityPlane {
    bool present;
    int image, plane;
    size_t offset; /**< bytes from a pixel's first sample to its own */
    size_t sample_nbytes;
} ValidityPlane;

/** A tile whose pixels are all there. */
typedef struct TileJob {
    int image, plane;
    int64_t tile_x, tile_y;
    const uint8_t *pixels; /**< upper left sample */
    size_t row_nbytes;     /**< from one row to the next */
    PlaneView validity;    /**< of the same pixels; its pixels are NULL if there
                                is no such plane */
    Buffer *owner;         /**< holds the pixels; one reference is the job's */
    bool carried;          /**< owner is a buffer of this tile position only */
} TileJob;

/** Takes over @p job and the reference in it, also when it fails.
 * @return false to make carver_feed() stop and fail */
typedef bool (*TileSink)(void *user, const TileJob *job);

typedef struct Carver Carver;

/** @param layouts     of @p image_count images with the same tile grid; kept
 * @return NULL if there is no memory */
Carver *carver_new(const Layout *layouts, int image_count, TileSink sink,
                   void *user);

/** From now on jobs have this plane's view with them. */
void carver_set_validity(Carver *carver, const ValidityPlane *validity);

/** Frees the carver and whatever tiles are unfinished. All jobs that it gave
 * must have been released. */
void carver_free(Carver *carver);

/** Carves @p window, whose pixels lie in @p buffer as swath.h says. Tiles
 * come out in rows, left to right, all planes of an image, then the next
 * image. The caller keeps its reference to @p buffer.
 * @return false with STATUS_NO_MEMORY, or without a status when the sink
 *         said stop */
bool carver_feed(Carver *carver, const Window *window, Buffer *buffer,
                 Status *status);

/** Tiles begun and not finished. */
int64_t carver_open_count(const Carver *carver);

/** The most bytes that carried tiles ever held. */
uint64_t carver_peak_nbytes(const Carver *carver);

/** What a carver itself needs for each tile position, for the budget. */
size_t carver_position_nbytes(void);

#endif
