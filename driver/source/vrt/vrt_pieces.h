/* SPDX-License-Identifier: MIT */
/** @file
 * What a band shows as it is: pieces of other bands, moved by whole pixels,
 * with nothing computed of them on the way, and which tiles show one piece and
 * nothing else. gdal_translate makes VRTs of one piece, of metadata, windows
 * and bands that are to be others; gdalbuildvrt those of many. VRTs within VRTs
 * are followed. A band that is of no VRT is one piece itself.
 *
 * On the thread that the band belongs to. In silence: what fails here will fail
 * again when it is read.
 */
#ifndef ROWBAND_VRT_PIECES_H
#define ROWBAND_VRT_PIECES_H

#include <stdbool.h>
#include <stdint.h>

#include "cpl_port.h"
#include "gdal.h"
#include "layout.h"
#include "status.h"
#include "window.h"

CPL_C_START

typedef struct VrtPieces VrtPieces;

/** What a piece is of. */
typedef struct VrtBottom {
    GDALDatasetH dataset; /**< that the band is of, or whose mask it is */
    GDALRasterBandH band; /**< of no VRT that can be looked into */
    int64_t x, y;         /**< its pixel that would be the raster's first */
    GDALDatasetH own;     /**< to be closed; or NULL */
} VrtBottom;

/** Looks for pieces. Files of a mosaic of many are not opened.
 * @param dataset that @p band is of, or whose mask it is
 * @param layout  the tiles that are asked about; pieces that cover none of them
 *                are left out. NULL: all are taken
 * @return NULL with STATUS_NO_MEMORY, or without if none of it can be followed
 */
VrtPieces *vrt_pieces_new(GDALDatasetH dataset, GDALRasterBandH band,
                          const Layout *layout, Status *status);

/** NULL is none. */
void vrt_pieces_free(VrtPieces *pieces);

int vrt_pieces_count(const VrtPieces *pieces);

/** By place, row after row: the number of the piece that a tile shows, alone;
 * negative: none. NULL without a layout. */
int32_t *vrt_pieces_shown(VrtPieces *pieces);

/** Where a piece lies in the raster. */
Window vrt_pieces_at(const VrtPieces *pieces, int piece);

/** Opens what a piece is of.
 * @return false if it cannot be, or is not what it was taken for; or with
 *         STATUS_NO_MEMORY. Call vrt_pieces_close() even then */
bool vrt_pieces_open(const VrtPieces *pieces, int piece, VrtBottom *bottom,
                     Status *status);
void vrt_pieces_close(VrtBottom *bottom);

/** @return whether pieces of one number, of two bands of a raster, are band 1
 *          and band @p number of one file, at one place */
bool vrt_pieces_alike(const VrtPieces *first, const VrtPieces *other, int piece,
                      int number);

CPL_C_END

#endif
