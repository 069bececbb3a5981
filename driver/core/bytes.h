/* SPDX-License-Identifier: MIT */
/** @file
 * Values one after the other in memory, written and read back: numbers in host
 * order, and bytes behind their number. What is read may be anybody's.
 */
#ifndef ROWBAND_BYTES_H
#define ROWBAND_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Bytes that grow. Zeroed before; the first failure stays. */
typedef struct ByteWriter {
    uint8_t *bytes; /**< to be freed with free() */
    size_t nbytes, capacity;
    bool failed; /**< out of memory */
} ByteWriter;

void bytes_put(ByteWriter *to, const void *data, size_t nbytes);
void bytes_put_number(ByteWriter *to, int64_t number);

/** How many there are, then the bytes. */
void bytes_put_block(ByteWriter *to, const void *data, size_t nbytes);

/** @param text NULL is put as an empty one */
void bytes_put_text(ByteWriter *to, const char *text);

/** What is yet to be read; the first failure stays. */
typedef struct ByteReader {
    const uint8_t *bytes;
    size_t nbytes;
    bool failed; /**< they ended too early, or are not what was asked for */
} ByteReader;

/** @return where @p nbytes bytes are, or NULL */
const void *bytes_take(ByteReader *from, size_t nbytes);

/** @return a number from @p least to @p most; @p least after a failure */
int64_t bytes_take_number(ByteReader *from, int64_t least, int64_t most);

/** @return where a block is, or NULL */
const uint8_t *bytes_take_block(ByteReader *from, size_t *nbytes);

/** @return a text, which ends; "" after a failure */
const char *bytes_take_text(ByteReader *from);

#endif
