/* SPDX-License-Identifier: MIT */
/* Parts share out the rows of tiles of each level, have read what they need,
 * and leave the rest for merging. */
#include "parts.h"

#include <stdlib.h>

#include "bytes.h"
#include "gtest_c.h"
#include "int_math.h"
#include "plan.h"
#include "random.h"

enum { CASES = TEST_ONE_IN > 1 ? 500 : 5000 };

typedef struct Levels {
    Layout layouts[LEVELS_MAX];
    PartsShape shape;
} Levels;

/** A raster and its overviews, until they fit a tile. */
static void make_levels(Levels *levels, Random *random, bool makes)
{
    int64_t width = random_magnitude(random, 1, 3000);
    int64_t height = random_magnitude(random, 1, 100000);
    const int64_t tile_width = 16 * random_magnitude(random, 1, 32);
    const int64_t tile_height = 16 * random_magnitude(random, 1, 32);
    int count = 0;
    do {
        Status status = {.code = STATUS_OK};
        const LayoutSpec spec = {.width = width,
                                 .height = height,
                                 .bands = 2,
                                 .sample_nbytes = 1,
                                 .sample_nbits = 8,
                                 .planar = random_once_in(random, 2),
                                 .tile_width = tile_width,
                                 .tile_height = tile_height};
        expect_true(layout_init(&levels->layouts[count++], &spec, &status));
        width = max64(width / 2, 1);
        /* As the tiles of a TILING_SCHEME may have it. */
        height = max64((height + random_in(random, 0, 1)) / 2, 1);
    } while (levels->layouts[count - 1].spec.height > tile_height);
    levels->shape = (PartsShape){.layouts = levels->layouts,
                                 .image_count = 1,
                                 .level_count = count,
                                 .makes_levels = makes && count > 1};
}

/** Needs some rows beside, as kernels do. */
static Span needs_more(const void *custom, Scale scale, Span of)
{
    const int64_t halo = *(const int64_t *)custom;
    const double ratio = scale_ratio(scale);
    const int64_t begin = (int64_t)((double)of.begin * ratio) - halo;
    const int64_t end = (int64_t)((double)of.end * ratio) + 1 + halo;
    return (Span){max64(begin, 0), min64(end, scale.source_size)};
}

static const Resampler resampler = {.needs = needs_more};

static void check_partition(const Levels *levels, int count)
{
    const int top = parts_top_level(&levels->shape, count);
    for (int level = 0; level < levels->shape.level_count; level++) {
        int64_t next = 0;
        for (int number = 1; number <= count; number++) {
            const Part part = {number, count};
            const Span rows = parts_tile_rows(&levels->shape, &part, level);
            expect_true(rows.begin <= rows.end);
            if (rows.begin == rows.end)
                continue;
            expect_int_eq(rows.begin, next);
            next = rows.end;
        }
        expect_int_eq(next,
                      level <= top ? levels->layouts[level].tiles_down : 0);
    }
}

TEST_CASE(parts, share_out_the_rows_of_each_level)
{
    Random random = {1};
    for (int i = 0; i < CASES && !test_failed(); i++) {
        Levels levels;
        make_levels(&levels, &random, random_once_in(&random, 2) == 0);
        test_context("case %d", i);
        check_partition(&levels, (int)random_magnitude(&random, 1, 300));
    }
}

/** Levels that are made are cut below each other, so that no part needs more of
 * the one below than its kernels do. */
static void check_cuts(const Levels *levels, const Part *part)
{
    const PartsShape *shape = &levels->shape;
    const int top = parts_top_level(shape, part->count);
    const Span below = parts_tile_rows(shape, part, 0);
    for (int level = 1; shape->makes_levels && level <= top; level++) {
        const Span rows = parts_tile_rows(shape, part, level);
        const int64_t down = levels->layouts[level].tiles_down;
        if (below.begin == below.end)
            continue;
        expect_int_eq(rows.begin, min64(below.begin >> level, down));
        expect_int_eq(below.begin % ((int64_t)1 << level), 0);
    }
}

static void check_needs(const Levels *levels, const Part *part, int64_t halo)
{
    const PartsShape *shape = &levels->shape;
    LevelRows rows[LEVELS_MAX];
    parts_rows(shape, part, &resampler, &halo, rows);
    for (int level = 0; level < shape->level_count; level++) {
        const LayoutSpec *spec = &levels->layouts[level].spec;
        const Span *tiles = &rows[level].tiles, *pixels = &rows[level].pixels;
        if (tiles->begin < tiles->end) {
            expect_true(pixels->begin <= tiles->begin * spec->tile_height);
            expect_true(pixels->end >=
                        min64(tiles->end * spec->tile_height, spec->height));
        }
        expect_true(pixels->end <= spec->height);
        if (level == 0 || !shape->makes_levels || pixels->begin >= pixels->end)
            continue;
        const Scale scale = {.source_size =
                                 levels->layouts[level - 1].spec.height,
                             .size = spec->height};
        const Span needed = needs_more(&halo, scale, *pixels);
        expect_true(rows[level - 1].pixels.begin <= needed.begin);
        expect_true(rows[level - 1].pixels.end >= needed.end);
    }
}

TEST_CASE(parts, have_read_what_their_tiles_are_made_from)
{
    Random random = {2};
    for (int i = 0; i < CASES && !test_failed(); i++) {
        Levels levels;
        make_levels(&levels, &random, true);
        Part part = {.count = (int)random_magnitude(&random, 1, 40)};
        part.number = (int)random_in(&random, 1, part.count);
        test_context("case %d, part %d of %d", i, part.number, part.count);
        check_cuts(&levels, &part);
        check_needs(&levels, &part, random_in(&random, 0, 9));
    }
}

TEST_CASE(parts, leave_to_merging_what_none_of_them_has)
{
    Random random = {3};
    for (int i = 0; i < CASES && !test_failed(); i++) {
        Levels levels;
        LevelRows rows[LEVELS_MAX];
        make_levels(&levels, &random, true);
        const int top = parts_top_level(&levels.shape, 4);
        parts_rows_of_merging(&levels.shape, top, rows);
        for (int level = 0; level < levels.shape.level_count; level++) {
            const Span *tiles = &rows[level].tiles;
            expect_int_eq(tiles->end - tiles->begin,
                          level > top ? levels.layouts[level].tiles_down : 0);
        }
    }
}

TEST_CASE(parts, are_about_as_high_as_each_other)
{
    /* 1.3 million by half a million pixels, overviews of which are made. */
    Levels levels = {.shape = {.image_count = 1, .makes_levels = true}};
    int64_t width = 1300000, height = 500000;
    Status status = {.code = STATUS_OK};
    for (int i = 0; i < 13; i++, width /= 2, height /= 2) {
        const LayoutSpec spec = {.width = width,
                                 .height = height,
                                 .bands = 1,
                                 .sample_nbytes = 1,
                                 .sample_nbits = 8,
                                 .tile_width = 512,
                                 .tile_height = 512};
        expect_true(layout_init(&levels.layouts[i], &spec, &status));
    }
    levels.shape.layouts = levels.layouts;
    levels.shape.level_count = 13;
    for (int count = 1; count <= 64; count *= 2) {
        const int64_t tiles = levels.layouts[0].tiles_down;
        int64_t most = 0;
        for (int number = 1; number <= count; number++) {
            const Part part = {number, count};
            const Span rows = parts_tile_rows(&levels.shape, &part, 0);
            most = max64(most, rows.end - rows.begin);
        }
        test_context("%d parts, top level %d, %d rows of %d", count,
                     parts_top_level(&levels.shape, count), (int)most,
                     (int)tiles);
        expect_true((double)most * count < 1.15 * (double)tiles);
        /* What is left for merging is a sixteenth of the raster at most. */
        expect_true(parts_top_level(&levels.shape, count) >= 2);
    }
}

TEST_CASE(parts, tiles_of_some_rows_are_stepped_through)
{
    Random random = {4};
    for (int i = 0; i < CASES && !test_failed(); i++) {
        Levels levels;
        make_levels(&levels, &random, false);
        const Layout *layout = &levels.layouts[0];
        Span rows = {random_in(&random, 0, layout->tiles_down), 0};
        rows.end = random_in(&random, rows.begin, layout->tiles_down);
        const int64_t places = layout->tiles_across * layout->tiles_down;
        int64_t tile = -1, seen = 0, last = -1;
        while ((tile = parts_next_tile(layout, &rows, tile)) >= 0) {
            const int64_t row = tile % places / layout->tiles_across;
            expect_true(tile > last && tile < layout->tile_count);
            expect_true(row >= rows.begin && row < rows.end);
            last = tile;
            seen++;
        }
        expect_int_eq(seen, parts_tile_count(layout, &rows));
    }
}

TEST_CASE(parts, windows_bring_the_rows_that_are_set)
{
    Random random = {5};
    for (int i = 0; i < CASES && !test_failed(); i++) {
        const int64_t block = random_in(&random, 1, 40);
        const PlanInput in = {
            .width = random_in(&random, 1, 300),
            .height = random_in(&random, 1, 300),
            .tile_width = 32,
            .tile_height = 32,
            .grid = {.block_width = block,
                     .block_height = block,
                     .x0 = random_in(&random, 0, block - 1),
                     .y0 = random_in(&random, 0, block - 1)},
            .pixel_nbytes = 1,
            .workers = 1,
            .readers = 1,
            .budget_nbytes = (uint64_t)random_magnitude(&random, 1, 1 << 20)};
        Plan plan;
        plan_make(&plan, &in);
        Span rows = {random_in(&random, 0, in.height - 1), 0};
        rows.end = random_in(&random, rows.begin + 1, in.height);
        plan_set_rows(&plan, &rows);
        int64_t pixels = 0, windows = 0;
        Window window = {.width = 0};
        while (plan_next(&plan, &window)) {
            expect_true(window.y >= rows.begin &&
                        window_bottom(&window) <= rows.end);
            pixels += window.width * window.height;
            windows++;
        }
        const Window below = {.y = rows.end - 1, .width = 1, .height = 9};
        expect_int_eq(pixels, in.width * (rows.end - rows.begin));
        expect_int_eq(windows, plan_window_count(&plan));
        const Window last = {
            .x = in.width - 1, .y = rows.end - 1, .width = 1, .height = 1};
        expect_true(!plan_needs_later(&plan, &last, &below));
    }
}

TEST_CASE(bytes, come_back_and_end)
{
    ByteWriter to = {.bytes = NULL};
    bytes_put_number(&to, -7);
    bytes_put_text(&to, "text");
    bytes_put_block(&to, "\1\2\3", 3);
    bytes_put_text(&to, NULL);
    expect_true(!to.failed);
    for (size_t nbytes = 0; nbytes <= to.nbytes; nbytes++) {
        ByteReader from = {.bytes = to.bytes, .nbytes = nbytes};
        size_t block = 0;
        const int64_t number = bytes_take_number(&from, -10, 10);
        const char *text = bytes_take_text(&from);
        const uint8_t *at = bytes_take_block(&from, &block);
        const char *none = bytes_take_text(&from);
        expect_int_eq(from.failed, nbytes < to.nbytes);
        if (from.failed)
            continue;
        expect_int_eq(number, -7);
        expect_str_eq(text, "text");
        expect_int_eq(block, 3);
        expect_mem_eq(at, "\1\2\3", 3);
        expect_str_eq(none, "");
    }
    ByteReader from = {.bytes = to.bytes, .nbytes = to.nbytes};
    expect_int_eq(bytes_take_number(&from, 0, 10), 0);
    expect_true(from.failed);
    free(to.bytes);
}
