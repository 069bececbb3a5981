/* SPDX-License-Identifier: MIT */
#include "layout_checks.h"

#include <stdlib.h>

#include "cog_layout.h"
#include "gtest_c.h"

enum {
    SIZE_MAX_PIXELS = 70,
    TILE_MAX_PIXELS = 40,
    TILE_MAX_NBYTES = 12,
    TEXT_MAX_NBYTES = 9,
    IS_MASK = 4, /* TIFF 6.0 section 8, NewSubfileType */
    TAG_TEXT = 42112,
    TYPE_ASCII = 2
};

static int64_t next(const Numbers *numbers, int64_t least, int64_t most)
{
    return numbers->next(numbers->user, least, most);
}

static int images_of(const LayoutCase *layout)
{
    return layout->image_count * layout->level_count;
}

/* --- Making -------------------------------------------------------------- */

static LayoutSpec raster_spec(const LayoutCase *layout, const Numbers *numbers)
{
    LayoutSpec spec = {.width = next(numbers, 1, SIZE_MAX_PIXELS),
                       .height = next(numbers, 1, SIZE_MAX_PIXELS),
                       .bands = (int)next(numbers, 1, 3),
                       .sample_nbytes = 1,
                       .sample_nbits = 8,
                       .tile_width = next(numbers, 5, TILE_MAX_PIXELS),
                       .tile_height = next(numbers, 5, TILE_MAX_PIXELS)};
    if (!layout->cog)
        spec.strips = next(numbers, 0, 1) != 0;
    spec.planar = layout->interleave != INTERLEAVE_PIXEL;
    if (spec.strips)
        spec.tile_width = spec.width;
    return spec;
}

static void make_images(LayoutCase *layout, const Numbers *numbers)
{
    static const Predictor predictors[] = {PREDICTOR_NONE,
                                           PREDICTOR_HORIZONTAL};
    Status status = {.code = STATUS_OK};
    LayoutSpec spec = raster_spec(layout, numbers);
    for (int i = 0; i < images_of(layout); i++) {
        LayoutSpec own = spec;
        const int level = i / layout->image_count;
        const bool is_mask = i % layout->image_count == 1;
        own.width = spec.width >> level > 0 ? spec.width >> level : 1;
        own.height = spec.height >> level > 0 ? spec.height >> level : 1;
        own.tile_width = spec.strips ? own.width : spec.tile_width;
        own.bands = is_mask ? 1 : spec.bands;
        own.planar = spec.planar && own.bands > 1;
        own.sample_nbits = is_mask ? 1 : 8;
        layout->images[i].codec =
            next(numbers, 0, 1) != 0 ? &codec_deflate : &codec_none;
        layout->images[i].predictor = predictors[next(numbers, 0, 1)];
        expect_true(layout_init(&layout->images[i].layout, &own, &status));
    }
}

/** Gives every image an index of tiles, some of them empty, that have no place
 * yet. */
static uint64_t make_sizes(LayoutCase *layout, const Numbers *numbers)
{
    uint64_t all = 0;
    for (int i = 0; i < images_of(layout); i++) {
        TileIndex *index = &layout->index[i];
        index->count = layout->images[i].layout.tile_count;
        index->offsets = calloc((size_t)index->count, sizeof *index->offsets);
        index->nbytes = calloc((size_t)index->count, sizeof *index->nbytes);
        for (int64_t tile = 0; tile < index->count; tile++) {
            if (next(numbers, 0, 3) != 0)
                index->nbytes[tile] =
                    (uint32_t)next(numbers, 1, TILE_MAX_NBYTES);
            all += index->nbytes[tile];
        }
    }
    return all;
}

/** Steps to the next place of the level, or to the next level. */
static bool next_place(const LayoutCase *layout, LayoutTile *tile)
{
    const int level = tile->image / layout->image_count;
    const Layout *grid = &layout->images[tile->image].layout;
    tile->plane = 0;
    tile->image = level * layout->image_count;
    if (++tile->x == grid->tiles_across) {
        tile->x = 0;
        tile->y++;
    }
    if (tile->y == grid->tiles_down) {
        tile->y = 0;
        tile->image += layout->image_count;
    }
    return tile->image < images_of(layout);
}

bool layout_case_next(const LayoutCase *layout, LayoutTile *tile)
{
    bool is_one = true;
    if (tile->begun &&
        ++tile->plane == layout->images[tile->image].layout.planes) {
        tile->plane = 0;
        if (tile->image++ % layout->image_count == layout->image_count - 1) {
            tile->image--;
            is_one = next_place(layout, tile);
        }
    }
    tile->begun = true;
    if (is_one)
        tile->index = layout_tile_index(&layout->images[tile->image].layout,
                                        tile->plane, tile->x, tile->y);
    return is_one;
}

/** Swaps tiles as the numbers say: where there is a store they may be ready in
 * any order. */
static void shuffle(LayoutTile *tiles, int64_t count, const Numbers *numbers)
{
    for (int64_t i = count - 1; i > 0; i--) {
        const int64_t other = next(numbers, 0, i);
        const LayoutTile tile = tiles[i];
        tiles[i] = tiles[other];
        tiles[other] = tile;
    }
}

/** Places the tiles one after the other. */
static void make_tiles(LayoutCase *layout, const Numbers *numbers)
{
    int64_t count = 0, all = 0;
    uint64_t end = 0;
    layout->tiles_nbytes = make_sizes(layout, numbers);
    layout->tiles = malloc((size_t)layout->tiles_nbytes + 1);
    for (int i = 0; i < images_of(layout); i++)
        all += layout->index[i].count;
    LayoutTile *tiles = calloc((size_t)all, sizeof *tiles);
    for (LayoutTile tile = {0}; layout_case_next(layout, &tile);)
        tiles[count++] = tile;
    expect_int_eq(count, all);
    if (layout->stored && next(numbers, 0, 3) != 0)
        shuffle(tiles, count, numbers);
    for (int64_t i = 0; i < count; i++) {
        const TileIndex *index = &layout->index[tiles[i].image];
        const uint32_t nbytes = index->nbytes[tiles[i].index];
        if (nbytes > 0)
            index->offsets[tiles[i].index] = FILE_LAYOUT_TILES_BEGIN + end;
        for (uint32_t byte = 0; byte < nbytes; byte++)
            layout->tiles[end++] = (uint8_t)next(numbers, 0, 255);
    }
    free(tiles);
}

/** The tags of one pixel, as GTiff makes them. */
static Ifd *make_tags(const Numbers *numbers, bool is_mask)
{
    static const char text[] = "some text";
    Status status = {.code = STATUS_OK};
    Ifd *ifd = ifd_new();
    const uint64_t nbytes = (uint64_t)next(numbers, 1, TEXT_MAX_NBYTES);
    const bool ok = ifd_set_number(ifd, TAG_IMAGE_WIDTH, 1, &status) &&
                    ifd_set_number(ifd, TAG_COMPRESSION, 7, &status) &&
                    ifd_set_number(ifd, TAG_STRIP_OFFSETS, 8, &status) &&
                    ifd_set_number(ifd, TAG_ROWS_PER_STRIP, 1, &status) &&
                    ifd_set_number(ifd, TAG_TILE_WIDTH, 16, &status) &&
                    ifd_set_number(ifd, TAG_PREDICTOR, 3, &status) &&
                    ifd_set_number(ifd, TAG_SAMPLES_PER_PIXEL, 1, &status) &&
                    ifd_set_number(ifd, TAG_NEW_SUBFILE_TYPE,
                                   is_mask ? IS_MASK : 0, &status) &&
                    ifd_set(ifd, TAG_TEXT, TYPE_ASCII, nbytes, text, &status);
    expect_true(ok);
    return ifd;
}

void layout_case_make(LayoutCase *layout, const Numbers *numbers)
{
    Status status = {.code = STATUS_OK};
    memset(layout, 0, sizeof *layout);
    layout->cog = next(numbers, 0, 1) != 0;
    layout->stored = next(numbers, 0, 1) != 0 || layout->cog;
    layout->bigtiff = (BigTiff)next(numbers, BIGTIFF_NO, BIGTIFF_IF_NEEDED);
    layout->image_count = (int)next(numbers, 1, 2);
    layout->level_count = (int)next(numbers, 1, 4);
    layout->interleave =
        (Interleave)next(numbers, INTERLEAVE_PIXEL, INTERLEAVE_TILE);
    make_images(layout, numbers);
    make_tiles(layout, numbers);
    for (int i = 0; i < images_of(layout); i++)
        layout->ifds[i] =
            i < layout->image_count
                ? make_tags(numbers, i == 1)
                : directory_of_overview(layout->ifds[i % layout->image_count],
                                        &status);
}

void layout_case_free(LayoutCase *layout)
{
    for (int i = 0; i < images_of(layout); i++) {
        ifd_free(layout->ifds[i]);
        free(layout->index[i].offsets);
        free(layout->index[i].nbytes);
    }
    free(layout->tiles);
    free(layout->file);
}

/* --- Running ------------------------------------------------------------- */

/** Counts a call, which must not come after one that failed.
 * @return whether this is to fail */
static bool strikes(LayoutCase *layout, int64_t *calls, int64_t fail_at)
{
    expect_true(!layout->failed);
    layout->failed = ++*calls == fail_at;
    return layout->failed;
}

static void put(LayoutCase *layout, const void *data, size_t nbytes)
{
    while (layout->nbytes + nbytes > layout->room) {
        layout->room = 2 * layout->room + 1024;
        layout->file = realloc(layout->file, (size_t)layout->room);
    }
    if (nbytes > 0)
        memcpy(layout->file + layout->nbytes, data, nbytes);
    layout->nbytes += nbytes;
}

static bool append(void *user, const void *data, size_t nbytes, Status *status)
{
    LayoutCase *layout = user;
    expect_int_eq(layout->calls.header, 1);
    if (strikes(layout, &layout->calls.append, layout->faults.append))
        return status_fail(status, STATUS_IO, "append");
    put(layout, data, nbytes);
    return true;
}

/** Where tiles are in the output already, the header's place is before them. */
static bool set_header(void *user, const void *header, Status *status)
{
    LayoutCase *layout = user;
    expect_int_eq(layout->calls.append, 0);
    if (strikes(layout, &layout->calls.header, layout->faults.header))
        return status_fail(status, STATUS_IO, "header");
    put(layout, header,
        layout->cog ? COG_LAYOUT_HEADER_NBYTES : FILE_LAYOUT_HEADER_NBYTES);
    if (!layout->stored)
        put(layout, layout->tiles, (size_t)layout->tiles_nbytes);
    return true;
}

static bool read_tiles(void *user, uint64_t position, void *data, size_t nbytes,
                       Status *status)
{
    LayoutCase *layout = user;
    if (strikes(layout, &layout->calls.read, layout->faults.read))
        return status_fail(status, STATUS_IO, "read");
    const bool inside = position <= layout->tiles_nbytes &&
                        nbytes <= layout->tiles_nbytes - position;
    expect_true(inside);
    if (inside)
        memcpy(data, layout->tiles + position, nbytes);
    return true;
}

static bool go_on(void *user, double done)
{
    LayoutCase *layout = user;
    expect_true(done >= 0 && done <= 1);
    return !strikes(layout, &layout->calls.go_on, layout->faults.go_on);
}

bool layout_case_run(LayoutCase *layout, Status *status)
{
    const TileStore store = {read_tiles, layout};
    const TileIndex *index[PIPELINE_IMAGES_MAX];
    for (int i = 0; i < images_of(layout); i++)
        index[i] = &layout->index[i];
    const FileLayout file = {.output = {append, layout},
                             .tiles = layout->stored ? &store : NULL,
                             .images = layout->images,
                             .index = index,
                             .ifds = layout->ifds,
                             .image_count = layout->image_count,
                             .level_count = layout->level_count,
                             .interleave = layout->interleave,
                             .bigtiff = layout->bigtiff,
                             .tiles_end =
                                 FILE_LAYOUT_TILES_BEGIN + layout->tiles_nbytes,
                             .set_header = set_header,
                             .go_on = go_on,
                             .user = layout};
    const bool ok =
        (layout->cog ? cog_layout_write : file_layout_write)(&file, status);
    expect_int_eq(ok, status->code == STATUS_OK);
    expect_int_eq(ok, !layout->failed);
    return ok;
}
