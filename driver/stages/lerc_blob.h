/* SPDX-License-Identifier: MIT */
/** @file
 * LERC's encoded bytes, where they would differ from run to run. liblerc counts
 * one word more for Huffman codes, which it uses for bytes that are to be kept
 * exactly, than it writes (Huffman.cpp: ComputeCompressedSize(), "as the decode
 * LUT can read ahead"). What lies there is what libtiff's memory happens to
 * hold, and the checksum covers it.
 */
#ifndef ROWBAND_LERC_BLOB_H
#define ROWBAND_LERC_BLOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Makes the unwritten word zeros, and the checksum right again.
 * @return false, and nothing changed, if there is no such word, or these are
 * not the bytes of a blob of version 4, which libtiff writes */
bool lerc_blob_settle(uint8_t *blob, size_t nbytes);

#endif
