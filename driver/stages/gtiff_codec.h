/* SPDX-License-Identifier: MIT */
/** @file
 * GDAL's own GTiff driver as a codec: it writes each tile into a file of one
 * tile in memory, from which the encoded bytes are taken. That provides every
 * compression that this GDAL has, with its options; and with COMPRESS=NONE
 * whatever GTiff does to samples before it encodes them (DISCARD_LSB). What it
 * is told lies in a GtiffTile.
 */
#ifndef ROWBAND_GTIFF_CODEC_H
#define ROWBAND_GTIFF_CODEC_H

#include "codec.h"

/** Takes samples. Open a state on the thread that owns GtiffTile.bands. */
extern const Codec codec_gtiff;

#endif
