/* SPDX-License-Identifier: MIT */
/** @file
 * Recycled buffers. A buffer is touched for the first time once and then
 * handed round: fresh memory costs more than copying into it.
 *
 * Ownership: pool_take() returns a buffer with one reference; whoever holds a
 * reference may read it; the last buffer_release() gives it back to its pool.
 * All functions may be called from any thread.
 */
#ifndef ROWBAND_POOL_H
#define ROWBAND_POOL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Pool Pool;

typedef struct Buffer {
    uint8_t *data; /**< aligned to 64 bytes */
    atomic_int references;
    Pool *pool;
    struct Buffer *next_idle; /**< the pool's own */
} Buffer;

/** A pool of buffers of @p buffer_nbytes each, none of them allocated yet.
 * @param limit how many may be out at once; 0: any number
 * @return NULL if there is no memory */
Pool *pool_new(size_t buffer_nbytes, int limit);

/** Frees what nobody holds; more can be taken all the same. */
void pool_free_idle(Pool *pool);

/** Frees the pool and its buffers, all of which must have been released. */
void pool_free(Pool *pool);

/** Takes a buffer, waiting up to @p timeout_ms for one to be released if the
 * limit is reached. Its contents are whatever was left in it.
 * @param[out] no_memory set to 1 if allocation failed, else to 0
 * @return NULL after the time-out or for want of memory */
Buffer *pool_take(Pool *pool, int timeout_ms, int *no_memory);

/** How many are out. */
int pool_out(Pool *pool);

/** The most bytes that were ever out at once. */
uint64_t pool_peak_nbytes(Pool *pool);

/** One more reference. */
void buffer_retain(Buffer *buffer);

/** @return whether the caller, who holds one, holds the only reference: then
 * nobody else can get one. */
bool buffer_is_sole(const Buffer *buffer);

/** One reference less. NULL is allowed. */
void buffer_release(Buffer *buffer);

#endif
