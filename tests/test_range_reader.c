/* SPDX-License-Identifier: MIT */
#include "range_reader.h"

#include <stdlib.h>

#include "gtest_c.h"
#include "random.h"

enum { NBYTES = 5 << 20 };

/** A store that counts what it is asked. */
typedef struct Far {
    uint8_t *bytes;
    int64_t requests;
    uint64_t nbytes;
    int64_t fails_at; /**< which request; 0: none */
} Far;

static bool read_far(void *user, uint64_t position, void *data, size_t nbytes,
                     Status *status)
{
    Far *far = user;
    expect_true(position + nbytes <= NBYTES);
    if (++far->requests == far->fails_at)
        return status_fail(status, STATUS_READ, "far away");
    far->nbytes += nbytes;
    memcpy(data, far->bytes + position, nbytes);
    return true;
}

static Far *far_new(void)
{
    Random random = {.state = 1};
    Far *far = calloc(1, sizeof *far);
    far->bytes = malloc(NBYTES);
    random_fill(&random, far->bytes, NBYTES);
    return far;
}

static void far_free(Far *far)
{
    free(far->bytes);
    free(far);
}

static bool read_some(RangeReader *reader, const Far *far, uint64_t position,
                      size_t nbytes, Status *status)
{
    uint8_t *data = malloc(nbytes + 1);
    data[nbytes] = 77;
    const bool ok = range_reader_read(reader, position, data, nbytes, status);
    if (ok)
        expect_mem_eq(data, far->bytes + position, nbytes);
    expect_int_eq(data[nbytes], 77);
    free(data);
    return ok;
}

TEST_CASE(range_reader, tiles_in_order_become_large_ranges)
{
    enum { TILE = 10000, GAP = 8 };
    Far *far = far_new();
    const TileStore store = {read_far, far};
    Status status = {.code = STATUS_OK};
    RangeReader *reader = range_reader_new(&store, NBYTES);
    uint64_t at = 0;
    for (; at + TILE <= NBYTES; at += TILE + GAP)
        expect_true(read_some(reader, far, at, TILE, &status));
    expect_int_lt(far->requests, 2 + NBYTES / RANGE_READER_NBYTES + 1);
    expect_true(far->nbytes <= NBYTES);
    range_reader_free(reader);
    far_free(far);
}

TEST_CASE(range_reader, places_are_read_from_in_turn)
{
    enum { TILE = 5000, TILES = 150 };
    Far *far = far_new();
    const TileStore store = {read_far, far};
    Status status = {.code = STATUS_OK};
    RangeReader *reader = range_reader_new(&store, NBYTES);
    for (uint64_t i = 0; i < TILES; i++)
        for (uint64_t place = 0; place < RANGE_READER_PLACES; place++)
            expect_true(read_some(reader, far, place * (NBYTES / 4) + i * TILE,
                                  TILE, &status));
    expect_int_lt(far->requests, RANGE_READER_PLACES * 3);
    range_reader_free(reader);
    far_free(far);
}

TEST_CASE(range_reader, nothing_is_read_ahead_for_who_jumps)
{
    Far *far = far_new();
    const TileStore store = {read_far, far};
    Status status = {.code = STATUS_OK};
    RangeReader *reader = range_reader_new(&store, NBYTES);
    uint64_t asked = 0;
    for (uint64_t at = NBYTES - 20000; at > 20000; at -= 20000, asked += 1000)
        expect_true(read_some(reader, far, at, 1000, &status));
    expect_int_eq(far->nbytes, asked);
    range_reader_free(reader);
    far_free(far);
}

TEST_CASE(range_reader, bytes_are_the_stores_wherever_they_are_read)
{
    Random random = {.state = 7};
    Far *far = far_new();
    const TileStore store = {read_far, far};
    Status status = {.code = STATUS_OK};
    RangeReader *reader = range_reader_new(&store, NBYTES);
    uint64_t at = 0;
    for (int i = 0; i < 2000 && !test_failed(); i++) {
        const bool jumps = random_in(&random, 0, 3) == 0;
        const size_t most = random_in(&random, 0, 9) == 0 ? 3 << 19 : 9000;
        if (jumps || at >= NBYTES)
            at = (uint64_t)random_in(&random, 0, NBYTES - 1);
        size_t nbytes = (size_t)random_in(&random, 1, (int64_t)most);
        if (nbytes > NBYTES - at)
            nbytes = (size_t)(NBYTES - at);
        expect_true(read_some(reader, far, at, nbytes, &status));
        at += nbytes + (uint64_t)random_in(&random, 0, 10);
    }
    range_reader_free(reader);
    far_free(far);
}

TEST_CASE(range_reader, failure_is_the_stores_and_does_not_spoil_what_follows)
{
    for (int nth = 1; nth < 4; nth++) {
        Far *far = far_new();
        far->fails_at = nth;
        const TileStore store = {read_far, far};
        RangeReader *reader = range_reader_new(&store, NBYTES);
        int failures = 0;
        for (uint64_t i = 0; i < 400; i++) {
            Status status = {.code = STATUS_OK};
            if (!read_some(reader, far, i * 10000, 10000, &status)) {
                expect_int_eq(status.code, STATUS_READ);
                failures++;
            }
        }
        expect_int_eq(failures, 1);
        range_reader_free(reader);
        far_free(far);
    }
}
