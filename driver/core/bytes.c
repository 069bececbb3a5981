/* SPDX-License-Identifier: MIT */
#include "bytes.h"

#include <stdlib.h>
#include <string.h>

static bool make_room(ByteWriter *to, size_t nbytes)
{
    enum { LEAST = 4096 };
    if (to->failed || nbytes <= to->capacity - to->nbytes)
        return !to->failed;
    const size_t capacity = 2 * to->capacity + nbytes + LEAST;
    uint8_t *bytes = realloc(to->bytes, capacity);
    if (bytes == NULL) {
        to->failed = true;
        return false;
    }
    to->bytes = bytes;
    to->capacity = capacity;
    return true;
}

void bytes_put(ByteWriter *to, const void *data, size_t nbytes)
{
    if (nbytes == 0 || !make_room(to, nbytes))
        return;
    memcpy(to->bytes + to->nbytes, data, nbytes);
    to->nbytes += nbytes;
}

void bytes_put_number(ByteWriter *to, int64_t number)
{
    bytes_put(to, &number, sizeof number);
}

void bytes_put_block(ByteWriter *to, const void *data, size_t nbytes)
{
    bytes_put_number(to, (int64_t)nbytes);
    bytes_put(to, data, nbytes);
}

void bytes_put_text(ByteWriter *to, const char *text)
{
    const char *said = text != NULL ? text : "";
    bytes_put_block(to, said, strlen(said) + 1);
}

const void *bytes_take(ByteReader *from, size_t nbytes)
{
    from->failed = from->failed || nbytes > from->nbytes;
    if (from->failed)
        return NULL;
    const uint8_t *at = from->bytes;
    from->bytes += nbytes;
    from->nbytes -= nbytes;
    return at;
}

int64_t bytes_take_number(ByteReader *from, int64_t least, int64_t most)
{
    int64_t number = least;
    const void *at = bytes_take(from, sizeof number);
    if (at != NULL)
        memcpy(&number, at, sizeof number);
    if (number >= least && number <= most)
        return number;
    from->failed = true;
    return least;
}

const uint8_t *bytes_take_block(ByteReader *from, size_t *nbytes)
{
    *nbytes = (size_t)bytes_take_number(from, 0, INT64_MAX);
    const uint8_t *at = bytes_take(from, *nbytes);
    if (at == NULL)
        *nbytes = 0;
    return at;
}

const char *bytes_take_text(ByteReader *from)
{
    size_t nbytes = 0;
    const uint8_t *at = bytes_take_block(from, &nbytes);
    if (at != NULL && nbytes > 0 && at[nbytes - 1] == '\0')
        return (const char *)at;
    from->failed = true;
    return "";
}
