/* SPDX-License-Identifier: MIT */
/** @file
 * Tiles as they lie in a file, of codecs that need nothing of GDAL's driver,
 * back to pixels: decoded, and the predictor undone. What it decodes is bit for
 * bit what went in; what it cannot decode may be decoded by others that are
 * less strict.
 */
#ifndef ROWBAND_TILE_DECODER_H
#define ROWBAND_TILE_DECODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "encoding.h"
#include "status.h"
#include "swath.h"

/** One tile at a time, on one thread at a time. */
typedef struct TileDecoder TileDecoder;

/** @return whether tiles of @p image can be decoded: samples of whole bytes, by
 * a codec that keeps them all, and not by GDAL's driver */
bool tile_decoder_can(const ImageSpec *image);

/** What tile_decoder_new() allocates, for the budget. */
uint64_t tile_decoder_nbytes(const ImageSpec *image);

/** @param image that can be decoded; kept by reference
 * @return NULL if there is no memory */
TileDecoder *tile_decoder_new(const ImageSpec *image);

/** NULL is none. */
void tile_decoder_free(TileDecoder *decoder);

/** Where the bytes of a tile are to be put.
 * @return NULL if they are more than this codec makes of a tile */
uint8_t *tile_decoder_room(TileDecoder *decoder, size_t nbytes);

/** Decodes the tile that was put there.
 * @param to where its pixels of the raster go, from its first one on; samples
 *           are aligned, and pixels of a row lie one after another
 * @return false with STATUS_CODEC */
bool tile_decoder_decode(TileDecoder *decoder, int64_t tile_x, int64_t tile_y,
                         size_t nbytes, const PlaneView *to, Status *status);

#endif
