/* SPDX-License-Identifier: MIT */
/* Where a classic TIFF ends and a BigTIFF begins: at the byte. */
#include <string.h>

#include <cpl_vsi.h>

#include "directory.h"
#include "file_layout.h"
#include "gtest_c.h"
#include "harness.h"
#include "output_file.h"
#include "publication.h"

#define PATH "/vsimem/limits.tif"
#define CLASSIC_NBYTES_MAX ((uint64_t)UINT32_MAX)

enum { CLASSIC = 42, BIG = 43, TILES = 3 };

static bool chooses_big(BigTiff wanted, uint64_t nbytes)
{
    Status status = {.code = STATUS_OK};
    bool big = false;
    expect_true(directory_choose_format(wanted, nbytes, &big, &status));
    return big;
}

TEST_CASE(limits, offsets_of_a_classic_file_have_32_bits)
{
    expect_true(!chooses_big(BIGTIFF_IF_NEEDED, 0));
    expect_true(!chooses_big(BIGTIFF_IF_NEEDED, CLASSIC_NBYTES_MAX));
    expect_true(chooses_big(BIGTIFF_IF_NEEDED, CLASSIC_NBYTES_MAX + 1));
    expect_true(chooses_big(BIGTIFF_IF_NEEDED, UINT64_MAX));
    expect_true(chooses_big(BIGTIFF_YES, 0));
    expect_true(!chooses_big(BIGTIFF_NO, CLASSIC_NBYTES_MAX));
}

TEST_CASE(limits, no_bigtiff_where_one_is_needed_is_refused)
{
    Status status = {.code = STATUS_OK};
    bool big;
    expect_true(!directory_choose_format(BIGTIFF_NO, CLASSIC_NBYTES_MAX + 1,
                                         &big, &status));
    expect_int_eq(status.code, STATUS_INVALID);
    expect_true(strstr(status.message, "BIGTIFF=NO") != NULL);
}

/** A file whose tiles end where a test likes. */
typedef struct Fixture {
    ImageSpec image;
    uint64_t offsets[TILES];
    uint32_t nbytes[TILES];
    TileIndex index;
    Ifd *ifd;
} Fixture;

static void fixture_init(Fixture *fixture)
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
    fixture->image.codec = &codec_none;
    expect_true(layout_init(&fixture->image.layout, &spec, &status));
    for (uint64_t i = 0; i < TILES; i++) {
        fixture->offsets[i] = FILE_LAYOUT_TILES_BEGIN + i * 256;
        fixture->nbytes[i] = 256;
    }
    fixture->index = (TileIndex){
        .count = TILES, .offsets = fixture->offsets, .nbytes = fixture->nbytes};
    fixture->ifd = ifd_new();
}

/** @return the version in the header of a file whose tiles end there, and in
 * @p nbytes how long a classic one would be */
static int version_of(Fixture *fixture, uint64_t tiles_end, uint64_t *nbytes)
{
    Status status = {.code = STATUS_OK};
    const TileIndex *index = &fixture->index;
    Publication *publication = publication_new(PATH, false, &status);
    OutputFile *file = output_file_open(publication_raster(publication),
                                        FILE_LAYOUT_HEADER_NBYTES, &status);
    expect_true(file != NULL);
    if (file == NULL)
        return 0;
    const FileLayout layout = {.output = {output_file_append, file},
                               .set_header = output_file_set_header,
                               .images = &fixture->image,
                               .index = &index,
                               .ifds = &fixture->ifd,
                               .image_count = 1,
                               .level_count = 1,
                               .bigtiff = BIGTIFF_IF_NEEDED,
                               .tiles_end = tiles_end};
    expect_true(file_layout_write(&layout, &status));
    expect_true(output_file_close(file, &status) &&
                publication_take_names(publication, &status));
    publication_keep(publication);
    publication_free(publication);
    *nbytes =
        tiles_end + (tiles_end & 1) + directory_nbytes(&fixture->ifd, 1, false);
    Bytes bytes = bytes_of_file(PATH);
    const int version = bytes.nbytes > 2 ? bytes.data[2] : 0;
    /* All that was written is the header, a byte at most, and the directory. */
    expect_int_eq(bytes.nbytes,
                  FILE_LAYOUT_HEADER_NBYTES + (tiles_end & 1) +
                      directory_nbytes(&fixture->ifd, 1, version == BIG));
    bytes_free(&bytes);
    VSIUnlink(PATH);
    return version;
}

TEST_CASE(limits, if_needed_is_bigtiff_exactly_when_it_is_needed)
{
    Fixture fixture;
    uint64_t nbytes = 0;
    int classic = 0, big = 0;
    fixture_init(&fixture);
    require(fixture.ifd != NULL);
    version_of(&fixture, 1000, &nbytes);
    const uint64_t around = CLASSIC_NBYTES_MAX - (nbytes - 1000);
    for (uint64_t end = around - 5; end <= around + 5; end++) {
        const int version = version_of(&fixture, end, &nbytes);
        test_context("%llu bytes", (unsigned long long)nbytes);
        expect_int_eq(version, nbytes <= CLASSIC_NBYTES_MAX ? CLASSIC : BIG);
        classic += version == CLASSIC;
        big += version == BIG;
    }
    expect_true(classic >= 4 && big >= 4);
    ifd_free(fixture.ifd);
}
