/* SPDX-License-Identifier: MIT */
/** @file
 * ZSTD, by the compressor that comes with GDAL.
 */
#ifndef ROWBAND_ZSTD_CODEC_H
#define ROWBAND_ZSTD_CODEC_H

#include "codec.h"

/** Compression 50000 (libtiff's number), by GDAL's own compressor; level 1 to
 * 22. Use it only if codec_zstd_available(). */
extern const Codec codec_zstd;

/** @return whether this GDAL was built with zstd. */
bool codec_zstd_available(void);

#endif
