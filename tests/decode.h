/* SPDX-License-Identifier: MIT */
/** @file
 * What a TIFF reader does, written from the specification and as plainly as
 * can be, to judge by.
 */
#ifndef ROWBAND_TESTS_DECODE_H
#define ROWBAND_TESTS_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec.h"
#include "predictor.h"

/** Undoes a predictor on one row of samples, in place (TIFF 6.0 section 14;
 * Adobe TIFF Technical Note 3). */
void decode_row(Predictor predictor, uint8_t *row, size_t samples,
                size_t stride, size_t sample_nbytes);

/** Undoes @p codec, which must be one of core's.
 * @param row_nbytes of the rows that were encoded; divides @p out_nbytes
 * @return whether @p in is exactly @p out_nbytes bytes, encoded */
bool decode_rows(const Codec *codec, const uint8_t *in, size_t in_nbytes,
                 uint8_t *out, size_t out_nbytes, size_t row_nbytes);

/** The same for one row. */
bool decode_bytes(const Codec *codec, const uint8_t *in, size_t in_nbytes,
                  uint8_t *out, size_t out_nbytes);

/** The unsigned number in @p nbits bits from bit @p at on, the most significant
 * bit of a byte being its first (FillOrder 1). */
uint64_t decode_bits(const uint8_t *bytes, size_t at, int nbits);

#endif
