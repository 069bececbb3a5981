/* SPDX-License-Identifier: MIT */
#include "directory.h"

#include <stdlib.h>

#include "gtest_c.h"
#include "ifd_read.h"

enum { REDUCED = 1, IS_MASK = 4, TYPE_ASCII = 2, TAG_METADATA = 42112 };

static const uint64_t offsets[] = {16, 116, 0, 216};
static const uint32_t sizes[] = {100, 99, 0, 7};

static const TileIndex tiles = {(uint64_t *)offsets, (uint32_t *)sizes, 4};

static bool set_text(Ifd *ifd, uint16_t tag, Status *status)
{
    return ifd_set(ifd, tag, TYPE_ASCII, 5, "text", status);
}

/** A directory with tags of every kind, of one pixel. */
static Ifd *make_tags(uint32_t type)
{
    static const uint16_t map[] = {1, 2, 3};
    Status status = {.code = STATUS_OK};
    Ifd *ifd = ifd_new();
    expect_true(ifd_set_number(ifd, TAG_NEW_SUBFILE_TYPE, type, &status) &&
                ifd_set_number(ifd, TAG_IMAGE_WIDTH, 1, &status) &&
                ifd_set_number(ifd, TAG_IMAGE_LENGTH, 1, &status) &&
                ifd_set_number(ifd, TAG_COMPRESSION, 34712, &status) &&
                ifd_set_number(ifd, TAG_PREDICTOR, 2, &status) &&
                ifd_set_number(ifd, TAG_STRIP_OFFSETS, 8, &status) &&
                ifd_set_number(ifd, TAG_STRIP_BYTE_COUNTS, 1, &status) &&
                ifd_set_number(ifd, TAG_TILE_WIDTH, 16, &status) &&
                ifd_set(ifd, TAG_COLOR_MAP, IFD_SHORT, 3, map, &status) &&
                set_text(ifd, TAG_GDAL_NODATA, &status) &&
                set_text(ifd, TAG_METADATA, &status));
    return ifd;
}

static ImageSpec make_image(bool strips)
{
    const LayoutSpec spec = {.width = 30,
                             .height = 90000,
                             .bands = 1,
                             .sample_nbytes = 1,
                             .sample_nbits = 8,
                             .strips = strips,
                             .tile_width = strips ? 30 : 16,
                             .tile_height = 45000};
    ImageSpec image = {.codec = &codec_deflate, .predictor = PREDICTOR_NONE};
    Status status = {.code = STATUS_OK};
    expect_true(layout_init(&image.layout, &spec, &status));
    return image;
}

/* --- Tags ---------------------------------------------------------------- */

TEST_CASE(directory, of_an_image_in_tiles_says_nothing_of_the_one_pixel)
{
    Status status = {.code = STATUS_OK};
    const ImageSpec image = make_image(false);
    Ifd *ifd = make_tags(0);
    expect_true(directory_complete(ifd, &image, &tiles, &status));
    expect_int_eq(ifd_number(ifd, TAG_IMAGE_WIDTH, 0), 30);
    expect_int_eq(ifd_number(ifd, TAG_IMAGE_LENGTH, 0), 90000);
    expect_int_eq(ifd_number(ifd, TAG_TILE_WIDTH, 0), 16);
    expect_int_eq(ifd_number(ifd, TAG_TILE_LENGTH, 0), 45000);
    expect_int_eq(ifd_number(ifd, TAG_TILE_OFFSETS, 0), 16);
    expect_int_eq(ifd_number(ifd, TAG_TILE_BYTE_COUNTS, 0), 100);
    expect_int_eq(ifd_number(ifd, TAG_COMPRESSION, 0), codec_deflate.tag);
    expect_true(!ifd_has(ifd, TAG_PREDICTOR));
    expect_true(!ifd_has(ifd, TAG_STRIP_OFFSETS));
    expect_true(!ifd_has(ifd, TAG_STRIP_BYTE_COUNTS));
    expect_true(!ifd_has(ifd, TAG_ROWS_PER_STRIP));
    expect_true(ifd_has(ifd, TAG_METADATA) && ifd_has(ifd, TAG_COLOR_MAP));
    ifd_free(ifd);
}

TEST_CASE(directory, of_an_image_in_strips_has_no_tiles)
{
    Status status = {.code = STATUS_OK};
    ImageSpec image = make_image(true);
    Ifd *ifd = make_tags(0);
    image.predictor = PREDICTOR_HORIZONTAL;
    expect_true(directory_complete(ifd, &image, &tiles, &status));
    expect_int_eq(ifd_number(ifd, TAG_ROWS_PER_STRIP, 0), 45000);
    expect_int_eq(ifd_number(ifd, TAG_STRIP_OFFSETS, 0), 16);
    expect_int_eq(ifd_number(ifd, TAG_STRIP_BYTE_COUNTS, 0), 100);
    expect_int_eq(ifd_number(ifd, TAG_PREDICTOR, 0), PREDICTOR_HORIZONTAL);
    expect_true(!ifd_has(ifd, TAG_TILE_WIDTH));
    expect_true(!ifd_has(ifd, TAG_TILE_LENGTH));
    expect_true(!ifd_has(ifd, TAG_TILE_OFFSETS));
    ifd_free(ifd);
}

TEST_CASE(directory, keeps_the_compression_of_a_codec_without_a_tag)
{
    Status status = {.code = STATUS_OK};
    ImageSpec image = make_image(false);
    const Codec of_gdal = {.name = "GDAL's"};
    Ifd *ifd = make_tags(0);
    image.codec = &of_gdal;
    expect_true(directory_complete(ifd, &image, &tiles, &status));
    expect_int_eq(ifd_number(ifd, TAG_COMPRESSION, 0), 34712);
    ifd_free(ifd);
}

TEST_CASE(directory, of_an_overview_says_how_pixels_are_to_be_understood)
{
    static const uint32_t types[] = {0, IS_MASK};
    for (int i = 0; i < 2; i++) {
        Status status = {.code = STATUS_OK};
        Ifd *raster = make_tags(types[i]);
        Ifd *overview = directory_of_overview(raster, &status);
        require(overview != NULL);
        expect_int_eq(ifd_number(overview, TAG_NEW_SUBFILE_TYPE, 0),
                      types[i] | REDUCED);
        expect_true(ifd_same(raster, overview, TAG_COLOR_MAP));
        expect_true(ifd_same(raster, overview, TAG_GDAL_NODATA));
        expect_true(ifd_same(raster, overview, TAG_COMPRESSION));
        expect_true(!ifd_has(overview, TAG_METADATA));
        expect_true(!ifd_has(overview, TAG_STRIP_OFFSETS));
        ifd_free(overview);
        ifd_free(raster);
    }
}

/* --- Format -------------------------------------------------------------- */

static bool chooses_big(BigTiff bigtiff, uint64_t nbytes)
{
    Status status = {.code = STATUS_OK};
    bool big = false;
    expect_true(directory_choose_format(bigtiff, nbytes, &big, &status));
    return big;
}

TEST_CASE(directory, a_classic_file_has_no_byte_behind_4_gib)
{
    const uint64_t most = UINT32_MAX;
    Status status = {.code = STATUS_OK};
    bool big;
    expect_true(!chooses_big(BIGTIFF_IF_NEEDED, most));
    expect_true(chooses_big(BIGTIFF_IF_NEEDED, most + 1));
    expect_true(chooses_big(BIGTIFF_YES, 0));
    expect_true(!chooses_big(BIGTIFF_NO, most));
    expect_true(!directory_choose_format(BIGTIFF_NO, most + 1, &big, &status));
    expect_int_eq(status.code, STATUS_INVALID);
}

/* --- Appending ----------------------------------------------------------- */

enum { DIRECTORIES = 3, POSITION = IFD_HEADER_NBYTES };

typedef struct Fixture {
    uint8_t bytes[4096];
    size_t nbytes;
    int appends, fail_at;
} Fixture;

static bool append(void *user, const void *data, size_t nbytes, Status *status)
{
    Fixture *fixture = user;
    const bool fits = nbytes <= sizeof fixture->bytes - fixture->nbytes;
    expect_true(fits);
    if (++fixture->appends == fixture->fail_at || !fits)
        return status_fail(status, STATUS_IO, "append");
    memcpy(fixture->bytes + fixture->nbytes, data, nbytes);
    fixture->nbytes += nbytes;
    return true;
}

/** Three directories behind a header. */
static bool append_three(Fixture *fixture, bool big, Status *status)
{
    const ImageSpec image = make_image(false);
    const Output output = {append, fixture};
    Ifd *ifds[DIRECTORIES];
    bool ok = true;
    for (int i = 0; i < DIRECTORIES; i++) {
        ifds[i] = make_tags((uint32_t)i);
        ok = ok && directory_complete(ifds[i], &image, &tiles, status);
    }
    ifd_serialize_header(big, POSITION, fixture->bytes);
    fixture->nbytes = POSITION;
    ok = ok && directory_append(&output, ifds, DIRECTORIES, DIRECTORIES,
                                POSITION, big, status);
    if (ok)
        expect_int_eq(fixture->nbytes,
                      POSITION + directory_nbytes(ifds, DIRECTORIES, big));
    for (int i = 0; i < DIRECTORIES; i++)
        ifd_free(ifds[i]);
    return ok;
}

TEST_CASE(directory, directories_are_chained_in_their_order)
{
    for (int big = 0; big < 2; big++) {
        Fixture fixture = {.nbytes = 0};
        Status status = {.code = STATUS_OK};
        expect_true(append_three(&fixture, big == 1, &status));
        for (int i = 0; i < DIRECTORIES; i++) {
            Ifd *ifd = ifd_parse(fixture.bytes, fixture.nbytes, i, &status);
            require(ifd != NULL);
            expect_int_eq(ifd_number(ifd, TAG_NEW_SUBFILE_TYPE, 9), i);
            ifd_free(ifd);
        }
        expect_true(ifd_parse(fixture.bytes, fixture.nbytes, DIRECTORIES,
                              &status) == NULL);
    }
}

TEST_CASE(directory, an_append_that_fails_is_the_last)
{
    for (int i = 1; i <= DIRECTORIES; i++) {
        Fixture fixture = {.fail_at = i};
        Status status = {.code = STATUS_OK};
        expect_true(!append_three(&fixture, false, &status));
        expect_int_eq(status.code, STATUS_IO);
        expect_int_eq(fixture.appends, i);
    }
}
