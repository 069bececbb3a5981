/* SPDX-License-Identifier: MIT */
/* ifd_parse() is tested with what it is the inverse of: test_ifd.c. */
#include "ifd_read.h"

#include <stdlib.h>

#include "gtest_c.h"

enum { OFFSET = 1000, VALUES = 6, WANTED = 324, OTHER = 65000 };

typedef struct Bytes {
    uint8_t *at;
    uint64_t nbytes;
} Bytes;

static bool read_bytes(void *user, uint64_t position, void *data, size_t nbytes,
                       Status *status)
{
    const Bytes *bytes = user;
    if (position + nbytes > bytes->nbytes)
        return status_fail(status, STATUS_IO, "beyond the end");
    memcpy(data, bytes->at + position, nbytes);
    return true;
}

/** A file with a directory that is not its first. */
static Bytes file_of(bool big)
{
    static const uint32_t values[VALUES] = {1, 2, 3, 4, 5, 70000};
    Status status = {.code = STATUS_OK};
    Ifd *ifd = ifd_new();
    expect_true(ifd_set(ifd, WANTED, IFD_LONG, VALUES, values, &status));
    expect_true(ifd_set(ifd, OTHER, IFD_LONG, VALUES, values, &status));
    Bytes bytes = {.nbytes = OFFSET + ifd_nbytes(ifd, big)};
    bytes.at = calloc(1, (size_t)bytes.nbytes);
    ifd_serialize_header(big, 8, bytes.at);
    ifd_serialize(ifd, big, OFFSET, 0, bytes.at + OFFSET);
    ifd_free(ifd);
    return bytes;
}

TEST_CASE(ifd_read, one_directory_at_its_offset)
{
    static const uint16_t tags[] = {WANTED};
    for (int big = 0; big < 2; big++) {
        Bytes bytes = file_of(big);
        Status status = {.code = STATUS_OK};
        const TileStore store = {read_bytes, &bytes};
        IfdPlace place = {.file = &store,
                          .file_nbytes = bytes.nbytes,
                          .offset = OFFSET,
                          .tags = tags,
                          .tag_count = 1,
                          .values_max = VALUES};
        uint64_t values[VALUES];
        Ifd *ifd = ifd_read(&place, &status);
        require(ifd != NULL);
        expect_true(ifd_numbers(ifd, WANTED, values, VALUES));
        expect_int_eq(values[5], 70000);
        expect_true(!ifd_numbers(ifd, WANTED, values, VALUES - 1));
        expect_true(!ifd_has(ifd, OTHER));
        ifd_free(ifd);
        place.values_max = VALUES - 1;
        expect_true(ifd_read(&place, &status) == NULL);
        expect_int_eq(status.code, STATUS_INVALID);
        free(bytes.at);
    }
}

TEST_CASE(ifd_read, however_much_is_missing_no_byte_beyond_is_asked_for)
{
    for (int big = 0; big < 2; big++) {
        Bytes bytes = file_of(big);
        const TileStore store = {read_bytes, &bytes};
        IfdPlace place = {
            .file = &store, .offset = OFFSET, .values_max = UINT64_MAX};
        for (uint64_t nbytes = 0; nbytes < bytes.nbytes; nbytes++) {
            Status status = {.code = STATUS_OK};
            test_context("%d bytes", (int)nbytes);
            place.file_nbytes = nbytes;
            expect_true(ifd_read(&place, &status) == NULL);
            expect_int_eq(status.code, STATUS_INVALID);
        }
        free(bytes.at);
    }
}

TEST_CASE(ifd_read, other_order_of_bytes_is_refused)
{
    Bytes bytes = file_of(false);
    const TileStore store = {read_bytes, &bytes};
    const IfdPlace place = {.file = &store,
                            .file_nbytes = bytes.nbytes,
                            .offset = OFFSET,
                            .values_max = UINT64_MAX};
    Status status = {.code = STATUS_OK};
    bytes.at[0] = bytes.at[1] = 'M';
    expect_true(ifd_read(&place, &status) == NULL);
    expect_int_eq(status.code, STATUS_INVALID);
    free(bytes.at);
}

TEST_CASE(ifd_read, values_are_found_and_read_in_part)
{
    static const uint16_t tags[] = {OTHER, WANTED, 300};
    for (int big = 0; big < 2; big++) {
        Bytes bytes = file_of(big);
        Status status = {.code = STATUS_OK};
        const TileStore store = {read_bytes, &bytes};
        const IfdPlace place = {
            .file = &store, .file_nbytes = bytes.nbytes, .offset = OFFSET};
        IfdValues found[3];
        uint64_t numbers[2] = {0};
        expect_true(ifd_find_values(&place, tags, 3, found, &status));
        expect_int_eq(found[0].count, VALUES);
        expect_int_eq(found[1].count, VALUES);
        expect_int_eq(found[2].count, 0);
        expect_true(
            ifd_read_numbers(&place, &found[1], 4, 2, numbers, &status));
        expect_int_eq(numbers[0], 5);
        expect_int_eq(numbers[1], 70000);
        free(bytes.at);
    }
}

TEST_CASE(ifd_read, values_beyond_the_end_are_not_found)
{
    static const uint16_t tags[] = {OTHER, WANTED};
    Bytes bytes = file_of(false);
    const TileStore store = {read_bytes, &bytes};
    for (uint64_t nbytes = 0; nbytes < bytes.nbytes; nbytes++) {
        Status status = {.code = STATUS_OK};
        const IfdPlace place = {
            .file = &store, .file_nbytes = nbytes, .offset = OFFSET};
        IfdValues found[2];
        expect_true(!ifd_find_values(&place, tags, 2, found, &status));
        expect_int_eq(status.code, STATUS_INVALID);
    }
    free(bytes.at);
}
