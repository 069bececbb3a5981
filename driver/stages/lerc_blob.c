/* SPDX-License-Identifier: MIT */
#include "lerc_blob.h"

#include <string.h>

/* Where things are: Lerc2.cpp, WriteHeader(). */
enum {
    VERSION_AT = 6,
    CHECKSUM_AT = 10,
    CHECKED_FROM = 14,
    BANDS_AT = 22,
    VALID_AT = 26,
    SIZE_AT = 34,
    TYPE_AT = 38,
    MIN_AT = 50,
    MAX_AT = 58,
    MASK_AT = 66
};

enum { VERSION = 4, TYPE_BYTE = 1 }; /* before it only: signed bytes */

/* Of Lerc2.h: TILED is neither. */
enum { MODE_DELTA_HUFFMAN = 1, MODE_HUFFMAN = 2 };

static uint32_t number_at(const uint8_t *at)
{
    uint32_t number;
    memcpy(&number, at, sizeof number);
    return number;
}

static uint32_t fold(uint32_t sum)
{
    return (sum & 0xffff) + (sum >> 16);
}

/** Fletcher's, of words of which the first byte is the high one. */
static uint32_t checksum(const uint8_t *bytes, size_t nbytes)
{
    uint32_t sum = 0xffff, sum_of_sums = 0xffff;
    for (size_t i = 0; i < nbytes; i += 2) {
        const uint32_t low = i + 1 < nbytes ? bytes[i + 1] : 0;
        sum = fold(sum + ((uint32_t)bytes[i] << 8) + low);
        sum_of_sums = fold(sum_of_sums + sum);
    }
    return sum_of_sums << 16 | sum;
}

/** @return whether the ranges of all bands are of one value, after which there
 *          is nothing */
static bool all_constant(const uint8_t *ranges, size_t bands)
{
    return memcmp(ranges, ranges + bands, bands) == 0;
}

/** @return whether Huffman codes are what the blob ends with */
static bool ends_with_codes(const uint8_t *blob, size_t nbytes)
{
    const size_t bands = number_at(blob + BANDS_AT);
    const size_t mask_nbytes = number_at(blob + MASK_AT);
    const size_t ranges_at = MASK_AT + sizeof(uint32_t) + mask_nbytes;
    enum { FLAGS_AND_WORD = 6 };
    if (mask_nbytes > nbytes || bands > nbytes ||
        ranges_at + 2 * bands + FLAGS_AND_WORD > nbytes ||
        number_at(blob + VALID_AT) == 0 ||
        memcmp(blob + MIN_AT, blob + MAX_AT, sizeof(double)) == 0 ||
        all_constant(blob + ranges_at, bands))
        return false;
    const uint8_t *flags = blob + ranges_at + 2 * bands;
    double max_error;
    memcpy(&max_error, blob + MIN_AT - sizeof max_error, sizeof max_error);
    return max_error == 0.5 && flags[0] == 0 &&
           (flags[1] == MODE_DELTA_HUFFMAN || flags[1] == MODE_HUFFMAN);
}

bool lerc_blob_settle(uint8_t *blob, size_t nbytes)
{
    static const char magic[] = "Lerc2 ";
    if (nbytes < MASK_AT + sizeof(uint32_t) ||
        memcmp(blob, magic, strlen(magic)) != 0 ||
        number_at(blob + VERSION_AT) != VERSION ||
        number_at(blob + SIZE_AT) != nbytes ||
        number_at(blob + TYPE_AT) > TYPE_BYTE ||
        number_at(blob + CHECKSUM_AT) !=
            checksum(blob + CHECKED_FROM, nbytes - CHECKED_FROM) ||
        !ends_with_codes(blob, nbytes))
        return false;
    memset(blob + nbytes - sizeof(uint32_t), 0, sizeof(uint32_t));
    const uint32_t sum = checksum(blob + CHECKED_FROM, nbytes - CHECKED_FROM);
    memcpy(blob + CHECKSUM_AT, &sum, sizeof sum);
    return true;
}
