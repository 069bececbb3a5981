/* SPDX-License-Identifier: MIT */
/* TIFF directories out of any bytes: what can be read, written and read again
 * is the same. */
#include <stdlib.h>

#include "gtest_c.h"
#include "ifd.h"
#include "ifd_read.h"
#include "input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t nbytes);

enum { SETS_MAX = 40, OFFSETS_MAX = 20, VALUES_MAX = 30, DIRECTORIES_MAX = 4 };

/** Of a BigTIFF directory without tags, which no reader takes for one. */
enum { EMPTY_NBYTES = 16 };

/** A file that holds but a header and a directory. */
typedef struct File {
    uint8_t *bytes;
    size_t nbytes;
} File;

static File file_of(const Ifd *ifd, bool big)
{
    File file = {.nbytes = IFD_HEADER_NBYTES + (size_t)ifd_nbytes(ifd, big)};
    file.bytes = malloc(file.nbytes);
    ifd_serialize_header(big, IFD_HEADER_NBYTES, file.bytes);
    ifd_serialize(ifd, big, IFD_HEADER_NBYTES, 0,
                  file.bytes + IFD_HEADER_NBYTES);
    expect_int_eq(ifd_nbytes(ifd, big) % 2, 0);
    return file;
}

/** The tag of an entry of the file's directory (TIFF 6.0 section 2). */
static uint16_t tag_in(const File *file, bool big, size_t entry)
{
    uint16_t tag;
    memcpy(&tag,
           file->bytes + IFD_HEADER_NBYTES + (big ? 8 : 2) +
               entry * (big ? 20 : 12),
           sizeof tag);
    return tag;
}

/** @param exact offsets, of which two directories cannot be compared, are not
 *              among the tags */
static void expect_same_tags(const Ifd *ifd, const Ifd *read, const File *file,
                             bool big, bool exact)
{
    uint16_t count;
    memcpy(&count, file->bytes + IFD_HEADER_NBYTES, sizeof count);
    for (size_t i = 0; i < count; i++) {
        const uint16_t tag = tag_in(file, big, i);
        expect_true(ifd_has(ifd, tag) && ifd_has(read, tag));
        expect_int_eq(ifd_number(ifd, tag, 7), ifd_number(read, tag, 7));
        if (exact)
            expect_true(ifd_same(ifd, read, tag));
    }
}

static void check_written(const Ifd *ifd, bool big, bool exact)
{
    const File file = file_of(ifd, big);
    Status status = {.code = STATUS_OK};
    Ifd *read = ifd_parse(file.bytes, file.nbytes, 0, &status);
    require(read != NULL);
    expect_same_tags(ifd, read, &file, big, exact);
    const File again = file_of(read, big);
    expect_int_eq(file.nbytes, again.nbytes);
    expect_mem_eq(file.bytes, again.bytes, file.nbytes);
    expect_true(ifd_parse(file.bytes, file.nbytes, 1, &status) == NULL);
    free(again.bytes);
    ifd_free(read);
    free(file.bytes);
}

static void check_both(const Ifd *ifd, bool exact)
{
    check_written(ifd, false, exact);
    check_written(ifd, true, exact);
}

/** Takes the bytes for a file. */
static void check_file(const Input *in)
{
    for (int i = 0; i < DIRECTORIES_MAX; i++) {
        Status status = {.code = STATUS_OK};
        Ifd *ifd = ifd_parse(in->at, in->left, i, &status);
        expect_int_eq(ifd != NULL, status.code == STATUS_OK);
        if (ifd == NULL)
            return;
        check_both(ifd, true);
        ifd_free(ifd);
    }
}

/** Sets a tag to what comes next; few tags, so that they meet. */
static void set_tag(Ifd *ifd, Input *in)
{
    static const uint16_t types[] = {1, 2,  3,  4,  5,  6,  7,  8,
                                     9, 10, 11, 12, 13, 16, 17, 18};
    Status status = {.code = STATUS_OK};
    const uint16_t tag = (uint16_t)input_magnitude(in, 0, UINT16_MAX);
    const uint16_t type = types[input_in(in, 0, 15)];
    const uint64_t count = (uint64_t)input_magnitude(in, 0, VALUES_MAX);
    uint8_t values[VALUES_MAX * 8];
    for (size_t i = 0; i < sizeof values; i++)
        values[i] = i < 8 * count ? (uint8_t)input_in(in, 0, 255) : 0;
    expect_true(ifd_set(ifd, tag, type, count, values, &status));
}

static void change_tag(Ifd *ifd, Input *in, const uint64_t *offsets)
{
    Status status = {.code = STATUS_OK};
    const uint16_t tag = (uint16_t)input_magnitude(in, 0, UINT16_MAX);
    switch (input_in(in, 0, 2)) {
    case 0:
        ifd_remove(ifd, tag);
        expect_true(!ifd_has(ifd, tag));
        break;
    case 1:
        expect_true(ifd_set_number(
            ifd, tag, (uint32_t)input_magnitude(in, 0, UINT32_MAX), &status));
        break;
    default:
        expect_true(ifd_set_offsets(ifd, tag, offsets,
                                    (uint64_t)input_in(in, 1, OFFSETS_MAX),
                                    &status));
    }
}

/** Takes the bytes for things to do to a directory. */
static void check_made(Input *in)
{
    static const uint64_t offsets[OFFSETS_MAX] = {1, 2, UINT32_MAX};
    Ifd *ifd = ifd_new();
    for (int i = 0; i < SETS_MAX && in->left > 0; i++)
        if (input_flag(in))
            set_tag(ifd, in);
        else
            change_tag(ifd, in, offsets);
    Ifd *copy = ifd_copy(ifd, NULL, 0);
    require(copy != NULL);
    expect_int_eq(ifd_nbytes(copy, false), ifd_nbytes(ifd, false));
    if (ifd_nbytes(copy, true) > EMPTY_NBYTES)
        check_both(copy, false);
    ifd_free(copy);
    ifd_free(ifd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t nbytes)
{
    Input in = {data, nbytes};
    /* As files begin. */
    if (nbytes > 0 && data[0] == 'I')
        check_file(&in);
    else
        check_made(&in);
    return 0;
}
