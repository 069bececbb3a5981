/* SPDX-License-Identifier: MIT */
/** @file
 * Files laid out in memory, of images, levels, masks and sparse tiles that any
 * source of numbers chooses, and what must hold for each: for the tests and the
 * fuzzer.
 */
#ifndef ROWBAND_TESTS_LAYOUT_CHECKS_H
#define ROWBAND_TESTS_LAYOUT_CHECKS_H

#include <stdbool.h>
#include <stdint.h>

#include "file_layout.h"
#include "pipeline.h"

/** Gives numbers from @p least to @p most, both included. */
typedef struct Numbers {
    int64_t (*next)(void *user, int64_t least, int64_t most);
    void *user;
} Numbers;

/** When something is to fail: the how manyth call, counted from 1; 0: never. */
typedef struct LayoutFaults {
    int64_t header, append, read, go_on;
} LayoutFaults;

/** What a file is made of, and what came of it. */
typedef struct LayoutCase {
    bool cog;
    bool stored; /**< tiles are in a store; always for a COG */
    BigTiff bigtiff;
    int image_count, level_count;
    Interleave interleave;
    ImageSpec images[PIPELINE_IMAGES_MAX];
    TileIndex index[PIPELINE_IMAGES_MAX];
    Ifd *ifds[PIPELINE_IMAGES_MAX];
    uint8_t *tiles; /**< all of them, in the order in which they were ready:
                         that of the file unless they are in a store */
    uint64_t tiles_nbytes;

    LayoutFaults faults; /**< to be set before the case is run */
    LayoutFaults calls;  /**< how often each was called */
    bool failed;         /**< whether one was told to fail: none may follow */
    uint8_t *file;
    uint64_t nbytes, room;
} LayoutCase;

/** A tile of a case; zeroed: none yet. */
typedef struct LayoutTile {
    int image, plane;
    int64_t x, y;
    int64_t index; /**< TIFF's */
    bool begun;
} LayoutTile;

/** Steps to the tile that follows in a file that is not a COG: level after
 * level, in each row after row, at each place plane after plane of the raster,
 * then of the mask.
 * @return false after the last */
bool layout_case_next(const LayoutCase *layout, LayoutTile *tile);

/** Makes a case; to be freed by layout_case_free(). */
void layout_case_make(LayoutCase *layout, const Numbers *numbers);
void layout_case_free(LayoutCase *layout);

/** Lays the file out, once for each case. */
bool layout_case_run(LayoutCase *layout, Status *status);

/** Expects the file that was laid out to be one: header, ghost area, order and
 * tags of directories, and each tile's place, frame and bytes; and every byte
 * of it to belong to one of these. */
void layout_case_check(const LayoutCase *layout);

#endif
