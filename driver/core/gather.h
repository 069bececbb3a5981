/* SPDX-License-Identifier: MIT */
/** @file
 * Rectangles out of windows. One that lies inside a window is handed on as it
 * lies in the window's buffer; one that windows cut is put together in a
 * buffer of its own (the carry) and handed on when its last pixel has come.
 */
#ifndef ROWBAND_GATHER_H
#define ROWBAND_GATHER_H

#include <stdbool.h>
#include <stdint.h>

#include "layout.h"
#include "pool.h"
#include "status.h"
#include "swath.h"
#include "window.h"

/** Which rectangles there are: each column with each row. They may overlap and
 * cover all; neither begin nor end ever decreases along an axis. */
typedef struct Grid {
    int64_t columns, rows;
    int64_t first_row; /**< those above it are passed over: rows from it on to
                            the last are gathered, if there are any */
    Span (*column)(const void *of, int64_t index);
    Span (*row)(const void *of, int64_t index);
    const void *of; /**< kept by reference */
} Grid;

/** A rectangle that is whole. */
typedef struct Gathered {
    int64_t column, row;
    Window rectangle;
    Window held;    /**< what the buffer holds; the rectangle is part of it */
    Buffer *buffer; /**< as swath.h lays it out; the callee takes references
                         of its own */
    bool carried;   /**< the buffer holds this rectangle only */
    bool hole; /**< there is nothing in it: of the buffer, which may be NULL,
                    nothing is looked at */
} Gathered;

/** What a gather is told of holes. Kept by reference. */
typedef struct GatherHoles {
    /** @return whether there is nothing but empty samples in a rectangle */
    bool (*is_hole)(const void *of, const Window *rectangle);
    const void *of;
    const uint8_t *empty[SWATH_IMAGES_MAX]; /**< a sample of each image */
} GatherHoles;

/** @return false to make gather_feed() stop and fail */
typedef bool (*GatherSink)(void *user, const Gathered *whole);

typedef struct Gather Gather;

/** @param layouts of @p image_count images of the same size; kept
 * @return NULL if there is no memory */
Gather *gather_new(const Layout *layouts, int image_count, const Grid *grid,
                   GatherSink sink, void *user);

/** Before anything is fed: rectangles in holes take no memory, and what holes
 * have of others is filled in. */
void gather_set_holes(Gather *gather, const GatherHoles *holes);

/** Frees the gather and whatever is unfinished. All buffers that it gave must
 * have been released. */
void gather_free(Gather *gather);

/** Takes what @p window, whose pixels lie in @p buffer, has of each rectangle.
 * Those that are whole come out in rows, left to right. The caller keeps its
 * reference to @p buffer.
 * @param buffer NULL: the window is a hole
 * @return false with STATUS_NO_MEMORY, or without a status when the sink
 *         said stop */
bool gather_feed(Gather *gather, const Window *window, Buffer *buffer,
                 Status *status);

/** Rectangles begun and not finished. */
int64_t gather_open_count(const Gather *gather);

/** The most bytes that carried rectangles ever held. */
uint64_t gather_peak_nbytes(const Gather *gather);

/** What a gather itself needs for each rectangle, for the budget. */
size_t gather_position_nbytes(void);

#endif
