/* SPDX-License-Identifier: MIT */
/** @file
 * LZW as TIFF has it (TIFF 6.0 section 13): codes of 9 to 12 bits, most
 * significant bit first.
 */
#ifndef ROWBAND_LZW_H
#define ROWBAND_LZW_H

#include <stdbool.h>
#include <stddef.h>

/** The string table; used by one thread at a time. */
typedef struct Lzw Lzw;

/** @return NULL if there is no memory */
Lzw *lzw_new(void);
void lzw_free(Lzw *lzw);

/** Bytes that an Lzw holds. */
size_t lzw_nbytes(void);

/** Upper limit of the encoded size of @p in_nbytes bytes. */
size_t lzw_bound(size_t in_nbytes);

/** Encodes a strip or a tile. The result does not depend on what was encoded
 * before.
 * @param out room for lzw_bound(in_nbytes)
 * @return bytes written */
size_t lzw_encode(Lzw *lzw, const void *in, size_t in_nbytes, void *out);

/** The table of a decoder; likewise. */
typedef struct LzwStrings LzwStrings;

/** @return NULL if there is no memory */
LzwStrings *lzw_strings_new(void);
void lzw_strings_free(LzwStrings *strings);
size_t lzw_strings_nbytes(void);

/** Decodes a strip or a tile.
 * @return whether @p in is exactly @p out_nbytes bytes, encoded: from Clear to
 *         End, with nothing behind */
bool lzw_decode(LzwStrings *strings, const void *in, size_t in_nbytes,
                void *out, size_t out_nbytes);

#endif
