/* SPDX-License-Identifier: MIT */
/** @file
 * From encoded tiles to a whole file: what lies where, the directories and the
 * header. Here directories follow the tiles; cog_layout.h has them first.
 *
 * Whatever the layout, bytes are appended in the order of the file, and each is
 * appended once. The first failure, of the output, of the store or because
 * go_on() said stop, ends it.
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

/** Bytes of the header that set_header() is given; of a COG fewer, see
 * cog_layout.h. */
enum { FILE_LAYOUT_HEADER_NBYTES = IFD_HEADER_NBYTES };

/** Where the first tile lies, in the file or, for one that is in a store, as
 * its index counts: position 0 of the store. */
enum { FILE_LAYOUT_TILES_BEGIN = FILE_LAYOUT_HEADER_NBYTES };

/** All that a file is made of; nothing is owned. Images are numbered as in the
 * pipeline: those of the raster and the mask, then those of each overview. In
 * one level they have tiles at the same places. */
typedef struct FileLayout {
    Output output;          /**< the file's bytes behind the header, in order */
    const TileStore *tiles; /**< NULL: they are in the output already */
    const ImageSpec *images;
    const TileIndex *const *index; /**< of each image */
    Ifd *const
        *ifds;       /**< of each image, with the tags of one pixel; completed
                          here, with references to index until they are freed */
    int image_count; /**< of one level */
    int level_count;
    Interleave interleave; /**< the raster's, of which a COG tells; there the
                                mask's tiles lie as its do */
    BigTiff bigtiff;
    uint64_t tiles_end; /**< where tiles end that are in the output already */
    bool any_order;     /**< those that are may lie in any */
    uint64_t *aside;    /**< NULL; or image_count offsets, to be set here: the
                             directories of the last level are not chained to
                             the others, but lie there */

    /** Is given the header, before anything is appended here; @p user is
     * output's. */
    bool (*set_header)(void *user, const void *header, Status *status);

    /** Asked now and then, with the part of the bytes that are written.
     * @return false to cancel */
    bool (*go_on)(void *user, double done);
    void *user;
} FileLayout;

/** What is held while tiles are copied from a store, for the budget: the bytes
 * that are copied between two questions whether to go on, and something for
 * each tile. */
enum {
    FILE_LAYOUT_COPY_NBYTES = 1 << 18,
    FILE_LAYOUT_TILE_NBYTES = sizeof(uint64_t)
};

/** Writes the file whose directories lie behind its tiles, which lie in the
 * order of tile_order.h. In a store they may lie in any order.
 * @return false with STATUS_INVALID if it is too large for BIGTIFF=NO, or if
 *         tiles that are in the output already are not in that order;
 *         STATUS_CANCELLED, STATUS_NO_MEMORY, or what the output or the store
 *         says */
bool file_layout_write(const FileLayout *layout, Status *status);

/** What layouts have in common. Images of all levels. */
int file_layout_image_count(const FileLayout *layout);

/** Asks go_on().
 * @param done the part of the bytes that are written
 * @return false with STATUS_CANCELLED */
bool file_layout_go_on(const FileLayout *layout, double done, Status *status);

/** Completes the directory of each image.
 * @param index of each image, as it will be in the file; kept by reference
 * @return false with STATUS_NO_MEMORY */
bool file_layout_complete_directories(const FileLayout *layout,
                                      const TileIndex *const *index,
                                      Status *status);

#endif
