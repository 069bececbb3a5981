/* SPDX-License-Identifier: MIT */
/* LEVEL_AUTO: which level a tile gets, and what that comes to. */
#include "level_trial.h"

#include <libdeflate.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "codec.h"
#include "decode.h"
#include "gtest_c.h"
#include "random.h"
#include "strip.h"

enum { TILE_NBYTES = 512 << 10 };

/* --- with sizes made up ----------------------------------------------------
 */

/** What levels are said to come to, in per mille of what they are given, and
 * what they were given. */
typedef struct MadeUp {
    int per_mille[LEVEL_USUAL + 1]; /**< by level */
    size_t nbytes;                  /**< in all */
    int calls;
} MadeUp;

static size_t made_up(void *user, int level, const uint8_t *bytes,
                      size_t nbytes)
{
    MadeUp *sizes = user;
    (void)bytes;
    sizes->nbytes += nbytes;
    sizes->calls++;
    expect_int_le(nbytes, LEVEL_SAMPLE_NBYTES);
    return nbytes * (size_t)sizes->per_mille[level] / 1000;
}

static int chosen(MadeUp *sizes, const uint8_t *tile, size_t nbytes)
{
    uint8_t *sample = malloc(LEVEL_SAMPLE_NBYTES);
    const LevelTrial trial = {made_up, sizes, sample};
    sizes->nbytes = 0;
    sizes->calls = 0;
    const int level = level_trial(&trial, tile, nbytes);
    free(sample);
    return level;
}

/** Four bytes that have often been there before, and no runs. */
static void fill_with_repeats(uint8_t *tile, size_t nbytes)
{
    for (size_t i = 0; i < nbytes; i++)
        tile[i] = (uint8_t)(i % 100);
}

TEST_CASE(level_trial, takes_the_first_level_that_is_about_as_good)
{
    static const struct {
        int one, two, four; /* per mille of the tile; the usual is 500 */
        int with_repeats, without;
    } cases[] = {{490, 500, 500, 1, 1}, {500, 500, 500, 2, 6},
                 {520, 500, 500, 2, 6}, {520, 501, 503, 4, 6},
                 {520, 507, 503, 4, 6}, {520, 507, 504, 6, 6},
                 {520, 509, 500, 6, 6}, {560, 490, 490, 6, 6},
                 {600, 600, 600, 6, 6}, {505, 600, 490, 6, 6}};
    uint8_t *repeats = malloc(TILE_NBYTES), *noise = malloc(TILE_NBYTES);
    Random random = {.state = 4};
    fill_with_repeats(repeats, TILE_NBYTES);
    random_fill(&random, noise, TILE_NBYTES);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        MadeUp sizes = {.per_mille = {[1] = cases[i].one,
                                      [2] = cases[i].two,
                                      [4] = cases[i].four,
                                      [LEVEL_USUAL] = 500}};
        test_context("case %d", (int)i);
        expect_int_eq(chosen(&sizes, repeats, TILE_NBYTES),
                      cases[i].with_repeats);
        expect_int_eq(chosen(&sizes, noise, TILE_NBYTES), cases[i].without);
    }
    free(noise);
    free(repeats);
}

TEST_CASE(level_trial, looks_at_little_where_nothing_is_gained)
{
    uint8_t *repeats = malloc(TILE_NBYTES), *noise = malloc(TILE_NBYTES);
    MadeUp worse = {.per_mille = {[1] = 700, [2] = 700, [4] = 700, [6] = 500}};
    MadeUp quick = {.per_mille = {[1] = 100, [2] = 100, [4] = 100, [6] = 100}};
    Random random = {.state = 4};
    fill_with_repeats(repeats, TILE_NBYTES);
    random_fill(&random, noise, TILE_NBYTES);
    expect_int_eq(chosen(&worse, repeats, TILE_NBYTES), LEVEL_USUAL);
    expect_int_le(worse.nbytes, TILE_NBYTES / 64);
    expect_int_eq(chosen(&worse, noise, TILE_NBYTES), LEVEL_USUAL);
    expect_int_le(worse.nbytes, TILE_NBYTES / 64);
    expect_int_eq(chosen(&quick, repeats, TILE_NBYTES), LEVEL_USUAL);
    expect_int_eq(quick.calls, 1);
    free(noise);
    free(repeats);
}

TEST_CASE(level_trial, small_tiles_are_not_tried)
{
    uint8_t *tile = malloc(LEVEL_TILE_NBYTES_MIN);
    MadeUp sizes = {.per_mille = {[1] = 400, [2] = 500, [4] = 500, [6] = 500}};
    fill_with_repeats(tile, LEVEL_TILE_NBYTES_MIN);
    expect_int_eq(chosen(&sizes, tile, 0), LEVEL_USUAL);
    expect_int_eq(chosen(&sizes, tile, 1), LEVEL_USUAL);
    expect_int_eq(chosen(&sizes, tile, LEVEL_TILE_NBYTES_MIN - 1), LEVEL_USUAL);
    expect_int_eq(sizes.calls, 0);
    expect_int_eq(chosen(&sizes, tile, LEVEL_TILE_NBYTES_MIN), 1);
    free(tile);
}

TEST_CASE(level_trial, what_cannot_be_told_is_not_taken)
{
    uint8_t *tile = malloc(TILE_NBYTES);
    MadeUp no_usual = {.per_mille = {[1] = 400, [2] = 400, [4] = 400}};
    MadeUp no_one = {.per_mille = {[2] = 400, [4] = 400, [6] = 400}};
    fill_with_repeats(tile, TILE_NBYTES);
    expect_int_eq(chosen(&no_usual, tile, TILE_NBYTES), LEVEL_USUAL);
    expect_int_eq(chosen(&no_one, tile, TILE_NBYTES), LEVEL_USUAL);
    free(tile);
}

/* --- with libdeflate -------------------------------------------------------
 */

/** Bytes as predictors leave them, and some that should mislead a sample. */
typedef enum Content {
    NOTHING,
    NOISE,
    HILLS,       /**< differences of 16 bits, about 0 */
    COLOURS,     /**< differences of 8 bits, few different ones */
    SMOOTH,      /**< differences that repeat */
    FAR_REPEATS, /**< noise that comes again further off than a sample is long
                  */
    PART_NOISE,
    CLASSES, /**< patches of few values */
    SALT,    /**< single values in a plain */
    WORDS,   /**< of a small vocabulary */
    CONTENTS
} Content;

static uint8_t word_byte(size_t at)
{
    /* Of word n the same at every place. */
    return (uint8_t)(random_mix(random_mix(at / 7) % 300 * 7 + at % 7) % 26);
}

static uint8_t byte_of(Content content, size_t i, Random *random,
                       const uint8_t *tile)
{
    const int dice = (int)random_in(random, 0, 255);
    const int bell = (int)(random_in(random, -9, 9) + random_in(random, -9, 9));
    switch (content) {
    case NOISE:
        return (uint8_t)dice;
    case HILLS:
        return (uint8_t)(i % 2 == 0 ? bell : tile[i - 1] >= 128 ? 255 : 0);
    case COLOURS:
        return (uint8_t)(bell / 4);
    case SMOOTH:
        return (uint8_t)(int)(4 * sin((double)i / 300) + (dice > 250));
    case FAR_REPEATS:
        return i < 30000 ? (uint8_t)dice : tile[i - 30000];
    case PART_NOISE:
        return (uint8_t)(i / 40000 % 3 == 1 ? dice : i % 512 < 200);
    case CLASSES:
        return (uint8_t)(random_mix(i % 1024 / 64 + i / 65536 * 16) % 9);
    case SALT:
        return (uint8_t)(dice < 8 ? dice : 77);
    case WORDS:
        return word_byte(i);
    default:
        return 0;
    }
}

static void fill(uint8_t *tile, size_t nbytes, Content content)
{
    Random random = {.state = (uint64_t)content + 1};
    for (size_t i = 0; i < nbytes; i++)
        tile[i] = byte_of(content, i, &random, tile);
}

/** Room for a tile, and what it comes to. */
typedef struct Encoded {
    uint8_t *bytes;
    size_t nbytes;
} Encoded;

static Encoded encode(void *state, const Strip *strip)
{
    Status status = {.code = STATUS_OK};
    const size_t bound = codec_deflate.bound(&strip->setup);
    Encoded encoded = {.bytes = malloc(bound)};
    expect_true(codec_deflate.encode(state, &strip->in, encoded.bytes, bound,
                                     &encoded.nbytes, &status));
    return encoded;
}

static Encoded encode_alone(int level, const uint8_t *tile, size_t nbytes)
{
    Strip strip;
    strip_init(&strip, level, tile, 512, (int64_t)nbytes / 512);
    void *state = codec_deflate.open(&strip.setup);
    const Encoded encoded = encode(state, &strip);
    codec_deflate.close(state);
    return encoded;
}

/** @return whether it is the same as at the usual level */
static bool check_size(const uint8_t *tile, size_t nbytes)
{
    const Encoded usual = encode_alone(LEVEL_USUAL, tile, nbytes);
    const Encoded found = encode_alone(LEVEL_AUTO, tile, nbytes);
    uint8_t *back = malloc(nbytes);
    const bool same = usual.nbytes == found.nbytes &&
                      memcmp(usual.bytes, found.bytes, usual.nbytes) == 0;
    expect_int_le(found.nbytes * 100, usual.nbytes * 102);
    expect_true(decode_rows(&codec_deflate, found.bytes, found.nbytes, back,
                            nbytes, 512));
    expect_mem_eq(back, tile, nbytes);
    free(back);
    free(found.bytes);
    free(usual.bytes);
    return same;
}

TEST_CASE(level_trial, tiles_are_at_most_2_percent_larger_than_at_level_6)
{
    static const size_t sizes[] = {
        512,         LEVEL_TILE_NBYTES_MIN - 512, LEVEL_TILE_NBYTES_MIN,
        TILE_NBYTES, 3 * LEVEL_TILE_NBYTES_MIN,   2 * TILE_NBYTES};
    int other = 0;
    uint8_t *tile = malloc(2 * TILE_NBYTES);
    for (int content = 0; content < CONTENTS; content++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            test_context("content %d, %d bytes", content, (int)sizes[i]);
            fill(tile, sizes[i], (Content)content);
            const bool same = check_size(tile, sizes[i]);
            other += !same;
            if (sizes[i] < LEVEL_TILE_NBYTES_MIN || content == NOTHING)
                expect_true(same);
        }
    /* There is something to gain. */
    expect_int_le(4, other);
    free(tile);
}

TEST_CASE(level_trial, depends_on_nothing_but_the_tile)
{
    uint8_t *tile = malloc(TILE_NBYTES + 1), *before = malloc(TILE_NBYTES);
    for (int content = 0; content < CONTENTS; content++) {
        Strip strip, other;
        test_context("content %d", content);
        fill(tile, TILE_NBYTES, (Content)content);
        fill(before, TILE_NBYTES, (Content)((content + 1) % CONTENTS));
        const Encoded alone = encode_alone(LEVEL_AUTO, tile, TILE_NBYTES);
        /* At another address, by a worker that has done something else. */
        memmove(tile + 1, tile, TILE_NBYTES);
        strip_init(&strip, LEVEL_AUTO, tile + 1, 512, TILE_NBYTES / 512);
        strip_init(&other, LEVEL_AUTO, before, 512, TILE_NBYTES / 512);
        void *state = codec_deflate.open(&strip.setup);
        const Encoded first = encode(state, &other);
        const Encoded again = encode(state, &strip);
        expect_int_eq(again.nbytes, alone.nbytes);
        expect_mem_eq(again.bytes, alone.bytes, alone.nbytes);
        codec_deflate.close(state);
        free(first.bytes);
        free(again.bytes);
        free(alone.bytes);
    }
    free(before);
    free(tile);
}

static int allocations_left;

static void *limited_malloc(size_t nbytes)
{
    return allocations_left-- > 0 ? malloc(nbytes) : NULL;
}

TEST_CASE(level_trial, want_of_memory_is_a_state_that_is_not_there)
{
    const uint8_t in[512] = {0};
    Strip strip;
    strip_init(&strip, LEVEL_AUTO, in, 512, 1);
    libdeflate_set_memory_allocator(limited_malloc, free);
    for (int i = 0; i < LEVELS_TRIED; i++) {
        test_context("%d compressors", i);
        allocations_left = i;
        expect_true(codec_deflate.open(&strip.setup) == NULL);
    }
    allocations_left = LEVELS_TRIED;
    void *state = codec_deflate.open(&strip.setup);
    expect_true(state != NULL);
    codec_deflate.close(state);
    libdeflate_set_memory_allocator(malloc, free);
}
