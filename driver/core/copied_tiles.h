/* SPDX-License-Identifier: MIT */
/** @file
 * Tiles of another TIFF that are already what they should become here: which
 * directories say so of their tiles, and where those lie. Pure arithmetic on
 * what ifd_read.h has read; that nothing changes samples on the way is for
 * others to see to.
 */
#ifndef ROWBAND_COPIED_TILES_H
#define ROWBAND_COPIED_TILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "encoding.h"
#include "ifd.h"
#include "status.h"
#include "window.h"
#include "writer.h"

/** The tags that are looked at, for ifd_read(). */
extern const uint16_t copied_tiles_tags[];
extern const size_t copied_tiles_tag_count;

/** The most values that one of them may have, for ifd_read(), in a directory of
 * so many tiles. */
uint64_t copied_tiles_values_max(int64_t tile_count);

/** Compares what two directories say of how tiles are made, wherever those lie.
 * Where a tile holds one band, it may be any band of the other file.
 * @param source of the other file
 * @param own    of @p image, as for one pixel
 * @return why its tiles are not those of @p image, in a few words; NULL: they
 *         are, if copied_tiles_share_tables() or those are taken over too */
const char *copied_tiles_why_not(const Ifd *source, const Ifd *own,
                                 const ImageSpec *image);

/** @return whether tiles of the two decode with the same tables: JPEG's, and
 * what goes with them */
bool copied_tiles_share_tables(const Ifd *source, const Ifd *own);

/** Has @p own say of these tables what @p source says.
 * @return false with STATUS_NO_MEMORY */
bool copied_tiles_take_tables(Ifd *own, const Ifd *source, Status *status);

/** The tiles of another file's image, like those of one of ours. */
typedef struct OtherTiles {
    Layout layout;
    uint64_t file_nbytes;
    uint64_t *offsets, *nbytes; /**< by TIFF index; owned */
} OtherTiles;

/** @param source of which copied_tiles_why_not() has said nothing
 * @param[out] why_not set, with a reason, if it does not say where they all
 *             are; left as it is otherwise
 * @return false with STATUS_NO_MEMORY; other_tiles_free() is due all the same
 */
bool other_tiles_init(OtherTiles *tiles, const Ifd *source,
                      const ImageSpec *image, uint64_t file_nbytes,
                      const char **why_not, Status *status);
void other_tiles_free(OtherTiles *tiles);

/** How a plane of an image lies in another, or those of its tiles that do. */
typedef struct PlaneInOther {
    int plane, other_plane;
    int64_t x, y;  /**< the other's pixel that would be the first of ours */
    uint64_t base; /**< to be added to offsets */
    Window places; /**< of our tiles, as a rectangle of places; empty: all */
    const int32_t *shown; /**< by place: those that have @p number here; NULL:
                               all of them */
    int32_t number;
} PlaneInOther;

/** @return whether the grids of tiles are the same there */
bool other_tiles_fit(const OtherTiles *tiles, const Layout *own,
                     const PlaneInOther *at);

/** One of our tiles of which the other has all, with as many rows encoded. */
typedef struct TileInOther {
    int64_t x, y;  /**< the place of ours */
    int64_t other; /**< the other's, by TIFF index */
    bool begun;
} TileInOther;

/** Steps to the next of them, in rows. Begin with a zeroed one.
 * @param at which fits
 * @return false after the last */
bool other_tiles_next(const OtherTiles *tiles, const Layout *own,
                      const PlaneInOther *at, TileInOther *tile);

/** What became of the tiles that the other has. */
typedef struct OtherTilesCount {
    int64_t placed;
    int64_t holes;       /**< that are not there */
    const char *why_not; /**< why some, which are there, are not placed: no
                              encoder would have made them. NULL: none */
} OtherTilesCount;

/** Notes where those of our tiles lie that the other has.
 * @param[in,out] index of @p image
 * @param[in,out] count is added to
 * @return false with STATUS_READ if a tile does not lie within the file */
bool other_tiles_place(const OtherTiles *tiles, const ImageSpec *image,
                       const PlaneInOther *at, TileIndex *index,
                       OtherTilesCount *count, Status *status);

#endif
