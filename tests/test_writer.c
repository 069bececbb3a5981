/* SPDX-License-Identifier: MIT */
#include "writer.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "gtest_c.h"
#include "random.h"
#include "threads.h"

enum {
    TILES = 2000, /* of the image, and as many of its mask */
    SLOTS = 5,
    SLOT_NBYTES = 64,
    THREADS = 8,
    START = 16,
    PATIENCE_MS = 60000
};

/** An output in memory, and what is known of the tiles in it. */
typedef struct Fixture {
    Layout layouts[2];
    Writer *writer;
    uint8_t *bytes;
    size_t nbytes;
    atomic_int users; /**< of the output at this moment */
    int appends, fail_at;
    atomic_llong next;
    atomic_int failures, refused;
} Fixture;

static bool append(void *user, const void *data, size_t nbytes, Status *status)
{
    Fixture *fixture = user;
    expect_int_eq(atomic_fetch_add(&fixture->users, 1), 0);
    memcpy(fixture->bytes + fixture->nbytes, data, nbytes);
    fixture->nbytes += nbytes;
    fixture->appends++;
    atomic_fetch_sub(&fixture->users, 1);
    return fixture->fail_at == 0 || fixture->appends < fixture->fail_at ||
           status_fail(status, STATUS_IO, "append %d", fixture->appends);
}

static void fixture_init(Fixture *fixture, int slots)
{
    const LayoutSpec spec = {.width = TILES,
                             .height = 1,
                             .bands = 1,
                             .sample_nbytes = 1,
                             .sample_nbits = 8,
                             .tile_width = 1,
                             .tile_height = 1};
    Status status = {.code = STATUS_OK};
    memset(fixture, 0, sizeof *fixture);
    for (int i = 0; i < 2; i++)
        expect_true(layout_init(&fixture->layouts[i], &spec, &status));
    fixture->bytes = malloc(2 * TILES * SLOT_NBYTES);
    fixture->writer = writer_new(fixture->layouts, 2, slots, SLOT_NBYTES,
                                 (Output){append, fixture}, START);
}

static void fixture_free(Fixture *fixture)
{
    writer_free(fixture->writer);
    free(fixture->bytes);
}

/* Tile number n goes to image n % 2, backwards in its index; some are left
 * out. */
static int64_t index_of(int64_t sequence)
{
    return TILES - 1 - sequence / 2;
}

static size_t nbytes_of(int64_t sequence)
{
    const uint64_t mix = random_mix((uint64_t)sequence);
    return mix % 7 == 0 ? 0 : 1 + mix % SLOT_NBYTES;
}

static bool commit(Fixture *fixture, int64_t sequence, const uint8_t *data,
                   Status *status)
{
    const size_t nbytes = nbytes_of(sequence);
    const Payload payload = nbytes > 0 ? payload_encoded(data, nbytes)
                                       : (Payload){.kind = PAYLOAD_EMPTY};
    return writer_commit(fixture->writer, sequence, (int)(sequence % 2),
                         index_of(sequence), &payload, status);
}

/** Reserves and commits one tile on the caller's thread.
 * @return what the writer said */
static bool put(Fixture *fixture, int64_t sequence, Status *status)
{
    uint8_t *data = writer_reserve(fixture->writer, sequence);
    if (data == NULL)
        return false;
    memset(data, (int)sequence, nbytes_of(sequence));
    return commit(fixture, sequence, data, status);
}

static void put_many(void *user)
{
    Fixture *fixture = user;
    int64_t sequence;
    while ((sequence = atomic_fetch_add(&fixture->next, 1)) < 2 * TILES) {
        Status status = {.code = STATUS_OK};
        uint8_t *data = writer_reserve(fixture->writer, sequence);
        if (data == NULL) {
            atomic_fetch_add(&fixture->refused, 1);
            return;
        }
        memset(data, (int)sequence, nbytes_of(sequence));
        if (random_mix((uint64_t)sequence) % 50 == 0)
            sleep_ms(1);
        if (!commit(fixture, sequence, data, &status)) {
            atomic_fetch_add(&fixture->failures, 1);
            expect_int_eq(status.code, STATUS_IO);
            writer_abort(fixture->writer);
        }
    }
}

TEST_CASE(writer, tiles_of_many_threads_are_written_in_sequence)
{
    Fixture fixture;
    fixture_init(&fixture, SLOTS);
    Threads *threads = threads_start(THREADS, put_many, &fixture);
    expect_int_eq(writer_wait(fixture.writer, 2 * TILES, PATIENCE_MS),
                  2 * TILES);
    threads_join(threads);

    uint64_t position = START;
    for (int64_t i = 0; i < 2 * TILES; i++) {
        const TileIndex *index = writer_index(fixture.writer, (int)(i % 2));
        uint8_t expected[SLOT_NBYTES];
        memset(expected, (int)i, SLOT_NBYTES);
        expect_int_eq(index->count, TILES);
        expect_int_eq(index->nbytes[index_of(i)], nbytes_of(i));
        expect_int_eq(index->offsets[index_of(i)],
                      nbytes_of(i) > 0 ? position : 0);
        expect_mem_eq(fixture.bytes + position - START, expected, nbytes_of(i));
        position += nbytes_of(i);
    }
    expect_int_eq(writer_position(fixture.writer), position);
    expect_int_eq(fixture.nbytes, position - START);
    fixture_free(&fixture);
}

TEST_CASE(writer, nothing_is_written_before_its_turn)
{
    Fixture fixture;
    Status status = {.code = STATUS_OK};
    fixture_init(&fixture, SLOTS);
    expect_true(put(&fixture, 2, &status));
    expect_true(put(&fixture, 1, &status));
    expect_int_eq(fixture.appends, 0);
    expect_int_eq(writer_wait(fixture.writer, 0, 0), 0);
    expect_true(put(&fixture, 0, &status));
    expect_int_eq(writer_wait(fixture.writer, 0, 0), 3);
    fixture_free(&fixture);
}

static void reserve_beyond(void *user)
{
    Fixture *fixture = user;
    if (writer_reserve(fixture->writer, SLOTS) == NULL)
        atomic_fetch_add(&fixture->refused, 1);
    atomic_fetch_add(&fixture->next, 1);
}

TEST_CASE(writer, no_more_tiles_wait_than_there_are_slots)
{
    Fixture fixture;
    Status status = {.code = STATUS_OK};
    fixture_init(&fixture, SLOTS);
    Threads *thread = threads_start(1, reserve_beyond, &fixture);
    for (int i = SLOTS - 1; i > 0; i--)
        expect_true(put(&fixture, i, &status));
    sleep_ms(30);
    expect_int_eq(atomic_load(&fixture.next), 0);
    expect_true(put(&fixture, 0, &status));
    threads_join(thread);
    expect_int_eq(atomic_load(&fixture.refused), 0);
    fixture_free(&fixture);
}

TEST_CASE(writer, abort_wakes_everyone_and_ends_all_writing)
{
    Fixture fixture;
    Status status = {.code = STATUS_OK};
    fixture_init(&fixture, SLOTS);
    uint8_t *data = writer_reserve(fixture.writer, 0);
    require(data != NULL);
    memset(data, 0, SLOT_NBYTES);
    Threads *threads = threads_start(THREADS, reserve_beyond, &fixture);
    sleep_ms(20);
    expect_int_eq(atomic_load(&fixture.next), 0);
    writer_abort(fixture.writer);
    threads_join(threads);
    expect_int_eq(atomic_load(&fixture.refused), THREADS);
    expect_true(writer_reserve(fixture.writer, 1) == NULL);
    commit(&fixture, 0, data, &status);
    expect_int_eq(fixture.appends, 0);
    expect_int_eq(writer_wait(fixture.writer, 1, PATIENCE_MS), 0);
    fixture_free(&fixture);
}

TEST_CASE(writer, wait_ends_in_time)
{
    Fixture fixture;
    fixture_init(&fixture, SLOTS);
    const double start = now_ms();
    expect_int_eq(writer_wait(fixture.writer, 1, 50), 0);
    expect_int_le(49, now_ms() - start);
    fixture_free(&fixture);
}

/* Numbers whose tiles are not left out, see nbytes_of(). */
static int64_t nth_written(int n)
{
    int64_t sequence = -1;
    while (n > 0)
        n -= nbytes_of(++sequence) > 0;
    return sequence;
}

TEST_CASE(writer, nothing_is_appended_after_a_failure)
{
    Fixture fixture;
    fixture_init(&fixture, 2 * SLOTS);
    fixture.fail_at = 2;
    const int64_t failing = nth_written(2);
    for (int64_t i = 0; i <= failing + 3; i++) {
        Status status = {.code = STATUS_OK};
        const bool ok = put(&fixture, i, &status);
        if (i <= failing)
            expect_int_eq(ok, i < failing);
        expect_int_eq(status.code, i == failing ? STATUS_IO : STATUS_OK);
    }
    expect_int_eq(fixture.appends, 2);
    const TileIndex *index = writer_index(fixture.writer, (int)(failing % 2));
    expect_int_eq(index->nbytes[index_of(failing)], 0);
    fixture_free(&fixture);
}

TEST_CASE(writer, failure_is_reported_to_one_thread_only)
{
    for (int fail_at = 1; fail_at < 200 && !test_failed(); fail_at++) {
        Fixture fixture;
        test_context("append %d fails", fail_at);
        fixture_init(&fixture, SLOTS);
        fixture.fail_at = fail_at;
        threads_join(threads_start(THREADS, put_many, &fixture));
        expect_int_eq(atomic_load(&fixture.failures), 1);
        expect_int_eq(fixture.appends, fail_at);
        fixture_free(&fixture);
    }
}
