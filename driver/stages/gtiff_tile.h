/* SPDX-License-Identifier: MIT */
/** @file
 * What GTiff is told of tiles that it encodes, or decodes, for us.
 */
#ifndef ROWBAND_GTIFF_TILE_H
#define ROWBAND_GTIFF_TILE_H

#include "codec.h"
#include "cpl_port.h"
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

CPL_C_START

/** Completes the description of tiles. Its bands, type and directory must be
 * set already.
 * @param image    the tags of the image that they are for
 * @param compress one of GTiff's
 * @param options  more of GTiff's; copied
 * @param planar   whether a tile holds one band */
void gtiff_tile_init(GtiffTile *tile, const Ifd *image, const char *compress,
                     CSLConstList options, bool planar);

/** What @p setup says of its tiles. */
const GtiffTile *gtiff_tile_of(const CodecSetup *setup);

/** Bytes of the samples of one band in a tile. */
size_t gtiff_tile_band_nbytes(const CodecSetup *setup);

/** Releases what @p tile owns. */
void gtiff_tile_free(GtiffTile *tile);

CPL_C_END

#endif
