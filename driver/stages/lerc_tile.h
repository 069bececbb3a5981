/* SPDX-License-Identifier: MIT */
/** @file
 * Tiles of COMPRESS=LERC, LERC_DEFLATE and LERC_ZSTD that are the same bytes
 * for the same pixels: see lerc_blob.h.
 */
#ifndef ROWBAND_LERC_TILE_H
#define ROWBAND_LERC_TILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cpl_port.h"
#include "status.h"

/** Settles a tile as GTiff encoded it. What is compressed once more is
 * decompressed for it, and compressed again by GDAL's compressor.
 * @param options    of GTiff: COMPRESS, ZLEVEL, ZSTD_LEVEL
 * @param tile       in place, has room for @p capacity bytes
 * @param[in,out] nbytes of it
 * @return false with STATUS_CODEC; true for tiles of other
 *         compressions, which are left alone */
bool lerc_tile_settle(CSLConstList options, uint8_t *tile, size_t capacity,
                      size_t *nbytes, Status *status);

#endif
