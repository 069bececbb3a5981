/* SPDX-License-Identifier: MIT */
#include "decode.h"

#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

static void undo_horizontal(uint8_t *row, size_t samples, size_t stride,
                            size_t sample_nbytes)
{
    for (size_t i = stride; i < samples; i++) {
        uint64_t sample = 0, before = 0;
        memcpy(&sample, row + i * sample_nbytes, sample_nbytes);
        memcpy(&before, row + (i - stride) * sample_nbytes, sample_nbytes);
        sample += before;
        memcpy(row + i * sample_nbytes, &sample, sample_nbytes);
    }
}

static void undo_floating_point(uint8_t *row, size_t samples, size_t stride,
                                size_t sample_nbytes)
{
    const size_t nbytes = samples * sample_nbytes;
    for (size_t i = stride; i < nbytes; i++)
        row[i] = (uint8_t)(row[i] + row[i - stride]);
    uint8_t *planes = malloc(nbytes + 1);
    memcpy(planes, row, nbytes);
    for (size_t i = 0; i < samples; i++)
        for (size_t byte = 0; byte < sample_nbytes; byte++)
            row[i * sample_nbytes + sample_nbytes - 1 - byte] =
                planes[byte * samples + i];
    free(planes);
}

void decode_row(Predictor predictor, uint8_t *row, size_t samples,
                size_t stride, size_t sample_nbytes)
{
    if (predictor == PREDICTOR_HORIZONTAL)
        undo_horizontal(row, samples, stride, sample_nbytes);
    else if (predictor == PREDICTOR_FLOATING_POINT)
        undo_floating_point(row, samples, stride, sample_nbytes);
}

uint64_t decode_bits(const uint8_t *bytes, size_t at, int nbits)
{
    uint64_t value = 0;
    for (int i = 0; i < nbits; i++, at++)
        value = value << 1 | (bytes[at / 8] >> (7 - at % 8) & 1);
    return value;
}

/** A string of the LZW table: its prefix and one byte more. */
typedef struct String {
    int prefix; /**< -1: none */
    uint8_t last;
    size_t nbytes;
} String;

enum { LZW_CLEAR = 256, LZW_END = 257, LZW_FIRST = 258, LZW_CODES = 4096 };

typedef struct LzwReader {
    String table[LZW_CODES];
    int next; /**< to be given away */
    int nbits;
} LzwReader;

static void lzw_clear(LzwReader *reader)
{
    for (int i = 0; i < LZW_CLEAR; i++)
        reader->table[i] = (String){-1, (uint8_t)i, 1};
    reader->next = LZW_FIRST;
    reader->nbits = 9;
}

/** Writes the string of @p code before @p end.
 * @return its first byte */
static uint8_t lzw_expand(const LzwReader *reader, int code, uint8_t *end)
{
    for (; reader->table[code].prefix >= 0; code = reader->table[code].prefix)
        *--end = reader->table[code].last;
    *--end = reader->table[code].last;
    return *end;
}

/** Adds the string that @p code, read after @p before, makes known. */
static void lzw_learn(LzwReader *reader, int before, int code)
{
    uint8_t scratch[LZW_CODES];
    const int first_of = code < reader->next ? code : before;
    const uint8_t first = lzw_expand(reader, first_of, scratch + LZW_CODES);
    reader->table[reader->next] =
        (String){before, first, reader->table[before].nbytes + 1};
    reader->next++;
    /* TIFF 6.0 section 13: one code early. */
    if (reader->next + 1 == 1 << reader->nbits)
        reader->nbits++;
}

/** As strict as can be: Clear first, End last, zeros behind it, no code that
 * is not known, no table that is too full. */
static bool decode_lzw(const uint8_t *in, size_t in_nbytes, uint8_t *out,
                       size_t out_nbytes)
{
    static LzwReader reader;
    size_t at = 0, done = 0;
    int before = -1;
    lzw_clear(&reader);
    for (bool first = true;; first = false) {
        if (reader.nbits > 12 || at + (size_t)reader.nbits > 8 * in_nbytes)
            return false;
        const int code = (int)decode_bits(in, at, reader.nbits);
        at += (size_t)reader.nbits;
        if (code == LZW_END)
            break;
        if (first != (code == LZW_CLEAR && at == 9))
            return false;
        if (code == LZW_CLEAR) {
            lzw_clear(&reader);
            before = -1;
            continue;
        }
        if (code > reader.next || (code >= LZW_FIRST && before < 0))
            return false;
        if (before >= 0)
            lzw_learn(&reader, before, code);
        if (code >= reader.next ||
            reader.table[code].nbytes > out_nbytes - done)
            return false;
        done += reader.table[code].nbytes;
        lzw_expand(&reader, code, out + done);
        before = code;
    }
    return done == out_nbytes && (at + 7) / 8 == in_nbytes &&
           (at % 8 == 0 || decode_bits(in, at, 8 - (int)(at % 8)) == 0);
}

/** One row after another; a run or literal that goes over a row's end is
 * refused. */
static bool decode_packbits(const uint8_t *in, size_t in_nbytes, uint8_t *out,
                            size_t out_nbytes, size_t row_nbytes)
{
    size_t at = 0, done = 0;
    while (done < out_nbytes) {
        const size_t left = row_nbytes - done % row_nbytes;
        if (at + 1 >= in_nbytes || in[at] == 128)
            return false;
        const bool run = in[at] > 128;
        const size_t count = run ? 257u - in[at] : in[at] + 1u;
        at++;
        if (count > left || (!run && count > in_nbytes - at))
            return false;
        if (run)
            memset(out + done, in[at], count);
        else
            memcpy(out + done, in + at, count);
        done += count;
        at += run ? 1 : count;
    }
    return at == in_nbytes;
}

static bool decode_none(const uint8_t *in, size_t in_nbytes, uint8_t *out,
                        size_t out_nbytes)
{
    memcpy(out, in, in_nbytes < out_nbytes ? in_nbytes : out_nbytes);
    return in_nbytes == out_nbytes;
}

static bool decode_deflate(const uint8_t *in, size_t in_nbytes, uint8_t *out,
                           size_t out_nbytes)
{
    struct libdeflate_decompressor *state = libdeflate_alloc_decompressor();
    size_t used;
    /* Without a place for the size it is out_nbytes exactly, or a failure. */
    const enum libdeflate_result result = libdeflate_zlib_decompress_ex(
        state, in, in_nbytes, out, out_nbytes, &used, NULL);
    libdeflate_free_decompressor(state);
    return result == LIBDEFLATE_SUCCESS && used == in_nbytes;
}

bool decode_rows(const Codec *codec, const uint8_t *in, size_t in_nbytes,
                 uint8_t *out, size_t out_nbytes, size_t row_nbytes)
{
    if (codec == &codec_packbits)
        return decode_packbits(in, in_nbytes, out, out_nbytes, row_nbytes);
    if (codec == &codec_lzw)
        return decode_lzw(in, in_nbytes, out, out_nbytes);
    if (codec == &codec_deflate)
        return decode_deflate(in, in_nbytes, out, out_nbytes);
    return decode_none(in, in_nbytes, out, out_nbytes);
}

bool decode_bytes(const Codec *codec, const uint8_t *in, size_t in_nbytes,
                  uint8_t *out, size_t out_nbytes)
{
    return decode_rows(codec, in, in_nbytes, out, out_nbytes, out_nbytes);
}
