/* SPDX-License-Identifier: MIT */
/** @file
 * PackBits, the run lengths of TIFF 6.0 section 9.
 */
#ifndef ROWBAND_PACKBITS_H
#define ROWBAND_PACKBITS_H

#include <stddef.h>

/** Upper limit of the encoded size of a row. */
size_t packbits_bound(size_t row_nbytes);

/** Encodes one row; runs end with the row, as TIFF demands.
 * @param out room for packbits_bound(nbytes)
 * @return bytes written */
size_t packbits_row(const void *in, size_t nbytes, void *out);

#endif
