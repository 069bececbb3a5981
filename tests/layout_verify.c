/* SPDX-License-Identifier: MIT */
/* Reads a file that was laid out, by TIFF 6.0 section 2 and libtiff's BigTIFF
 * design alone where core/ifd.h does not tell what must be known. */
#include "layout_checks.h"

#include <stdio.h>

#include "cog_layout.h"
#include "gtest_c.h"
#include "ifd_read.h"

enum {
    FRAME_NBYTES = 4, /* on either side of a COG's tile */
    REDUCED = 1,      /* TIFF 6.0 section 8, NewSubfileType */
    IS_MASK = 4
};

/** The file, and how far it has been explained. */
typedef struct Reader {
    const LayoutCase *layout;
    bool big;
    uint64_t next_directory;
    uint64_t end; /**< all before it was checked */
} Reader;

static uint64_t number_at(const Reader *reader, uint64_t position,
                          size_t nbytes)
{
    const LayoutCase *layout = reader->layout;
    uint64_t value = 0;
    const bool inside =
        position <= layout->nbytes && nbytes <= layout->nbytes - position;
    expect_true(inside);
    if (inside)
        memcpy(&value, layout->file + position, nbytes);
    return value;
}

static size_t offset_nbytes(const Reader *reader)
{
    return reader->big ? 8 : 4;
}

/** Expects bytes where the explained part of the file ends. */
static void expect_bytes(Reader *reader, const void *bytes, uint64_t nbytes)
{
    const LayoutCase *layout = reader->layout;
    const bool inside = nbytes <= layout->nbytes - reader->end;
    expect_true(inside);
    if (inside)
        expect_mem_eq(layout->file + reader->end, bytes, (size_t)nbytes);
    reader->end += inside ? nbytes : 0;
}

static void check_header(Reader *reader)
{
    const LayoutCase *layout = reader->layout;
    reader->big = number_at(reader, 2, 2) == 43;
    expect_int_eq(number_at(reader, 0, 2), 0x4949);
    expect_int_eq(number_at(reader, 2, 2),
                  layout->bigtiff == BIGTIFF_YES ? 43 : 42);
    if (reader->big)
        expect_int_eq(number_at(reader, 4, 4), 8);
    reader->next_directory =
        number_at(reader, reader->big ? 8 : 4, offset_nbytes(reader));
    reader->end = layout->cog && !reader->big ? COG_LAYOUT_HEADER_NBYTES
                                              : FILE_LAYOUT_HEADER_NBYTES;
}

static void check_padding(Reader *reader)
{
    if (reader->end % 2 != 0)
        expect_bytes(reader, "", 1);
}

/** GDAL's structural metadata, of which the first line tells the size of the
 * others. */
static void check_ghost(Reader *reader)
{
    const LayoutCase *layout = reader->layout;
    const bool by_pixel = layout->interleave == INTERLEAVE_PIXEL;
    const int bands = layout->images[0].layout.spec.bands;
    char lines[300], size[64];
    snprintf(lines, sizeof lines,
             "LAYOUT=IFDS_BEFORE_DATA\n"
             "BLOCK_ORDER=ROW_MAJOR\n"
             "BLOCK_LEADER=SIZE_AS_UINT4\n"
             "BLOCK_TRAILER=LAST_4_BYTES_REPEATED\n"
             "%sKNOWN_INCOMPATIBLE_EDITION=NO\n %s",
             bands > 1 && !by_pixel ? "INTERLEAVE=BAND\n" : "",
             layout->image_count == 2 && by_pixel
                 ? "MASK_INTERLEAVED_WITH_IMAGERY=YES\n"
                 : "");
    snprintf(size, sizeof size, "GDAL_STRUCTURAL_METADATA_SIZE=%06zu bytes\n",
             strlen(lines));
    expect_bytes(reader, size, strlen(size));
    expect_bytes(reader, lines, strlen(lines));
}

/** Where a tag's entry is in the directory at @p directory; 0: it has none. */
static uint64_t entry_of(const Reader *reader, uint64_t directory, uint16_t tag)
{
    const size_t count_nbytes = reader->big ? 8 : 2;
    const uint64_t entry_nbytes = reader->big ? 20 : 12;
    const uint64_t count = number_at(reader, directory, count_nbytes);
    for (uint64_t i = 0; i < count && i < 100; i++) {
        const uint64_t at = directory + count_nbytes + i * entry_nbytes;
        if (number_at(reader, at, 2) == tag)
            return at;
    }
    return 0;
}

/** A value of a tag that has @p count of them. */
static uint64_t value_of(const Reader *reader, uint64_t directory, uint16_t tag,
                         uint64_t count, uint64_t i)
{
    const uint64_t entry = entry_of(reader, directory, tag);
    const size_t width = offset_nbytes(reader);
    if (entry == 0)
        return UINT64_MAX;
    const uint64_t type = number_at(reader, entry + 2, 2);
    const size_t nbytes = type == IFD_LONG8 ? 8 : 4;
    uint64_t values = entry + 4 + width;
    expect_true(type == IFD_LONG8 || type == IFD_LONG);
    expect_int_eq(number_at(reader, entry + 4, width), count);
    if (count * nbytes > width)
        values = number_at(reader, values, width);
    return number_at(reader, values + i * nbytes, nbytes);
}

/** Which image a directory of the file is of. */
static int image_of(const LayoutCase *layout, int directory)
{
    const int overviews = layout->level_count - 1;
    if (!layout->cog || directory < layout->image_count)
        return directory;
    const int i = directory - layout->image_count;
    return (1 + i % overviews) * layout->image_count + i / overviews;
}

static void check_tags(const LayoutCase *layout, const Ifd *ifd, int image)
{
    const ImageSpec *spec = &layout->images[image];
    const LayoutSpec *raster = &spec->layout.spec;
    const bool strips = raster->strips;
    const bool is_mask = image % layout->image_count == 1;
    const int type =
        (image >= layout->image_count ? REDUCED : 0) | (is_mask ? IS_MASK : 0);
    expect_int_eq(ifd_number(ifd, TAG_IMAGE_WIDTH, 0), raster->width);
    expect_int_eq(ifd_number(ifd, TAG_IMAGE_LENGTH, 0), raster->height);
    expect_int_eq(ifd_number(ifd, TAG_NEW_SUBFILE_TYPE, 0), type);
    expect_int_eq(ifd_number(ifd, TAG_TILE_WIDTH, 0),
                  strips ? 0 : raster->tile_width);
    expect_int_eq(ifd_number(ifd, TAG_TILE_LENGTH, 0),
                  strips ? 0 : raster->tile_height);
    expect_int_eq(ifd_number(ifd, TAG_ROWS_PER_STRIP, 0),
                  strips ? raster->tile_height : 0);
    expect_int_eq(ifd_has(ifd, TAG_STRIP_OFFSETS), strips);
    expect_int_eq(ifd_has(ifd, TAG_TILE_OFFSETS), !strips);
    expect_int_eq(ifd_number(ifd, TAG_COMPRESSION, 0), spec->codec->tag);
    expect_int_eq(ifd_number(ifd, TAG_PREDICTOR, PREDICTOR_NONE),
                  spec->predictor);
    expect_int_eq(ifd_number(ifd, TAG_SAMPLES_PER_PIXEL, 0), 1);
}

/** Directories lie one behind the other, in the order of the chain.
 * @param[out] directories of each image: where its directory is */
static void check_directories(Reader *reader, uint64_t *directories)
{
    const LayoutCase *layout = reader->layout;
    const int count = layout->image_count * layout->level_count;
    Status status = {.code = STATUS_OK};
    for (int i = 0; i < count; i++) {
        const int image = image_of(layout, i);
        Ifd *ifd = ifd_parse(layout->file, (size_t)layout->nbytes, i, &status);
        require(ifd != NULL);
        expect_int_eq(reader->next_directory, reader->end);
        directories[image] = reader->end;
        check_tags(layout, ifd, image);
        const uint64_t tags = number_at(reader, reader->end, 2);
        reader->next_directory = number_at(
            reader, reader->end + (reader->big ? 8 + 20 * tags : 2 + 12 * tags),
            offset_nbytes(reader));
        reader->end += ifd_nbytes(ifd, reader->big);
        ifd_free(ifd);
    }
    expect_int_eq(reader->next_directory, 0);
}

/** Expects a tile to be where its directory says, at @p offset. */
static void check_place(const Reader *reader, uint64_t directory, int image,
                        int64_t tile, uint64_t offset)
{
    const TileIndex *index = &reader->layout->index[image];
    const bool strips = reader->layout->images[image].layout.spec.strips;
    const uint64_t count = (uint64_t)index->count;
    expect_int_eq(value_of(reader, directory,
                           strips ? TAG_STRIP_OFFSETS : TAG_TILE_OFFSETS, count,
                           (uint64_t)tile),
                  offset);
    expect_int_eq(
        value_of(reader, directory,
                 strips ? TAG_STRIP_BYTE_COUNTS : TAG_TILE_BYTE_COUNTS, count,
                 (uint64_t)tile),
        index->nbytes[tile]);
}

/** The tile where the explained part ends, with what is around it. */
static void check_framed_tile(Reader *reader, uint64_t directory, int image,
                              int64_t tile)
{
    const LayoutCase *layout = reader->layout;
    const uint32_t nbytes = layout->index[image].nbytes[tile];
    uint8_t trailer[FRAME_NBYTES] = {0};
    if (nbytes == 0) {
        check_place(reader, directory, image, tile, 0);
        return;
    }
    const uint8_t *bytes = layout->tiles + layout->index[image].offsets[tile] -
                           FILE_LAYOUT_TILES_BEGIN;
    const size_t repeated = nbytes < FRAME_NBYTES ? nbytes : FRAME_NBYTES;
    memcpy(trailer, bytes + nbytes - repeated, repeated);
    check_place(reader, directory, image, tile, reader->end + FRAME_NBYTES);
    expect_bytes(reader, &nbytes, FRAME_NBYTES);
    expect_bytes(reader, bytes, nbytes);
    expect_bytes(reader, trailer, FRAME_NBYTES);
}

/** Bands of a level, its mask the last of them. */
static int bands_of_level(const LayoutCase *layout, int first)
{
    return layout->images[first].layout.planes + layout->image_count - 1;
}

/** A tile of a level: of band @p band, or of the mask behind the bands. */
static void check_tile_at(Reader *reader, const uint64_t *directories,
                          int first, int band, int64_t place)
{
    const Layout *raster = &reader->layout->images[first].layout;
    const int64_t places = raster->tiles_across * raster->tiles_down;
    const bool is_mask = band == raster->planes;
    const int image = is_mask ? first + 1 : first;
    check_framed_tile(reader, directories[image], image,
                      is_mask ? place : band * places + place);
}

static void check_cog(Reader *reader, uint64_t *directories)
{
    const LayoutCase *layout = reader->layout;
    check_ghost(reader);
    check_padding(reader);
    check_directories(reader, directories);
    for (int level = layout->level_count - 1; level >= 0; level--) {
        const int first = level * layout->image_count;
        const Layout *grid = &layout->images[first].layout;
        const int64_t places = grid->tiles_across * grid->tiles_down;
        const int bands = bands_of_level(layout, first);
        /* Band after band, or all bands of a place. */
        for (int64_t i = 0; i < places * bands; i++)
            if (layout->interleave == INTERLEAVE_BAND &&
                (level == 0 || grid->spec.bands > 1))
                check_tile_at(reader, directories, first, (int)(i / places),
                              i % places);
            else
                check_tile_at(reader, directories, first, (int)(i % bands),
                              i / bands);
    }
}

static void check_gtiff(Reader *reader, uint64_t *directories)
{
    const LayoutCase *layout = reader->layout;
    uint64_t place = reader->end;
    for (LayoutTile tile = {0}; layout_case_next(layout, &tile);) {
        const TileIndex *index = &layout->index[tile.image];
        if (index->nbytes[tile.index] > 0)
            expect_bytes(reader,
                         layout->tiles + index->offsets[tile.index] -
                             FILE_LAYOUT_TILES_BEGIN,
                         index->nbytes[tile.index]);
    }
    check_padding(reader);
    check_directories(reader, directories);
    for (LayoutTile tile = {0}; layout_case_next(layout, &tile);) {
        const uint32_t nbytes = layout->index[tile.image].nbytes[tile.index];
        check_place(reader, directories[tile.image], tile.image, tile.index,
                    nbytes > 0 ? place : 0);
        place += nbytes;
    }
}

void layout_case_check(const LayoutCase *layout)
{
    uint64_t directories[PIPELINE_IMAGES_MAX] = {0};
    Reader reader = {.layout = layout};
    check_header(&reader);
    if (layout->cog)
        check_cog(&reader, directories);
    else
        check_gtiff(&reader, directories);
    expect_int_eq(reader.end, layout->nbytes);
}
