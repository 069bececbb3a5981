/* SPDX-License-Identifier: MIT */
/** @file
 * From encoded tiles to the file: its directories and header, and in which
 * order what lies where.
 */
#ifndef ROWBAND_FILE_LAYOUT_H
#define ROWBAND_FILE_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "directory.h"
#include "encoder.h"
#include "ifd.h"
#include "status.h"
#include "tile_store.h"
#include "writer.h"

/** Bytes before the first tile of a file that is not a COG. */
enum { FILE_LAYOUT_TILES_BEGIN = IFD_HEADER_NBYTES };

/** Bytes for each tile while a COG is assembled, for the budget. */
enum { FILE_LAYOUT_TILE_NBYTES = sizeof(uint64_t) };

/** All that a file is made of. Images are numbered as in the pipeline: those of
 * the raster and the mask, then those of each overview. */
typedef struct FileLayout {
    Output output;          /**< the file's bytes, in order */
    const TileStore *tiles; /**< NULL: they are in the output already */
    const ImageSpec *images;
    const TileIndex *const *index; /**< of each image */
    Ifd *const *ifds;              /**< of each image; completed here */
    int image_count;               /**< of one level */
    int level_count;
    BigTiff bigtiff;
    uint64_t tiles_end; /**< where the tiles end, in the output or, less
                             FILE_LAYOUT_TILES_BEGIN, in the store */

    /** Is given the header, of file_layout_header_nbytes(), which comes
     * before all that is appended; @p user is output's. */
    bool (*set_header)(void *user, const void *header, Status *status);

    /** Asked now and then, with the part of the bytes that are written.
     * @return false to cancel */
    bool (*go_on)(void *user, double done);
    void *user;
} FileLayout;

/** Bytes of the header that is to be set last. */
size_t file_layout_header_nbytes(bool cog);

/** Directories behind the tiles, which lie in the order in which they became
 * ready. */
bool file_layout_gtiff(const FileLayout *file, Status *status);

/** A Cloud Optimized GeoTIFF as GDAL makes it (frmts/gtiff/geotiff.cpp:
 * GTiffDataset::CreateCopy(), WriteRawStripOrTile()): GDAL's structural
 * metadata, directories, and then tiles from the smallest overview to the
 * raster, in rows, each with its size before it and its last four bytes
 * repeated behind it, followed by that of the mask. */
bool file_layout_cog(const FileLayout *file, Status *status);

#endif
