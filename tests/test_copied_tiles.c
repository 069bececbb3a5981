/* SPDX-License-Identifier: MIT */
#include "copied_tiles.h"

#include "gtest_c.h"

enum { WIDTH = 40, HEIGHT = 24, TILE = 16, TILES = 6, FILE_NBYTES = 100000 };

/** An image, what the output says of it, and what another file does. */
typedef struct Pair {
    ImageSpec image;
    Ifd *own, *source;
    Status status;
} Pair;

static void set(Ifd *ifd, uint16_t tag, uint32_t number)
{
    Status status = {.code = STATUS_OK};
    expect_true(ifd_set_number(ifd, tag, number, &status));
}

static void set_numbers(Ifd *ifd, uint16_t tag, const uint32_t *numbers,
                        uint64_t count)
{
    Status status = {.code = STATUS_OK};
    expect_true(ifd_set(ifd, tag, IFD_LONG, count, numbers, &status));
}

static void set_bits(Ifd *ifd, uint16_t last)
{
    const uint16_t bits[] = {16, last};
    Status status = {.code = STATUS_OK};
    expect_true(ifd_set(ifd, TAG_BITS_PER_SAMPLE, IFD_SHORT, 2, bits, &status));
}

static void pair_init(Pair *pair, const Codec *codec)
{
    static const uint32_t offsets[TILES] = {100, 300, 500, 700, 900, 0};
    static const uint32_t nbytes[TILES] = {200, 200, 200, 200, 200, 0};
    const LayoutSpec spec = {.width = WIDTH,
                             .height = HEIGHT,
                             .bands = 2,
                             .sample_nbytes = 2,
                             .sample_nbits = 16,
                             .tile_width = TILE,
                             .tile_height = TILE};
    *pair = (Pair){.image = {.codec = codec,
                             .sample_format = SAMPLE_FORMAT_UINT,
                             .predictor = PREDICTOR_HORIZONTAL},
                   .own = ifd_new(),
                   .source = ifd_new()};
    expect_true(layout_init(&pair->image.layout, &spec, &pair->status));
    set(pair->own, TAG_PHOTOMETRIC, 1);
    set(pair->own, TAG_COMPRESSION, 1); /* as for one pixel */
    set(pair->source, TAG_IMAGE_WIDTH, WIDTH);
    set(pair->source, TAG_IMAGE_LENGTH, HEIGHT);
    set(pair->source, TAG_TILE_WIDTH, TILE);
    set(pair->source, TAG_TILE_LENGTH, TILE);
    set(pair->source, TAG_SAMPLES_PER_PIXEL, 2);
    set(pair->source, TAG_PHOTOMETRIC, 1);
    set(pair->source, TAG_COMPRESSION, codec->tag);
    set(pair->source, TAG_PREDICTOR, PREDICTOR_HORIZONTAL);
    set_bits(pair->source, 16);
    set_numbers(pair->source, TAG_TILE_OFFSETS, offsets, TILES);
    set_numbers(pair->source, TAG_TILE_BYTE_COUNTS, nbytes, TILES);
}

static void pair_free(Pair *pair)
{
    ifd_free(pair->own);
    ifd_free(pair->source);
}

static const char *why_not(const Pair *pair)
{
    return copied_tiles_why_not(pair->source, pair->own, &pair->image);
}

TEST_CASE(copied_tiles, alike_is_what_says_the_same_or_leaves_out_what_it_may)
{
    Pair pair;
    pair_init(&pair, &codec_deflate);
    expect_true(why_not(&pair) == NULL);
    set(pair.source, TAG_SAMPLE_FORMAT, SAMPLE_FORMAT_UINT);
    set(pair.source, TAG_PLANAR_CONFIGURATION, 1);
    set(pair.source, TAG_FILL_ORDER, 1);
    expect_true(why_not(&pair) == NULL);
    pair_free(&pair);
}

TEST_CASE(copied_tiles, every_tag_that_differs_is_a_reason)
{
    static const struct {
        uint16_t tag;
        uint32_t number;
        const char *why_not;
    } others[] = {{TAG_TILE_WIDTH, 32, "the size of tiles"},
                  {TAG_TILE_LENGTH, 32, "the size of tiles"},
                  {TAG_SAMPLES_PER_PIXEL, 3, "bands"},
                  {TAG_SAMPLES_PER_PIXEL, 1, "INTERLEAVE"},
                  {TAG_BITS_PER_SAMPLE, 8, "bits"},
                  {TAG_SAMPLE_FORMAT, SAMPLE_FORMAT_INT, "the type of samples"},
                  {TAG_PHOTOMETRIC, 6, "PHOTOMETRIC"},
                  {TAG_PLANAR_CONFIGURATION, 2, "INTERLEAVE"},
                  {TAG_FILL_ORDER, 2, "the order of bits"},
                  {TAG_COMPRESSION, 5, "COMPRESS"},
                  {TAG_COMPRESSION, 32946, "COMPRESS"},
                  {TAG_PREDICTOR, 1, "PREDICTOR"},
                  {TAG_PREDICTOR, 3, "PREDICTOR"},
                  {TAG_T4_OPTIONS, 4, "options of CCITT"},
                  {TAG_T6_OPTIONS, 4, "options of CCITT"},
                  {TAG_LERC_PARAMETERS, 4, "parameters of LERC"}};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        Pair pair;
        pair_init(&pair, &codec_deflate);
        test_context("tag %d of %u", others[i].tag, others[i].number);
        set(pair.source, others[i].tag, others[i].number);
        expect_str_eq(why_not(&pair), others[i].why_not);
        pair_free(&pair);
    }
}

TEST_CASE(copied_tiles, tags_that_are_missing_have_their_defaults)
{
    static const uint16_t tags[] = {TAG_SAMPLES_PER_PIXEL, TAG_BITS_PER_SAMPLE,
                                    TAG_COMPRESSION,       TAG_PREDICTOR,
                                    TAG_TILE_WIDTH,        TAG_TILE_LENGTH};
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
        Pair pair;
        pair_init(&pair, &codec_deflate);
        test_context("without tag %d", tags[i]);
        ifd_remove(pair.source, tags[i]);
        expect_true(why_not(&pair) != NULL);
        pair_free(&pair);
    }
}

TEST_CASE(copied_tiles, all_bands_must_have_as_many_bits)
{
    Pair pair;
    pair_init(&pair, &codec_deflate);
    set_bits(pair.source, 8);
    expect_str_eq(why_not(&pair), "bits");
    pair_free(&pair);
}

TEST_CASE(copied_tiles, colours_matter_to_codecs_of_colours_alone)
{
    Pair pair;
    Codec of_colours = codec_deflate;
    pair_init(&pair, &codec_deflate);
    set(pair.source, TAG_PHOTOMETRIC, 2);
    expect_true(why_not(&pair) == NULL);
    of_colours.tag = 0; /* as the directory has it */
    pair.image.codec = &of_colours;
    set(pair.own, TAG_COMPRESSION, 7);
    set(pair.source, TAG_COMPRESSION, 7);
    expect_str_eq(why_not(&pair), "PHOTOMETRIC");
    set(pair.source, TAG_PHOTOMETRIC, 1);
    expect_true(why_not(&pair) == NULL);
    pair_free(&pair);
}

TEST_CASE(copied_tiles, tile_of_one_band_may_be_any_bands)
{
    Pair pair;
    pair_init(&pair, &codec_deflate);
    set(pair.source, TAG_PLANAR_CONFIGURATION, 2);
    set(pair.source, TAG_SAMPLES_PER_PIXEL, 7);
    expect_str_eq(why_not(&pair), "INTERLEAVE");
    LayoutSpec spec = pair.image.layout.spec;
    spec.planar = true;
    expect_true(layout_init(&pair.image.layout, &spec, &pair.status));
    expect_true(why_not(&pair) == NULL);
    spec.planar = false;
    spec.bands = 1;
    expect_true(layout_init(&pair.image.layout, &spec, &pair.status));
    expect_true(why_not(&pair) == NULL);
    pair_free(&pair);
}

/** What an image has of another at a place: what is left of a test. */
typedef struct Placed {
    OtherTiles tiles;
    TileIndex index;
    uint64_t offsets[TILES];
    uint32_t nbytes[TILES];
    OtherTilesCount count;
    const char *why_not;
} Placed;

static bool place(Pair *pair, Placed *placed, uint64_t file_nbytes,
                  const PlaneInOther *at)
{
    *placed = (Placed){.why_not = NULL};
    placed->index = (TileIndex){placed->offsets, placed->nbytes, TILES};
    pair->status = (Status){.code = STATUS_OK};
    expect_true(other_tiles_init(&placed->tiles, pair->source, &pair->image,
                                 file_nbytes, &placed->why_not, &pair->status));
    const bool ok =
        placed->why_not != NULL ||
        (other_tiles_fit(&placed->tiles, &pair->image.layout, at) &&
         other_tiles_place(&placed->tiles, &pair->image, at, &placed->index,
                           &placed->count, &pair->status));
    other_tiles_free(&placed->tiles);
    return ok;
}

static const PlaneInOther here = {.base = 1 << 20};

TEST_CASE(copied_tiles, index_is_the_directorys)
{
    Pair pair;
    Placed placed;
    pair_init(&pair, &codec_deflate);
    expect_true(place(&pair, &placed, FILE_NBYTES, &here));
    expect_true(placed.why_not == NULL);
    for (int i = 0; i < TILES; i++) {
        expect_int_eq(placed.offsets[i], i < 5 ? (1 << 20) + 100 + 200 * i : 0);
        expect_int_eq(placed.nbytes[i], i < 5 ? 200 : 0);
    }
    pair_free(&pair);
}

TEST_CASE(copied_tiles, tile_that_ends_behind_the_file_is_a_failure)
{
    Pair pair;
    Placed placed;
    pair_init(&pair, &codec_deflate);
    expect_true(place(&pair, &placed, 1100, &here));
    expect_true(!place(&pair, &placed, 1099, &here));
    expect_int_eq(pair.status.code, STATUS_READ);
    expect_true(strstr(pair.status.message, "tile 4 ") != NULL);
    const uint64_t offsets[TILES] = {UINT64_MAX, UINT64_MAX - 100, 1, 1, 1, 1};
    expect_true(ifd_set(pair.source, TAG_TILE_OFFSETS, IFD_LONG8, TILES,
                        offsets, &pair.status));
    expect_true(!place(&pair, &placed, UINT64_MAX / 2, &here));
    pair_free(&pair);
}

/** Has the source be one of 7 x 5 tiles, each at an offset that tells which it
 * is: a thousand for each row. */
static void enlarge(Pair *pair, uint16_t planes)
{
    enum { ACROSS = 7, DOWN = 5, ALL = 2 * ACROSS * DOWN };
    uint32_t offsets[ALL], nbytes[ALL];
    for (uint32_t i = 0; i < ALL; i++) {
        const uint32_t place = i % (ACROSS * DOWN);
        offsets[i] = 50000 * (i / (ACROSS * DOWN)) +
                     1000 * (place / ACROSS + 1) + 100 * (place % ACROSS);
        nbytes[i] = 100;
    }
    set(pair->source, TAG_IMAGE_WIDTH, ACROSS * TILE - 3);
    set(pair->source, TAG_IMAGE_LENGTH, DOWN * TILE - 5);
    set_numbers(pair->source, TAG_TILE_OFFSETS, offsets,
                (uint64_t)planes * ACROSS * DOWN);
    set_numbers(pair->source, TAG_TILE_BYTE_COUNTS, nbytes,
                (uint64_t)planes * ACROSS * DOWN);
}

TEST_CASE(copied_tiles, window_begins_with_a_tile)
{
    Pair pair;
    Placed placed;
    PlaneInOther at = {.x = 2 * TILE, .y = 3 * TILE};
    pair_init(&pair, &codec_deflate);
    enlarge(&pair, 1);
    expect_true(place(&pair, &placed, FILE_NBYTES, &at));
    expect_true(placed.why_not == NULL);
    for (int i = 0; i < TILES; i++)
        expect_int_eq(placed.offsets[i],
                      4000 + i / 3 * 1000 + 200 + i % 3 * 100);
    static const int64_t others[][2] = {{1, 0}, {0, 1}, {-1, TILE}};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        test_context("at %d,%d", (int)others[i][0], (int)others[i][1]);
        at.x = others[i][0];
        at.y = others[i][1];
        expect_true(!place(&pair, &placed, FILE_NBYTES, &at));
        expect_int_eq(pair.status.code, STATUS_OK);
    }
    pair_free(&pair);
}

TEST_CASE(copied_tiles, only_tiles_that_the_other_has_whole_are_placed)
{
    /* The last of ours in a row is half a tile wide or high, and of theirs. */
    static const struct {
        int64_t x, y;
        bool placed[TILES];
    } cases[] = {{-TILE, 0, {false, true, true, false, true, true}},
                 {0, -TILE, {false, false, false, true, true, true}},
                 {5 * TILE, 0, {true, false, false, true, false, false}},
                 {4 * TILE, 0, {true, true, true, true, true, true}},
                 {0, 4 * TILE, {false, false, false, false, false, false}},
                 {0, 3 * TILE, {true, true, true, true, true, true}}};
    Pair pair;
    Placed placed;
    pair_init(&pair, &codec_deflate);
    enlarge(&pair, 1);
    set(pair.source, TAG_IMAGE_WIDTH, 7 * TILE - 8);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        PlaneInOther at = {.x = cases[i].x, .y = cases[i].y};
        int count = 0;
        expect_true(place(&pair, &placed, FILE_NBYTES, &at));
        for (int tile = 0; tile < TILES; tile++) {
            test_context("case %d, tile %d", (int)i, tile);
            expect_true((placed.nbytes[tile] > 0) == cases[i].placed[tile]);
            count += cases[i].placed[tile];
        }
        expect_int_eq(placed.count.placed, count);
    }
    pair_free(&pair);
}

TEST_CASE(copied_tiles, only_tiles_that_are_shown_are_placed)
{
    static const int32_t shown[TILES] = {4, 7, 4, 4, 4, 4};
    Pair pair;
    Placed placed;
    PlaneInOther at = {.places = {0, 0, 2, 2}, .shown = shown, .number = 4};
    pair_init(&pair, &codec_deflate);
    expect_true(place(&pair, &placed, FILE_NBYTES, &at));
    expect_int_eq(placed.count.placed, 3);
    at.places.width = 3;
    expect_true(place(&pair, &placed, FILE_NBYTES, &at));
    expect_int_eq(placed.count.placed, 4);
    expect_int_eq(placed.count.holes, 1);
    pair_free(&pair);
}

TEST_CASE(copied_tiles, plane_is_any_of_the_other_file)
{
    Pair pair;
    Placed placed;
    PlaneInOther at = {.other_plane = 1};
    pair_init(&pair, &codec_deflate);
    LayoutSpec spec = pair.image.layout.spec;
    spec.bands = 1;
    expect_true(layout_init(&pair.image.layout, &spec, &pair.status));
    set(pair.source, TAG_PLANAR_CONFIGURATION, 2);
    enlarge(&pair, 2);
    expect_true(place(&pair, &placed, FILE_NBYTES, &at));
    expect_int_eq(placed.offsets[0], 51000);
    at.other_plane = 2;
    expect_true(!place(&pair, &placed, FILE_NBYTES, &at));
    pair_free(&pair);
}

TEST_CASE(copied_tiles, strips_have_the_rows_that_ours_have)
{
    enum { ROWS = 10, STRIPS = 5, ALL = 4 * ROWS + 3 };
    static const uint32_t offsets[STRIPS] = {10, 20, 30, 40, 50};
    static const uint32_t nbytes[STRIPS] = {10, 10, 10, 10, 10};
    Pair pair;
    Placed placed;
    pair_init(&pair, &codec_deflate);
    LayoutSpec spec = pair.image.layout.spec;
    spec.strips = true;
    spec.tile_height = ROWS;
    spec.height = 2 * ROWS + 3;
    expect_true(layout_init(&pair.image.layout, &spec, &pair.status));
    expect_str_eq(why_not(&pair), "tiles or strips");
    ifd_remove(pair.source, TAG_TILE_WIDTH);
    expect_true(why_not(&pair) == NULL);
    set(pair.source, TAG_IMAGE_LENGTH, ALL);
    set(pair.source, TAG_ROWS_PER_STRIP, ROWS);
    set_numbers(pair.source, TAG_STRIP_OFFSETS, offsets, STRIPS);
    set_numbers(pair.source, TAG_STRIP_BYTE_COUNTS, nbytes, STRIPS);
    PlaneInOther at = {.y = 2 * ROWS};
    expect_true(place(&pair, &placed, FILE_NBYTES, &at));
    expect_int_eq(placed.offsets[0], 30);
    expect_int_eq(placed.offsets[2], 50);
    /* Where the last of ours is a whole one of theirs. */
    at.y = ROWS;
    expect_true(place(&pair, &placed, FILE_NBYTES, &at));
    expect_int_eq(placed.count.placed, 2);
    expect_int_eq(placed.offsets[1], 30);
    expect_int_eq(placed.nbytes[2], 0);
    set(pair.source, TAG_ROWS_PER_STRIP, UINT32_MAX);
    set_numbers(pair.source, TAG_STRIP_OFFSETS, offsets, 1);
    set_numbers(pair.source, TAG_STRIP_BYTE_COUNTS, nbytes, 1);
    at.y = 0;
    expect_true(!place(&pair, &placed, FILE_NBYTES, &at));
    pair_free(&pair);
}

TEST_CASE(copied_tiles, sizes_that_no_encoder_makes_are_not_placed)
{
    static const char why_not[] = "the number of bytes of a tile";
    Pair pair;
    Placed placed;
    uint32_t nbytes[TILES] = {200, 200, 200, 200, 70000, 0};
    pair_init(&pair, &codec_deflate);
    set_numbers(pair.source, TAG_TILE_BYTE_COUNTS, nbytes, TILES);
    expect_true(place(&pair, &placed, FILE_NBYTES, &here));
    expect_str_eq(placed.count.why_not, why_not);
    expect_int_eq(placed.count.placed, 4);
    expect_int_eq(placed.nbytes[4], 0);
    set_numbers(pair.source, TAG_TILE_BYTE_COUNTS, nbytes, TILES - 1);
    expect_true(place(&pair, &placed, FILE_NBYTES, &here));
    expect_str_eq(placed.why_not, "the number of tiles");
    pair_free(&pair);
    /* What is not compressed has the size that it has. */
    pair_init(&pair, &codec_none);
    expect_true(place(&pair, &placed, FILE_NBYTES, &here));
    expect_str_eq(placed.count.why_not, why_not);
    expect_int_eq(placed.count.placed, 0);
    for (int i = 0; i < TILES - 1; i++)
        nbytes[i] = TILE * TILE * 4;
    set_numbers(pair.source, TAG_TILE_BYTE_COUNTS, nbytes, TILES);
    expect_true(place(&pair, &placed, FILE_NBYTES, &here));
    expect_true(placed.count.why_not == NULL);
    expect_int_eq(placed.count.placed, TILES - 1);
    pair_free(&pair);
}

TEST_CASE(copied_tiles, size_out_of_all_proportion_is_a_reason)
{
    static const uint16_t tags[] = {TAG_IMAGE_WIDTH, TAG_IMAGE_LENGTH,
                                    TAG_SAMPLES_PER_PIXEL};
    static const uint32_t numbers[] = {0, 1u << 31, UINT32_MAX};
    for (int i = 0; i < 9; i++) {
        Pair pair;
        Placed placed;
        pair_init(&pair, &codec_deflate);
        set(pair.source, tags[i / 3], numbers[i % 3]);
        expect_true(place(&pair, &placed, FILE_NBYTES, &here));
        expect_str_eq(placed.why_not, "the size");
        pair_free(&pair);
    }
}

TEST_CASE(copied_tiles, tables_are_compared_and_taken_over)
{
    Pair pair;
    const uint8_t tables[] = {1, 2, 3, 4};
    pair_init(&pair, &codec_deflate);
    expect_true(copied_tiles_share_tables(pair.source, pair.own));
    expect_true(ifd_set(pair.source, TAG_JPEG_TABLES, 7, sizeof tables, tables,
                        &pair.status));
    expect_true(!copied_tiles_share_tables(pair.source, pair.own));
    expect_true(ifd_set(pair.own, TAG_JPEG_TABLES, 7, 3, tables, &pair.status));
    set(pair.own, TAG_YCBCR_SUBSAMPLING, 2);
    expect_true(!copied_tiles_share_tables(pair.source, pair.own));
    expect_true(copied_tiles_take_tables(pair.own, pair.source, &pair.status));
    expect_true(copied_tiles_share_tables(pair.source, pair.own));
    expect_int_eq(ifd_count(pair.own, TAG_JPEG_TABLES), sizeof tables);
    expect_true(!ifd_has(pair.own, TAG_YCBCR_SUBSAMPLING));
    pair_free(&pair);
}
