/* SPDX-License-Identifier: MIT */
#include "packbits.h"

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

bool packbits_unpack_row(const uint8_t **in, const uint8_t *end, uint8_t *out,
                         size_t nbytes)
{
    const uint8_t *at = *in;
    const uint8_t *const out_end = out + nbytes;
    while (out < out_end) {
        if (end - at < 2 || *at == MOST) /* which means nothing */
            return false;
        const bool is_run = *at > MOST;
        const size_t length = is_run ? 257u - *at : *at + 1u;
        at++;
        if (length > (size_t)(out_end - out) ||
            (!is_run && length > (size_t)(end - at)))
            return false;
        if (is_run)
            memset(out, *at, length);
        else
            memcpy(out, at, length);
        at += is_run ? 1 : length;
        out += length;
    }
    *in = at;
    return true;
}
