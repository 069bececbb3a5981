/* SPDX-License-Identifier: MIT */
/** @file
 * From windows to tiles: gathers the tile positions and hands on a job for each
 * plane of each image.
 */
#ifndef ROWBAND_CARVE_H
#define ROWBAND_CARVE_H

#include <stdbool.h>
#include <stdint.h>

#include "gather.h"
#include "job.h"
#include "layout.h"
#include "status.h"

/** Which plane says what pixels are valid: a mask, or an alpha band. */
typedef struct ValidityPlane {
    bool present;
    int image, plane;
    size_t offset; /**< bytes from a pixel's first sample to its own */
    size_t sample_nbytes;
} ValidityPlane;

/** Takes over @p job and the reference in it, also when it fails.
 * @return false to make carver_feed() stop and fail */
typedef bool (*TileSink)(void *user, const TileJob *job);

typedef struct Carver Carver;

/** @param layouts     of @p image_count images with the same tile grid; kept
 * @param first_image number of the first of them in the file
 * @return NULL if there is no memory */
Carver *carver_new(const Layout *layouts, int image_count, int first_image,
                   TileSink sink, void *user);

/** The same of some rows of tiles only; others are not even begun.
 * @param rows of tiles, none if it is empty */
Carver *carver_new_of_rows(const Layout *layouts, int image_count,
                           int first_image, const Span *rows, TileSink sink,
                           void *user);

/** From now on jobs have this plane's view with them. */
void carver_set_validity(Carver *carver, const ValidityPlane *validity);

/** Before anything is fed: tiles in holes come empty. */
void carver_set_holes(Carver *carver, const GatherHoles *holes);

/** From now on jobs are of planes from @p plane on: the layouts are of a range
 * of an image's bands. */
void carver_set_first_plane(Carver *carver, int plane);

/** Frees the carver and whatever tiles are unfinished. All jobs that it gave
 * must have been released. */
void carver_free(Carver *carver);

/** Carves @p window, whose pixels lie in @p buffer as swath.h says. Tiles
 * come out in rows, left to right, all planes of an image, then the next
 * image. The caller keeps its reference to @p buffer.
 * @param buffer NULL: the window is a hole
 * @return false with STATUS_NO_MEMORY, or without a status when the sink
 *         said stop */
bool carver_feed(Carver *carver, const Window *window, Buffer *buffer,
                 Status *status);

/** Tiles begun and not finished. */
int64_t carver_open_count(const Carver *carver);

/** The most bytes that carried tiles ever held. */
uint64_t carver_peak_nbytes(const Carver *carver);

#endif
