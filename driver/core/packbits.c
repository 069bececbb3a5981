/* SPDX-License-Identifier: MIT */
#include "packbits.h"

#include <stdint.h>
#include <string.h>

/* Bytes that one count byte can stand for. */
enum { MOST = 128 };

size_t packbits_bound(size_t row_nbytes)
{
    return row_nbytes + (row_nbytes + MOST - 1) / MOST;
}

/** How often the byte at @p in is repeated, at most MOST times. */
static size_t run_length(const uint8_t *in, size_t nbytes)
{
    size_t length = 1;
    while (length < nbytes && length < MOST && in[length] == in[0])
        length++;
    return length;
}

/** How many bytes to write as they are: up to a run of three, as a run of two
 * is no shorter than its bytes and ends the literal. */
static size_t literal_length(const uint8_t *in, size_t nbytes)
{
    size_t length = 1;
    while (length < nbytes && length < MOST &&
           run_length(in + length, nbytes - length < 3 ? nbytes - length : 3) <
               3)
        length++;
    return length;
}

size_t packbits_row(const void *in, size_t nbytes, void *out)
{
    const uint8_t *from = in, *const end = from + nbytes;
    uint8_t *to = out;
    while (from < end) {
        const size_t left = (size_t)(end - from);
        size_t length = run_length(from, left);
        if (length >= 2) {
            *to++ = (uint8_t)(257 - length); /* 1 - length, signed */
            *to++ = *from;
        } else {
            length = literal_length(from, left);
            *to++ = (uint8_t)(length - 1);
            memcpy(to, from, length);
            to += length;
        }
        from += length;
    }
    return (size_t)(to - (uint8_t *)out);
}
