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

bool decode_bytes(const Codec *codec, const uint8_t *in, size_t in_nbytes,
                  uint8_t *out, size_t out_nbytes)
{
    if (codec->tag == codec_none.tag) {
        memcpy(out, in, in_nbytes < out_nbytes ? in_nbytes : out_nbytes);
        return in_nbytes == out_nbytes;
    }
    struct libdeflate_decompressor *state = libdeflate_alloc_decompressor();
    size_t used;
    /* Without a place for the size it is out_nbytes exactly, or a failure. */
    const enum libdeflate_result result = libdeflate_zlib_decompress_ex(
        state, in, in_nbytes, out, out_nbytes, &used, NULL);
    libdeflate_free_decompressor(state);
    return result == LIBDEFLATE_SUCCESS && used == in_nbytes;
}

uint64_t decode_bits(const uint8_t *bytes, size_t at, int nbits)
{
    uint64_t value = 0;
    for (int i = 0; i < nbits; i++, at++)
        value = value << 1 | (bytes[at / 8] >> (7 - at % 8) & 1);
    return value;
}
