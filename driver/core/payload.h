/* SPDX-License-Identifier: MIT */
/** @file
 * What a tile has on its way from the source to the file: pixels that are yet
 * to be encoded, bytes that are encoded, or nothing at all.
 *
 * A payload owns nothing: its pixels or bytes belong to whoever made it, who
 * says how long they stay.
 */
#ifndef ROWBAND_PAYLOAD_H
#define ROWBAND_PAYLOAD_H

#include <stddef.h>
#include <stdint.h>

#include "swath.h"

typedef enum PayloadKind {
    PAYLOAD_PIXELS,  /**< to be encoded */
    PAYLOAD_ENCODED, /**< to be copied into the file */
    PAYLOAD_EMPTY    /**< a hole: every sample is the image's empty sample */
} PayloadKind;

/** The raster's part of a tile. */
typedef struct TilePixels {
    const uint8_t *samples; /**< the upper left one */
    size_t row_nbytes;      /**< from one row to the next */
    PlaneView validity;     /**< of the same pixels; its pixels are NULL if
                                 there is no such plane */
} TilePixels;

/** A tile as the file holds it. */
typedef struct EncodedTile {
    const uint8_t *bytes;
    size_t nbytes; /**< at least 1 */
} EncodedTile;

typedef struct Payload {
    PayloadKind kind;
    union {
        TilePixels pixels;
        EncodedTile encoded;
    } of; /**< of an empty one: neither */
} Payload;

static inline Payload payload_encoded(const uint8_t *bytes, size_t nbytes)
{
    return (Payload){.kind = PAYLOAD_ENCODED, .of.encoded = {bytes, nbytes}};
}

#endif
