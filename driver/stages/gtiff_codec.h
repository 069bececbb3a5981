/* SPDX-License-Identifier: MIT */
/** @file
 * GDAL's own GTiff driver as a codec: it writes each tile into a file of one
 * tile in memory, from which the encoded bytes are taken. That provides every
 * compression that this GDAL has, with its options; and with COMPRESS=NONE
 * whatever GTiff does to samples before it encodes them (DISCARD_LSB).
 */
#ifndef ROWBAND_GTIFF_CODEC_H
#define ROWBAND_GTIFF_CODEC_H

#include "codec.h"
#include "gdal.h"
#include "ifd.h"

/** CodecSetup.custom: what the files of one tile have in common. Immutable
 * while states use it. */
typedef struct GtiffTile {
    GDALDatasetH bands; /**< whose colour interpretation and nodata are the
                             tiles'; not owned */
    GDALDataType type;
    const Ifd *directory; /**< whose tags those of a tile must match, or NULL;
                               not owned */
    char **options;       /**< of GTiff, less those of the layout; owned */
} GtiffTile;

/** Takes samples. Open a state on the thread that owns GtiffTile.bands. */
extern const Codec codec_gtiff;

CPL_C_START

/** Completes the description of tiles. Its bands, type and directory must be
 * set already.
 * @param image    the tags of the image that they are for
 * @param compress one of GTiff's
 * @param options  more of GTiff's; copied
 * @param planar   whether a tile holds one band */
void gtiff_tile_init(GtiffTile *tile, const Ifd *image, const char *compress,
                     CSLConstList options, bool planar);

/** Releases what @p tile owns. */
void gtiff_tile_free(GtiffTile *tile);

CPL_C_END

#endif
