/* SPDX-License-Identifier: MIT */
/** @file
 * PackBits, the run lengths of TIFF 6.0 section 9.
 */
#ifndef ROWBAND_PACKBITS_H
#define ROWBAND_PACKBITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Upper limit of the encoded size of a row. */
size_t packbits_bound(size_t row_nbytes);

/** Encodes one row; runs end with the row, as TIFF demands.
 * @param out room for packbits_bound(nbytes)
 * @return bytes written */
size_t packbits_row(const void *in, size_t nbytes, void *out);

/** Decodes one row.
 * @param[in,out] in moves behind what was decoded
 * @param end        of what there is
 * @param[out] out   nbytes bytes
 * @return false if it is not a row of that length, or a run goes beyond it */
bool packbits_unpack_row(const uint8_t **in, const uint8_t *end, uint8_t *out,
                         size_t nbytes);

#endif
