/* SPDX-License-Identifier: MIT */
/* Every block of the source is decoded exactly once, and the pixels that come
 * out are those that went in. */
#include <stdio.h>
#include <string.h>

#include "gtest_c.h"
#include "harness.h"

#define TARGET "/vsimem/exactly_once.tif"

enum { CACHE_SMALL = 1 << 20 };

/** Copies, under a block cache of @p cache_nbytes, or GDAL's own if 0.
 * @return what was said about it: no failure, and perhaps a warning */
static ErrorLog check(const char *source, const char *options,
                      int64_t cache_nbytes)
{
    const Copy copy = {.source = source, .target = TARGET, .options = options};
    const int64_t before = GDALGetCacheMax64();
    ErrorLog log;
    SpySpec spec;
    test_context("%s %s cache=%lld", source, options, (long long)cache_nbytes);
    expect_true(spy_parse(source, &spec));
    spy_reset(spec.id);
    if (cache_nbytes > 0)
        GDALSetCacheMax64(cache_nbytes);
    expect_true(copy_run(&copy, &log));
    GDALSetCacheMax64(before);
    expect_str_eq(log.failure, "");
    expect_each_block_once(source);
    if (!test_failed())
        expect_pixels_of(source, TARGET);
    remove_raster(TARGET);
    return log;
}

/** How bands lie in the source and in the output. */
typedef struct Shape {
    const char *source, *options;
} Shape;

static const Shape shapes[] = {
    {"type=UInt16,bands=1", ""},
    {"bands=3,interleave=PIXEL", "INTERLEAVE=PIXEL"},
    {"bands=3,interleave=PIXEL", "INTERLEAVE=BAND"},
    {"bands=3,interleave=BAND", "INTERLEAVE=PIXEL"},
    {"bands=3,interleave=BAND", "INTERLEAVE=BAND"},
};

static const char *const tilings[] = {
    "BLOCKXSIZE=256 BLOCKYSIZE=256",
    "BLOCKXSIZE=512 BLOCKYSIZE=512",
    "TILED=NO BLOCKYSIZE=256",
    "TILED=NO BLOCKYSIZE=1",
};

/** How much memory there is. */
typedef struct Means {
    int64_t cache_nbytes;
    const char *budget;
} Means;

/* The budgets are for many windows, part of the width where blocks are tall;
 * the last gives the smallest windows there are. */
static const Means means[] = {
    {0, ""}, {CACHE_SMALL, "BUDGET=8M"}, {CACHE_SMALL, "BUDGET=1"}};

static void check_in_tiles(const char *block, const Shape *shape,
                           const char *tiling, const Means *with)
{
    char source[NAME_NCHARS], options[NAME_NCHARS];
    snprintf(source, sizeof source,
             "SPY:id=once,width=1100,height=3100,block=%s,%s", block,
             shape->source);
    snprintf(options, sizeof options, "COMPRESS=NONE %s %s %s", tiling,
             shape->options, with->budget);
    const ErrorLog log = check(source, options, with->cache_nbytes);
    expect_int_le(log.warnings, with->budget[0] != 0);
}

/** Copies a raster in blocks of @p block in all shapes and tilings; each of
 * either meets all means. */
static void check_block(const char *block)
{
    for (int i = 0; i < COUNT_OF(shapes); i++)
        for (int j = 0; j < COUNT_OF(tilings) && !test_failed(); j++)
            if (!one_left_out())
                check_in_tiles(block, &shapes[i], tilings[j],
                               &means[(i + j) % COUNT_OF(means)]);
}

/* One test for each block shape, so that a failure names it. */
#define TEST_BLOCK(name, block)                                                \
    TEST_CASE(exactly_once, name)                                              \
    {                                                                          \
        check_block(block);                                                    \
    }

TEST_BLOCK(blocks_as_tiles, "256x256")
TEST_BLOCK(blocks_smaller_than_tiles, "128x128")
TEST_BLOCK(blocks_of_no_multiple, "300x300")
TEST_BLOCK(blocks_as_large_tiles, "512x512")
TEST_BLOCK(blocks_larger_than_tiles, "1024x1024")
TEST_BLOCK(blocks_much_larger_than_tiles, "3000x3000")
TEST_BLOCK(tall_blocks, "512x3000")
TEST_BLOCK(whole_height_blocks, "128x3100")
TEST_BLOCK(whole_height_single_block, "1100x3100")
TEST_BLOCK(scanlines, "1100x1")
TEST_BLOCK(short_wide_blocks, "1024x7")
TEST_BLOCK(strips_of_no_multiple, "1100x77")

/** A raster whose row of blocks does not fit the budget. */
typedef struct Wide {
    const char *source, *options;
} Wide;

static const Wide wides[] = {
    {"width=20000,height=1300,block=256x300",
     "BUDGET=3M BLOCKXSIZE=256 BLOCKYSIZE=256"},
    {"width=20000,height=1300,block=256x256",
     "BUDGET=2M BLOCKXSIZE=256 BLOCKYSIZE=256"},
    {"width=20000,height=1300,block=1000x1000",
     "BUDGET=16M BLOCKXSIZE=512 BLOCKYSIZE=512"},
    {"width=20000,height=1300,block=300x1300",
     "BUDGET=10M BLOCKXSIZE=256 BLOCKYSIZE=256"},
    {"width=9000,height=2900,block=300x290",
     "BUDGET=3M BLOCKXSIZE=96 BLOCKYSIZE=16"},
    {"width=3000,height=9000,block=300x900",
     "BUDGET=3M BLOCKXSIZE=96 BLOCKYSIZE=96"},
    {"width=20000,height=1300,block=256x300",
     "BUDGET=12M TILED=NO BLOCKYSIZE=20"},
    {"width=20000,height=2500,block=100x2500",
     "BUDGET=8M BLOCKXSIZE=128 BLOCKYSIZE=128"},
    {"width=9000,height=700,block=512x300,type=UInt16,bands=3",
     "BUDGET=8M BLOCKXSIZE=256 BLOCKYSIZE=256"},
    {"width=9000,height=700,block=512x300,type=UInt16,bands=3",
     "BUDGET=8M BLOCKXSIZE=256 BLOCKYSIZE=256 INTERLEAVE=BAND"},
    {"width=9000,height=700,block=512x300,bands=3,interleave=BAND",
     "BUDGET=4M BLOCKXSIZE=256 BLOCKYSIZE=256"},
};

TEST_CASE(exactly_once, windows_of_part_of_the_width)
{
    int copied = 0, along_rows = 0, down_columns = 0;
    for (int i = 0; i < COUNT_OF(wides); i++)
        for (int small = 0; small < 2 && !test_failed(); small++) {
            char source[NAME_NCHARS], options[NAME_NCHARS];
            if (one_left_out())
                continue;
            copied++;
            snprintf(source, sizeof source, "SPY:id=wide,%s", wides[i].source);
            snprintf(options, sizeof options, "COMPRESS=NONE NUM_THREADS=2 %s",
                     wides[i].options);
            const ErrorLog log =
                check(source, options, small ? CACHE_SMALL : 0);
            expect_str_eq(log.warning, "");
            along_rows += strstr(log.plan, "along rows") != NULL;
            down_columns += strstr(log.plan, "down columns") != NULL;
        }
    /* The cases are here for both ways through the raster. */
    if (TEST_ONE_IN == 1) {
        expect_int_lt(0, along_rows);
        expect_int_lt(0, down_columns);
        expect_int_eq(copied, 2 * COUNT_OF(wides));
    }
    expect_int_eq(along_rows + down_columns, copied);
}

TEST_CASE(exactly_once, odd_sizes)
{
    static const char *const sizes[] = {
        "width=1,height=1,block=1x1",       "width=1,height=3000,block=1x17",
        "width=3000,height=1,block=17x1",   "width=257,height=255,block=64x64",
        "width=512,height=513,block=512x1", "width=30,height=30,block=300x300",
    };
    for (int i = 0; i < COUNT_OF(sizes); i++)
        for (int j = 0; j < COUNT_OF(shapes) && !test_failed(); j++) {
            char source[NAME_NCHARS], options[NAME_NCHARS];
            snprintf(source, sizeof source, "SPY:id=odd,%s,%s", sizes[i],
                     shapes[j].source);
            snprintf(options, sizeof options, "PREDICTOR=2 %s",
                     shapes[j].options);
            const ErrorLog log = check(source, options, 0);
            expect_str_eq(log.warning, "");
        }
}

TEST_CASE(exactly_once, many_bands)
{
    static const char *const layouts[] = {
        "interleave=PIXEL",
        "interleave=BAND",
    };
    static const char *const options[] = {
        "INTERLEAVE=PIXEL BLOCKXSIZE=64 BLOCKYSIZE=64",
        "INTERLEAVE=BAND BLOCKXSIZE=64 BLOCKYSIZE=64",
    };
    for (int i = 0; i < COUNT_OF(layouts); i++)
        for (int j = 0; j < COUNT_OF(options) && !test_failed(); j++) {
            char source[NAME_NCHARS];
            snprintf(
                source, sizeof source,
                "SPY:id=many,width=200,height=150,block=100x40,bands=300,%s",
                layouts[i]);
            check(source, options[j], i == 0 ? CACHE_SMALL : 0);
        }
}

/* What the tests above would see if blocks were decoded again. */
TEST_CASE(exactly_once, is_not_what_gtiff_does)
{
    static const char source[] =
        "SPY:id=gtiff,width=4000,height=2000,block=500x300,type=UInt16";
    const int64_t before = cache_max_set(CACHE_SMALL);
    spy_reset("gtiff");
    expect_copied("GTiff", source, TARGET,
                  "TILED=YES BLOCKXSIZE=256 BLOCKYSIZE=256");
    cache_max_set(before);
    expect_int_eq(spy_counts("gtiff").distinct, 56);
    expect_int_lt(1, spy_counts("gtiff").most);
    expect_pixels_of(source, TARGET);
    remove_raster(TARGET);
}
