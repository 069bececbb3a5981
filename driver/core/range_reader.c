/* SPDX-License-Identifier: MIT */
#include "range_reader.h"

#include <stdlib.h>
#include <string.h>

/** A place that is read from, and what is there. */
typedef struct Place {
    uint8_t *bytes;     /**< NULL: none yet */
    uint64_t begin;     /**< of bytes */
    size_t held_nbytes; /**< of bytes, from begin on */
    uint64_t asked;     /**< where the last read ended */
    uint64_t used;      /**< when that was: counts reads; 0: never */
} Place;

struct RangeReader {
    const TileStore *store;
    uint64_t nbytes;
    uint64_t reads;
    Place places[RANGE_READER_PLACES];
};

RangeReader *range_reader_new(const TileStore *store, uint64_t nbytes)
{
    RangeReader *reader = calloc(1, sizeof *reader);
    if (reader == NULL)
        return NULL;
    reader->store = store;
    reader->nbytes = nbytes;
    return reader;
}

void range_reader_free(RangeReader *reader)
{
    for (int i = 0; reader != NULL && i < RANGE_READER_PLACES; i++)
        free(reader->places[i].bytes);
    free(reader);
}

static bool goes_on(const Place *place, uint64_t position)
{
    return place->used > 0 && position >= place->asked &&
           position - place->asked <= RANGE_READER_GAP_NBYTES;
}

/** The place that a read goes on from, or else the one longest unused.
 * @param[out] ahead whether it goes on */
static Place *choose(RangeReader *reader, uint64_t position, bool *ahead)
{
    Place *oldest = &reader->places[0];
    for (int i = 0; i < RANGE_READER_PLACES; i++) {
        Place *place = &reader->places[i];
        if (goes_on(place, position)) {
            *ahead = true;
            return place;
        }
        if (place->used < oldest->used)
            oldest = place;
    }
    *ahead = false;
    return oldest;
}

/** What of a read the place has already.
 * @return how many bytes were copied to @p data */
static size_t take_held(const Place *place, uint64_t position, void *data,
                        size_t nbytes)
{
    const uint64_t end = place->begin + place->held_nbytes;
    if (place->bytes == NULL || position < place->begin || position >= end)
        return 0;
    const uint64_t there = end - position;
    const size_t taken = nbytes < there ? nbytes : (size_t)there;
    memcpy(data, place->bytes + (position - place->begin), taken);
    return taken;
}

/** Has the place hold what lies from @p position on. */
static bool fill(const RangeReader *reader, Place *place, uint64_t position,
                 Status *status)
{
    const uint64_t left = reader->nbytes - position;
    const size_t length =
        left < RANGE_READER_NBYTES ? (size_t)left : RANGE_READER_NBYTES;
    if (place->bytes == NULL)
        place->bytes = malloc(RANGE_READER_NBYTES);
    if (place->bytes == NULL)
        return status_fail(status, STATUS_NO_MEMORY, "out of memory");
    place->begin = position;
    place->held_nbytes = 0;
    if (!tile_store_read(reader->store, position, place->bytes, length, status))
        return false;
    place->held_nbytes = length;
    return true;
}

bool range_reader_read(void *user, uint64_t position, void *data, size_t nbytes,
                       Status *status)
{
    RangeReader *reader = user;
    bool ahead;
    Place *place = choose(reader, position, &ahead);
    const size_t taken = ahead ? take_held(place, position, data, nbytes) : 0;
    uint8_t *rest = (uint8_t *)data + taken;
    const size_t rest_nbytes = nbytes - taken;
    bool ok = true;
    if (rest_nbytes > 0 && ahead && rest_nbytes < RANGE_READER_NBYTES) {
        ok = fill(reader, place, position + taken, status);
        if (ok)
            take_held(place, position + taken, rest, rest_nbytes);
    } else if (rest_nbytes > 0) {
        ok = tile_store_read(reader->store, position + taken, rest, rest_nbytes,
                             status);
        place->held_nbytes = 0;
    }
    place->asked = position + nbytes;
    place->used = ++reader->reads;
    return ok;
}
