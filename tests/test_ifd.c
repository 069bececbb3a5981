/* SPDX-License-Identifier: MIT */
#include "ifd.h"

#include <stdlib.h>

#include "gtest_c.h"
#include "ifd_read.h"
#include "random.h"

enum { OFFSETS = 10, TYPES = 13, FLIPS = 30000 };

static const uint16_t types[TYPES] = {1, 2, 3,  4,  5,  6, 7,
                                      8, 9, 10, 11, 12, 16};
static const size_t type_nbytes[TYPES] = {1, 1, 2, 4, 8, 1, 1,
                                          2, 4, 8, 4, 8, 8};

static const uint64_t offsets[OFFSETS] = {16,   500, 70000, 3, 4,
                                          4000, 0,   6,     7, UINT32_MAX};

/** A TIFF file of nothing but directories. */
typedef struct File {
    uint8_t *bytes;
    size_t nbytes;
} File;

static File file_of(Ifd *const *ifds, int count, bool big)
{
    File file = {.nbytes = IFD_HEADER_NBYTES};
    for (int i = 0; i < count; i++)
        file.nbytes += (size_t)ifd_nbytes(ifds[i], big);
    file.bytes = malloc(file.nbytes);
    uint64_t position = IFD_HEADER_NBYTES;
    ifd_serialize_header(big, position, file.bytes);
    for (int i = 0; i < count; i++) {
        const uint64_t end = position + ifd_nbytes(ifds[i], big);
        ifd_serialize(ifds[i], big, position, i + 1 < count ? end : 0,
                      file.bytes + position);
        position = end;
    }
    return file;
}

static Ifd *parse(const File *file, int index)
{
    Status status = {.code = STATUS_OK};
    Ifd *ifd = ifd_parse(file->bytes, file->nbytes, index, &status);
    expect_int_eq(status.code, ifd == NULL ? STATUS_INVALID : STATUS_OK);
    return ifd;
}

/** The little-endian number of @p nbytes bytes at @p at. */
static uint64_t number_at(const uint8_t *at, size_t nbytes)
{
    uint64_t value = 0;
    while (nbytes-- > 0)
        value = value << 8 | at[nbytes];
    return value;
}

/** Entry number @p i of the only directory of a file. */
static const uint8_t *entry_at(const File *file, bool big, size_t i)
{
    return file->bytes + IFD_HEADER_NBYTES + (big ? 8 + 20 * i : 2 + 12 * i);
}

/** Where the values of an entry lie, by the specification. */
static const uint8_t *values_of(const File *file, const uint8_t *entry,
                                bool big, size_t nbytes)
{
    const size_t width = big ? 8 : 4;
    const uint8_t *value = entry + 4 + width;
    return nbytes <= width ? value : file->bytes + number_at(value, width);
}

static uint64_t values[TYPES][9];

/** Tag 1000 + i * 10 + count holds count values of types[i]. */
static Ifd *ifd_of_all_types(Random *random)
{
    Ifd *ifd = ifd_new();
    Status status = {.code = STATUS_OK};
    random_fill(random, values, sizeof values);
    for (int i = TYPES - 1; i >= 0; i--)
        for (uint16_t count = 1; count <= 9; count++)
            expect_true(ifd_set(ifd, (uint16_t)(1000 + i * 10 + count),
                                types[i], count, values[i], &status));
    return ifd;
}

static void expect_all_types(const File *file, bool big)
{
    const size_t width = big ? 8 : 4;
    expect_int_eq(number_at(file->bytes + IFD_HEADER_NBYTES, big ? 8 : 2),
                  TYPES * 9);
    for (size_t i = 0; i < TYPES; i++)
        for (size_t count = 1; count <= 9; count++) {
            const uint8_t *entry = entry_at(file, big, i * 9 + count - 1);
            const size_t nbytes = count * type_nbytes[i];
            expect_int_eq(number_at(entry, 2), 1000 + i * 10 + count);
            expect_int_eq(number_at(entry + 2, 2), types[i]);
            expect_int_eq(number_at(entry + 4, width), count);
            const uint8_t *at = values_of(file, entry, big, nbytes);
            require(at + nbytes <= file->bytes + file->nbytes);
            if (nbytes > width)
                expect_int_eq((at - file->bytes) % 2, 0);
            expect_mem_eq(at, values[i], nbytes);
        }
}

TEST_CASE(ifd, file_holds_all_values_sorted_by_tag)
{
    Random random = {.state = 1};
    for (int big = 0; big < 2; big++) {
        test_context(big ? "BigTIFF" : "classic");
        Ifd *ifd = ifd_of_all_types(&random);
        File file = file_of(&ifd, 1, big);
        expect_int_eq(number_at(file.bytes, 2), 0x4949);
        expect_int_eq(number_at(file.bytes + 2, 2), big ? 43 : 42);
        expect_int_eq(number_at(file.bytes + (big ? 8 : 4), big ? 8 : 4),
                      IFD_HEADER_NBYTES);
        if (big)
            expect_int_eq(number_at(file.bytes + 4, 4), 8);
        expect_all_types(&file, big);
        free(file.bytes);
        ifd_free(ifd);
    }
}

TEST_CASE(ifd, parsed_directory_serializes_to_the_same_bytes)
{
    Random random = {.state = 2};
    for (int big = 0; big < 2; big++) {
        Ifd *ifd = ifd_of_all_types(&random);
        File file = file_of(&ifd, 1, big);
        Ifd *parsed = parse(&file, 0);
        require(parsed != NULL);
        File again = file_of(&parsed, 1, big);
        expect_int_eq(again.nbytes, file.nbytes);
        expect_mem_eq(again.bytes, file.bytes, file.nbytes);
        File other = file_of(&parsed, 1, !big);
        expect_all_types(&other, !big);
        free(other.bytes);
        free(again.bytes);
        free(file.bytes);
        ifd_free(parsed);
        ifd_free(ifd);
    }
}

TEST_CASE(ifd, offsets_are_as_wide_as_the_file_asks)
{
    Ifd *ifd = ifd_new();
    Status status = {.code = STATUS_OK};
    expect_true(
        ifd_set_offsets(ifd, TAG_TILE_OFFSETS, offsets, OFFSETS, &status));
    expect_int_eq(ifd_number(ifd, TAG_TILE_OFFSETS, 0), 16);
    for (int big = 0; big < 2; big++) {
        const size_t width = big ? 8 : 4;
        File file = file_of(&ifd, 1, big);
        const uint8_t *entry = entry_at(&file, big, 0);
        expect_int_eq(number_at(entry + 2, 2), big ? IFD_LONG8 : IFD_LONG);
        expect_int_eq(number_at(entry + 4, width), OFFSETS);
        const uint8_t *at = values_of(&file, entry, big, OFFSETS * width);
        for (size_t i = 0; i < OFFSETS; i++)
            expect_int_eq(number_at(at + i * width, width), offsets[i]);
        Ifd *parsed = parse(&file, 0);
        require(parsed != NULL);
        expect_int_eq(ifd_number(parsed, TAG_TILE_OFFSETS, 0), 16);
        ifd_free(parsed);
        free(file.bytes);
    }
    ifd_free(ifd);
}

TEST_CASE(ifd, tags_are_set_replaced_and_removed)
{
    Ifd *ifd = ifd_new();
    Status status = {.code = STATUS_OK};
    expect_true(ifd_set_number(ifd, TAG_IMAGE_WIDTH, 65535, &status));
    expect_true(ifd_set_number(ifd, TAG_IMAGE_LENGTH, 65536, &status));
    expect_true(ifd_set_number(ifd, TAG_COMPRESSION, 8, &status));
    expect_true(ifd_set_number(ifd, TAG_COMPRESSION, 1, &status));
    expect_true(
        ifd_set_offsets(ifd, TAG_IMAGE_LENGTH, offsets, OFFSETS, &status));
    expect_true(ifd_set_number(ifd, TAG_IMAGE_LENGTH, 70000, &status));
    expect_int_eq(ifd_number(ifd, TAG_IMAGE_WIDTH, 7), 65535);
    expect_int_eq(ifd_number(ifd, TAG_IMAGE_LENGTH, 7), 70000);
    expect_int_eq(ifd_number(ifd, TAG_COMPRESSION, 7), 1);
    expect_int_eq(ifd_number(ifd, TAG_PREDICTOR, 7), 7);

    ifd_remove(ifd, TAG_PREDICTOR);
    ifd_remove(ifd, TAG_IMAGE_WIDTH);
    expect_true(!ifd_has(ifd, TAG_IMAGE_WIDTH));
    expect_true(ifd_has(ifd, TAG_IMAGE_LENGTH));
    expect_true(ifd_has(ifd, TAG_COMPRESSION));

    File file = file_of(&ifd, 1, false);
    expect_int_eq(number_at(file.bytes + IFD_HEADER_NBYTES, 2), 2);
    expect_int_eq(number_at(entry_at(&file, false, 0), 2), TAG_IMAGE_LENGTH);
    expect_int_eq(number_at(entry_at(&file, false, 0) + 2, 2), IFD_LONG);
    expect_int_eq(number_at(entry_at(&file, false, 1) + 2, 2), IFD_SHORT);
    free(file.bytes);
    ifd_free(ifd);
}

TEST_CASE(ifd, numbers_of_every_whole_type_are_read)
{
    static const uint64_t value = UINT64_C(0x8182838485868788);
    static const struct {
        uint16_t type;
        size_t nbytes;
    } whole[] = {{1, 1}, {IFD_SHORT, 2}, {IFD_LONG, 4}, {IFD_LONG8, 8}};
    Ifd *ifd = ifd_new();
    Status status = {.code = STATUS_OK};
    for (int i = 0; i < 4; i++) {
        expect_true(ifd_set(ifd, 1, whole[i].type, 1, &value, &status));
        expect_int_eq(ifd_number(ifd, 1, 0),
                      number_at((const uint8_t *)&value, whole[i].nbytes));
    }
    expect_true(ifd_set(ifd, 1, IFD_SHORT, 0, &value, &status));
    expect_int_eq(ifd_number(ifd, 1, 5), 5);
    ifd_free(ifd);
}

/** Directories with 1, 2 and 3 as their widths, and a long tag each. */
static File file_of_three(bool big)
{
    Ifd *ifds[3];
    Status status = {.code = STATUS_OK};
    for (uint32_t i = 0; i < 3; i++) {
        ifds[i] = ifd_new();
        expect_true(ifd_set_number(ifds[i], TAG_IMAGE_WIDTH, i + 1, &status));
        expect_true(ifd_set(ifds[i], 42112, 2, 1 + i, "gdal", &status));
        expect_true(ifd_set_offsets(ifds[i], TAG_STRIP_OFFSETS, offsets,
                                    OFFSETS - i, &status));
    }
    const File file = file_of(ifds, 3, big);
    for (int i = 0; i < 3; i++)
        ifd_free(ifds[i]);
    return file;
}

TEST_CASE(ifd, text_is_read_if_it_is_one_and_ends)
{
    static const char text[] = "text";
    Ifd *ifd = ifd_new();
    Status status = {.code = STATUS_OK};
    expect_true(ifd_text(ifd, TAG_GDAL_METADATA) == NULL);
    ifd_set(ifd, TAG_GDAL_METADATA, IFD_ASCII, sizeof text, text, &status);
    expect_str_eq(ifd_text(ifd, TAG_GDAL_METADATA), "text");
    ifd_set(ifd, TAG_GDAL_METADATA, IFD_ASCII, sizeof text - 1, text, &status);
    expect_true(ifd_text(ifd, TAG_GDAL_METADATA) == NULL);
    ifd_set(ifd, TAG_GDAL_METADATA, IFD_ASCII, 0, text, &status);
    expect_true(ifd_text(ifd, TAG_GDAL_METADATA) == NULL);
    ifd_set_number(ifd, TAG_GDAL_METADATA, 0, &status);
    expect_true(ifd_text(ifd, TAG_GDAL_METADATA) == NULL);
    expect_int_eq(status.code, STATUS_OK);
    ifd_free(ifd);
}

TEST_CASE(ifd, directories_are_found_by_their_number_in_the_chain)
{
    for (int big = 0; big < 2; big++) {
        File file = file_of_three(big);
        for (int i = 0; i < 3; i++) {
            Ifd *ifd = parse(&file, i);
            require(ifd != NULL);
            expect_int_eq(ifd_number(ifd, TAG_IMAGE_WIDTH, 0), i + 1);
            ifd_free(ifd);
        }
        expect_true(parse(&file, 3) == NULL);
        expect_true(parse(&file, 1000) == NULL);
        free(file.bytes);
    }
}

TEST_CASE(ifd, other_files_are_refused)
{
    static const char *const headers[] = {"",
                                          "II",
                                          "MM\0*\0\0\0\x10",
                                          "II*\0\0\0\0\0",
                                          "II\x2c\0\x10\0\0\0",
                                          "II*\0\xff\xff\xff\xff",
                                          "II+\0\x08\0\0\0"};
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        test_context("header %d", (int)i);
        /* On the heap, so that a sanitizer sees its end. */
        File file = {.bytes = calloc(1, 9), .nbytes = i < 2 ? 2 * i : 8};
        file.bytes = realloc(file.bytes, file.nbytes + (file.nbytes == 0));
        memcpy(file.bytes, headers[i], file.nbytes);
        expect_true(parse(&file, 0) == NULL);
        free(file.bytes);
    }
}

TEST_CASE(ifd, truncated_file_is_refused)
{
    for (int big = 0; big < 2; big++) {
        const File whole = file_of_three(big);
        for (size_t nbytes = 0; nbytes < whole.nbytes - 1; nbytes++) {
            File file = {.bytes = malloc(nbytes + 1), .nbytes = nbytes};
            file.bytes = realloc(file.bytes, nbytes > 0 ? nbytes : 1);
            memcpy(file.bytes, whole.bytes, nbytes);
            test_context("%d of %d bytes", (int)nbytes, (int)whole.nbytes);
            expect_true(parse(&file, 2) == NULL);
            free(file.bytes);
        }
        free(whole.bytes);
    }
}

TEST_CASE(ifd, flipped_bits_are_refused_or_read_but_never_lead_outside)
{
    Random random = {.state = 3};
    int read = 0;
    for (int i = 0; i < FLIPS; i++) {
        File file = file_of_three(i % 2);
        const int64_t flips = random_magnitude(&random, 1, 20);
        for (int64_t flip = 0; flip < flips; flip++)
            file.bytes[random_in(&random, 0, (int64_t)file.nbytes - 1)] ^=
                (uint8_t)(1 << random_in(&random, 0, 7));
        Ifd *ifd = parse(&file, (int)random_in(&random, 0, 3));
        if (ifd != NULL) {
            read++;
            File again = file_of(&ifd, 1, random_once_in(&random, 2));
            free(again.bytes);
            (void)ifd_number(ifd, TAG_IMAGE_WIDTH, 0);
            ifd_free(ifd);
        }
        free(file.bytes);
    }
    /* Neither all nor none: the flips must reach what is behind the header. */
    expect_int_lt(FLIPS / 20, read);
    expect_int_lt(read, FLIPS - FLIPS / 20);
}
