/* SPDX-License-Identifier: MIT */
/** @file
 * The decoders of the codecs that need nothing of GDAL.
 */
#ifndef ROWBAND_DECODERS_H
#define ROWBAND_DECODERS_H

#include "coding.h"

/** By libdeflate. */
extern const Decoder decoder_deflate;

extern const Decoder decoder_lzw;
extern const Decoder decoder_packbits;

#endif
