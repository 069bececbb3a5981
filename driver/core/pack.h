/* SPDX-License-Identifier: MIT */
/** @file
 * Samples whose bits do not fill whole bytes (NBITS).
 */
#ifndef ROWBAND_PACK_H
#define ROWBAND_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Packs one row, most significant bit first, the last byte filled with zeros
 * (TIFF 6.0 section 8, FillOrder 1). Values too large for @p nbits become
 * the largest that fits, as in GTiff.
 * @param out           (samples * nbits + 7) / 8 bytes
 * @param in            unsigned samples in host order
 * @param sample_nbytes 1, 2 or 4
 * @param nbits         1 to 31
 * @return whether a value was too large */
bool pack_row(uint8_t *out, const void *in, size_t samples, int sample_nbytes,
              int nbits);

/** Turns one row of floats into IEEE 754 half floats (binary16), dropping
 * the bits that those lack, as GTiff does (CPLFloatToHalf() in GDAL's
 * port/cpl_float.cpp).
 * @param out 2 * samples bytes; may be @p in itself
 * @return whether a finite value was too large and became infinite */
bool pack_half_row(void *out, const void *in, size_t samples);

/** Undoes pack_row(). */
void unpack_row(void *out, const uint8_t *in, size_t samples, int sample_nbytes,
                int nbits);

/** Turns one row of half floats into floats, which can hold all of them.
 * @param out 4 * samples bytes, not overlapping @p in */
void unpack_half_row(void *out, const void *in, size_t samples);

#endif
