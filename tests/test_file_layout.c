/* SPDX-License-Identifier: MIT */
#include "file_layout.h"

#include <stdlib.h>

#include "cog_layout.h"
#include "gtest_c.h"
#include "layout_checks.h"
#include "random.h"

enum { CASES = 400, CASES_WITH_FAULTS = 200 };

static int64_t next_random(void *user, int64_t least, int64_t most)
{
    return random_in(user, least, most);
}

/** The same case for the same number. */
static LayoutCase *make_case(int number)
{
    Random random = {(uint64_t)number};
    const Numbers numbers = {next_random, &random};
    LayoutCase *layout = malloc(sizeof *layout);
    layout_case_make(layout, &numbers);
    test_context("case %d", number);
    return layout;
}

static void free_case(LayoutCase *layout)
{
    layout_case_free(layout);
    free(layout);
}

TEST_CASE(file_layout, every_byte_of_the_file_is_accounted_for)
{
    int cogs = 0, masked = 0, big = 0, by_band = 0, by_tile = 0;
    for (int i = 0; i < CASES && !test_failed(); i++) {
        Status status = {.code = STATUS_OK};
        LayoutCase *layout = make_case(i);
        expect_true(layout_case_run(layout, &status));
        layout_case_check(layout);
        cogs += layout->cog;
        masked += layout->image_count > 1;
        big += layout->bigtiff == BIGTIFF_YES;
        by_band += layout->cog && layout->interleave == INTERLEAVE_BAND;
        by_tile += layout->cog && layout->interleave == INTERLEAVE_TILE;
        free_case(layout);
    }
    expect_true(cogs > CASES / 4 && masked > CASES / 4 && big > CASES / 5);
    expect_true(by_band > CASES / 8 && by_tile > CASES / 8);
}

/** Runs a case with one call that fails.
 * @return whether the call was made */
static bool run_with(int number, LayoutFaults faults, StatusCode code,
                     const char *message)
{
    Status status = {.code = STATUS_OK};
    LayoutCase *layout = make_case(number);
    layout->faults = faults;
    const bool ok = layout_case_run(layout, &status);
    if (!ok) {
        expect_int_eq(status.code, code);
        expect_str_eq(status.message, message);
    }
    free_case(layout);
    return !ok;
}

TEST_CASE(file_layout, the_first_failure_ends_it)
{
    int64_t appends = 0, reads = 0, questions = 0;
    for (int i = 0; i < CASES_WITH_FAULTS && !test_failed(); i++) {
        int64_t nth = 0;
        while (
            run_with(i, (LayoutFaults){.append = ++nth}, STATUS_IO, "append"))
            appends++;
        for (nth = 0;
             run_with(i, (LayoutFaults){.read = ++nth}, STATUS_IO, "read");)
            reads++;
        for (nth = 0; run_with(i, (LayoutFaults){.go_on = ++nth},
                               STATUS_CANCELLED, "cancelled");)
            questions++;
        expect_true(
            run_with(i, (LayoutFaults){.header = 1}, STATUS_IO, "header"));
    }
    expect_true(appends > 500 && reads > 500);
    expect_int_eq(questions, reads);
}

/** Exchanges the first two tiles that are not empty.
 * @return false if there are no two */
static bool exchange_two(LayoutCase *layout)
{
    uint64_t *first = NULL;
    for (LayoutTile tile = {0}; layout_case_next(layout, &tile);) {
        const TileIndex *index = &layout->index[tile.image];
        if (index->nbytes[tile.index] == 0)
            continue;
        if (first != NULL) {
            const uint64_t offset = *first;
            *first = index->offsets[tile.index];
            index->offsets[tile.index] = offset;
            return true;
        }
        first = &index->offsets[tile.index];
    }
    return false;
}

TEST_CASE(file_layout, tiles_written_out_of_order_are_refused)
{
    int refused = 0;
    for (int i = 0; i < CASES && !test_failed(); i++) {
        Status status = {.code = STATUS_OK};
        LayoutCase *layout = make_case(i);
        if (!layout->stored && exchange_two(layout)) {
            layout->failed = true; /* nothing may be called */
            expect_true(!layout_case_run(layout, &status));
            expect_int_eq(status.code, STATUS_INVALID);
            refused++;
        }
        free_case(layout);
    }
    expect_int_lt(CASES / 8, refused);
}

/* --- Around 4 GiB -------------------------------------------------------- */

/* All tiles but one are of the largest size. */
enum { TILES = 64, LARGEST = 1 << 26 };

/** A file of which only the beginning is kept. */
typedef struct Fixture {
    ImageSpec image;
    uint64_t offsets[TILES];
    uint32_t nbytes[TILES];
    uint64_t file_nbytes;
    uint8_t header[FILE_LAYOUT_HEADER_NBYTES];
    size_t header_nbytes;
} Fixture;

static bool count_bytes(void *user, const void *data, size_t nbytes,
                        Status *status)
{
    Fixture *fixture = user;
    (void)data;
    (void)status;
    fixture->file_nbytes += nbytes;
    return true;
}

static bool keep_header(void *user, const void *header, Status *status)
{
    Fixture *fixture = user;
    (void)status;
    memcpy(fixture->header, header, fixture->header_nbytes);
    fixture->file_nbytes += fixture->header_nbytes;
    return true;
}

static bool read_nothing(void *user, uint64_t position, void *data,
                         size_t nbytes, Status *status)
{
    (void)user;
    (void)position;
    (void)data;
    (void)nbytes;
    (void)status;
    return true;
}

static bool always(void *user, double done)
{
    (void)user;
    return done <= 1;
}

static void fixture_init(Fixture *fixture, size_t header_nbytes,
                         uint32_t last_nbytes)
{
    const LayoutSpec spec = {.width = 16 * TILES,
                             .height = 16,
                             .bands = 1,
                             .sample_nbytes = 1,
                             .sample_nbits = 8,
                             .tile_width = 16,
                             .tile_height = 16};
    Status status = {.code = STATUS_OK};
    memset(fixture, 0, sizeof *fixture);
    fixture->header_nbytes = header_nbytes;
    fixture->image.codec = &codec_none;
    fixture->image.predictor = PREDICTOR_NONE;
    expect_true(layout_init(&fixture->image.layout, &spec, &status));
    for (int i = 0; i < TILES; i++) {
        fixture->offsets[i] = FILE_LAYOUT_TILES_BEGIN + (uint64_t)i * LARGEST;
        fixture->nbytes[i] = LARGEST;
    }
    fixture->nbytes[TILES - 1] = last_nbytes;
}

/** Lays out a file with a last tile of that many bytes. */
static bool lay_out(Fixture *fixture, bool cog, BigTiff bigtiff,
                    uint32_t last_nbytes, Status *status)
{
    fixture_init(fixture,
                 cog ? COG_LAYOUT_HEADER_NBYTES : FILE_LAYOUT_HEADER_NBYTES,
                 last_nbytes);
    const TileStore store = {read_nothing, NULL};
    const TileIndex index = {fixture->offsets, fixture->nbytes, TILES};
    const TileIndex *indexes[] = {&index};
    Ifd *ifd = ifd_new();
    const FileLayout layout = {.output = {count_bytes, fixture},
                               .tiles = &store,
                               .images = &fixture->image,
                               .index = indexes,
                               .ifds = &ifd,
                               .image_count = 1,
                               .level_count = 1,
                               .bigtiff = bigtiff,
                               .tiles_end = FILE_LAYOUT_TILES_BEGIN +
                                            (TILES - 1) * (uint64_t)LARGEST +
                                            last_nbytes,
                               .set_header = keep_header,
                               .go_on = always};
    const bool ok =
        (cog ? cog_layout_write : file_layout_write)(&layout, status);
    ifd_free(ifd);
    return ok;
}

/** A classic file has no byte that an offset of 32 bits does not reach. */
static void check_edge(bool cog)
{
    enum { SOME = 1 << 20 };
    Fixture fixture;
    Status status = {.code = STATUS_OK};
    expect_true(lay_out(&fixture, cog, BIGTIFF_NO, SOME, &status));
    const uint64_t others = fixture.file_nbytes - SOME;
    const uint32_t last = (uint32_t)(UINT32_MAX - others);
    int classic = 0;
    for (uint32_t nbytes = last - 4; nbytes <= last + 4; nbytes++) {
        /* Directories begin at even offsets. */
        const uint64_t all = others + nbytes + (cog ? 0 : nbytes & 1);
        const bool fits = all <= UINT32_MAX;
        status.code = STATUS_OK;
        test_context("%s with %u bytes", cog ? "COG" : "GTIFF", nbytes);
        expect_true(lay_out(&fixture, cog, BIGTIFF_IF_NEEDED, nbytes, &status));
        expect_int_eq(fixture.header[2], fits ? 42 : 43);
        if (fits)
            expect_int_eq(fixture.file_nbytes, all);
        expect_int_eq(lay_out(&fixture, cog, BIGTIFF_NO, nbytes, &status),
                      fits);
        expect_int_eq(status.code, fits ? STATUS_OK : STATUS_INVALID);
        classic += fits;
    }
    expect_true(classic >= 4 && classic <= 5);
}

TEST_CASE(file_layout, a_file_is_a_bigtiff_exactly_when_it_must_be)
{
    check_edge(false);
}

TEST_CASE(file_layout, a_cog_is_a_bigtiff_exactly_when_it_must_be)
{
    check_edge(true);
}
