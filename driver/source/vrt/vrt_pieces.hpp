/* SPDX-License-Identifier: MIT */
/** @file
 * What vrt_pieces.h hands out, and how it is found.
 */
#ifndef ROWBAND_VRT_PIECES_HPP
#define ROWBAND_VRT_PIECES_HPP

#include <vector>

#include "crowded_folder.h"
#include "tile_cover.h"
#include "vrt_access.hpp"
#include "vrt_pieces.h"

/** A rectangle of the raster that shows pixels of another band. */
struct VrtPiece {
    VRTSimpleSource *source; /**< nullptr: the band itself */
    int64_t x, y;            /**< VrtBottom's */
    int left, top, right, bottom;
};

/** What a VRT was opened for, by GDAL's pool. */
struct VrtInner {
    GDALDataset *proxy, *underlying;
};

struct VrtPieces {
    GDALDataset *dataset = nullptr;
    GDALRasterBand *band = nullptr;
    GDALDataType type = GDT_Unknown;
    std::vector<VrtPiece> pieces{};
    std::vector<VrtInner> held{};
    TileCover cover{};
    mutable CrowdedFolder folder{};

    VrtPieces() = default;
    VrtPieces(const VrtPieces &) = delete;
    VrtPieces &operator=(const VrtPieces &) = delete;
    ~VrtPieces();
};

/** Fills in pieces and cover of what is otherwise complete.
 * @return false if nothing is known of them */
bool vrt_pieces_walk(VrtPieces &found);

#endif
