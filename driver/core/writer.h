/* SPDX-License-Identifier: MIT */
/** @file
 * Commits encoded tiles to the output in their sequence, whichever worker
 * finishes first, and keeps the tile index.
 *
 * There is no writer thread: the worker whose tile is next writes it and
 * whatever is ready behind it, while the others go on. The output thus has one
 * owner at a time, and the number of tiles that wait is bounded.
 */
#ifndef ROWBAND_WRITER_H
#define ROWBAND_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "layout.h"
#include "payload.h"
#include "status.h"

/** Where bytes go. append() is called from any worker, never from two at
 * once; says why in @p status (STATUS_IO) when it returns false, and reports
 * nothing elsewhere. */
typedef struct Output {
    bool (*append)(void *user, const void *data, size_t nbytes, Status *status);
    void *user;
} Output;

static inline bool output_append(const Output *output, const void *data,
                                 size_t nbytes, Status *status)
{
    return output->append(output->user, data, nbytes, status);
}

/** Where the tiles of one image lie, by TIFF index; 0 bytes at offset 0 are a
 * tile that was left out. */
typedef struct TileIndex {
    uint64_t *offsets;
    uint32_t *nbytes;
    int64_t count;
} TileIndex;

/** Bytes of a TileIndex for each tile, for the budget. */
enum { TILE_INDEX_NBYTES = sizeof(uint64_t) + sizeof(uint32_t) };

typedef struct Writer Writer;

/** @param slots       tiles between reserve and commit at once
 * @param slot_nbytes room for one encoded tile
 * @param position    offset in the file of the first byte appended
 * @return NULL if there is no memory */
Writer *writer_new(const Layout *layouts, int image_count, int slots,
                   size_t slot_nbytes, Output output, uint64_t position);
void writer_free(Writer *writer);

/** Waits until tile number @p sequence may be encoded.
 * @return slot_nbytes of room for it, or NULL after writer_abort() */
uint8_t *writer_reserve(Writer *writer, int64_t sequence);

/** Says what has become of the tile reserved as @p sequence, and writes what is
 * due.
 * @param payload encoded: written; bytes that lie elsewhere than in the room
 *                reserved are copied into it first. Empty: left out
 * @return false with STATUS_INVALID for pixels, for no bytes, and for more than
 *         there is room for: the tile is still due then. False if writing
 *         failed, or a tile came twice (STATUS_INVALID), on the thread that
 *         it failed on */
bool writer_commit(Writer *writer, int64_t sequence, int image,
                   int64_t tile_index, const Payload *payload, Status *status);

/** How long threads have waited in writer_reserve(), all of them together, in
 * nanoseconds. */
int64_t writer_waited_ns(Writer *writer);

/** When all tiles are written and no thread commits any more: frees the room
 * for encoded ones. */
void writer_free_slots(Writer *writer);

/** Nothing is written from now on; nobody waits any more. */
void writer_abort(Writer *writer);

/** Waits up to @p timeout_ms for @p count tiles to be written.
 * @return the number of tiles written */
int64_t writer_wait(Writer *writer, int64_t count, int timeout_ms);

/** To be called when no thread commits any more. What is taken is freed by who
 * takes it. */
TileIndex writer_take_index(Writer *writer, int image);
const TileIndex *writer_index(const Writer *writer, int image);
uint64_t writer_position(const Writer *writer);

#endif
