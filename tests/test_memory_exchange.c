/* SPDX-License-Identifier: MIT */
#include "memory_exchange.h"

#include <stdlib.h>
#include <string.h>

#include <cpl_vsi.h>

#include "gtest_c.h"
#include "harness.h"

#define A "/vsimem/exchange_a"
#define B "/vsimem/exchange_b"

enum { SHORT_NBYTES = 5, LONG_NBYTES = 3 * 4096 + 7 };

/** Writes a file of the bytes @p value, @p value + 1, and so on.
 * @return the file, open */
static VSILFILE *make(const char *path, size_t nbytes, int value)
{
    VSILFILE *file = VSIFOpenL(path, "wb+");
    for (size_t i = 0; i < nbytes; i++) {
        const unsigned char byte = (unsigned char)(value + (int)(i % 200));
        VSIFWriteL(&byte, 1, 1, file);
    }
    return file;
}

/** @return whether an open file holds what make() wrote, and no more */
static bool holds(VSILFILE *file, size_t nbytes, int value)
{
    unsigned char *read = malloc(LONG_NBYTES + 1);
    VSIFSeekL(file, 0, SEEK_SET);
    bool same = VSIFReadL(read, 1, LONG_NBYTES + 1, file) == nbytes;
    for (size_t i = 0; same && i < nbytes; i++)
        same = read[i] == (unsigned char)(value + (int)(i % 200));
    free(read);
    return same;
}

static void exchange(size_t a_nbytes, size_t b_nbytes)
{
    VSILFILE *a = make(A, a_nbytes, 1), *b = make(B, b_nbytes, 50);
    test_context("%zu and %zu bytes", a_nbytes, b_nbytes);
    expect_true(memory_exchange(A, B));
    expect_true(holds(a, b_nbytes, 50) && holds(b, a_nbytes, 1));
    VSIFCloseL(a);
    VSIFCloseL(b);
    a = VSIFOpenL(A, "rb");
    expect_true(holds(a, b_nbytes, 50));
    VSIFCloseL(a);
    VSIUnlink(A);
    VSIUnlink(B);
}

TEST_CASE(memory_exchange, who_has_a_file_open_sees_what_the_other_held)
{
    exchange(LONG_NBYTES, SHORT_NBYTES);
    exchange(SHORT_NBYTES, LONG_NBYTES);
    exchange(LONG_NBYTES, LONG_NBYTES);
    exchange(2 * 4096, 4096);
    exchange(SHORT_NBYTES, 0);
}

/** Expects both files to be as they were. */
static void refuse(size_t a_nbytes)
{
    VSILFILE *a = make(A, a_nbytes, 1);
    expect_true(!memory_exchange(A, B));
    expect_true(holds(a, a_nbytes, 1));
    VSIFCloseL(a);
    VSIUnlink(A);
}

TEST_CASE(memory_exchange, bytes_of_a_program_are_not_written_to)
{
    static const char expected[] = "these are somebody else's";
    static const size_t lengths[] = {SHORT_NBYTES, sizeof expected,
                                     LONG_NBYTES};
    for (int i = 0; i < COUNT_OF(lengths); i++) {
        char bytes[sizeof expected];
        memcpy(bytes, expected, sizeof bytes);
        VSILFILE *file =
            VSIFileFromMemBuffer(B, (GByte *)bytes, sizeof bytes, FALSE);
        require(file != NULL);
        refuse(lengths[i]);
        expect_mem_eq(bytes, expected, sizeof bytes);
        VSIFCloseL(file);
        VSIUnlink(B);
    }
}

TEST_CASE(memory_exchange, what_another_copy_has_not_finished_is_left_to_it)
{
    static const char unfinished[16] = {[15] = 1};
    VSILFILE *file = VSIFOpenL(B, "wb+");
    char read[sizeof unfinished];
    VSIFWriteL(unfinished, 1, sizeof unfinished, file);
    refuse(LONG_NBYTES);
    VSIFSeekL(file, 0, SEEK_SET);
    expect_int_eq((int)VSIFReadL(read, 1, sizeof read, file), sizeof read);
    expect_mem_eq(read, unfinished, sizeof read);
    VSIFCloseL(file);
    VSIUnlink(B);
}

TEST_CASE(memory_exchange, a_file_that_is_not_there_is_not_made)
{
    VSIStatBufL stat;
    refuse(SHORT_NBYTES);
    expect_true(VSIStatL(B, &stat) != 0);
}
