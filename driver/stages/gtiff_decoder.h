/* SPDX-License-Identifier: MIT */
/** @file
 * GDAL's GTiff driver as the decoder of what it has encoded: it reads a file in
 * memory that holds the tile, with the tags of the file that the tile is for.
 */
#ifndef ROWBAND_GTIFF_DECODER_H
#define ROWBAND_GTIFF_DECODER_H

#include "coding.h"

/** Gives samples. CodecSetup.custom is a GtiffTile with a directory. What GTiff
 * warns of while it decodes is a failure: it goes on with pixels that it does
 * not know. */
extern const Decoder decoder_gtiff;

#endif
