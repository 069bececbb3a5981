/* SPDX-License-Identifier: MIT */
/** @file
 * From encoded tiles to the file: its directories and header, and in which
 * order what lies where.
 */
#ifndef ROWBAND_ASSEMBLE_H
#define ROWBAND_ASSEMBLE_H

#include <stdbool.h>
#include <stdint.h>

#include "encoder.h"
#include "ifd.h"
#include "options.h"
#include "sink.h"
#include "spool.h"
#include "status.h"
#include "writer.h"

/** Bytes before the first tile of a file that is not a COG. */
enum { ASSEMBLE_TILES_BEGIN = IFD_HEADER_NBYTES };

/** Bytes for each tile while a COG is assembled, for the budget. */
enum { ASSEMBLE_TILE_NBYTES = sizeof(uint64_t) };

/** All that a file is made of. Images are numbered as in the pipeline: those of
 * the raster and the mask, then those of each overview. */
typedef struct Assembly {
    Sink *sink;
    Spool *spool; /**< holds the tiles; NULL: the sink has them */
    const ImageSpec *images;
    const TileIndex *const *index; /**< of each image */
    Ifd *const *ifds;              /**< of each image; completed here */
    int image_count;               /**< of one level */
    int level_count;
    BigTiff bigtiff;
    uint64_t tiles_end; /**< where the tiles end, in the sink or, less
                             ASSEMBLE_TILES_BEGIN, in the spool */

    /** Asked now and then, with the part of the bytes that are written.
     * @return false to cancel */
    bool (*go_on)(void *user, double done);
    void *user;
} Assembly;

/** Bytes of the header that is to be set last. */
size_t assemble_header_nbytes(bool cog);

/** Directories behind the tiles, which lie in the order in which they became
 * ready. */
bool assemble_gtiff(const Assembly *assembly, Status *status);

/** A Cloud Optimized GeoTIFF as GDAL makes it (frmts/gtiff/geotiff.cpp:
 * GTiffDataset::CreateCopy(), WriteRawStripOrTile()): GDAL's structural
 * metadata, directories, and then tiles from the smallest overview to the
 * raster, in rows, each with its size before it and its last four bytes
 * repeated behind it, followed by that of the mask. */
bool assemble_cog(const Assembly *assembly, Status *status);

#endif
