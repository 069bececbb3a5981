/* SPDX-License-Identifier: MIT */
/** @file
 * What one worker does to one tile: pad, replace, pack, predict, compress, and
 * verify if the image has a Fidelity.
 *
 * Pixels become an encoded payload, or an empty one. What comes encoded stays
 * as it is. What comes empty stays empty where the image leaves such tiles out;
 * elsewhere a tile of nothing but the empty sample is encoded, once for all
 * like it that come empty, for which ImageSpec.accepts_empty must be set.
 * Statistics are counted from pixels: an image that has them refuses what comes
 * encoded. Where a plane says which pixels are valid, none of a hole's are.
 * Where ImageSpec.copied says so nothing but that is done, and the result is
 * empty.
 */
#ifndef ROWBAND_ENCODER_H
#define ROWBAND_ENCODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "empty_tiles.h"
#include "encoding.h"
#include "job.h"
#include "status.h"

/** One worker's state for all images; used by one thread at a time. */
typedef struct Encoder Encoder;

/** @param images kept by reference
 * @return NULL if there is no memory */
Encoder *encoder_new(const ImageSpec *images, int image_count);
void encoder_free(Encoder *encoder);

/** From now on empty tiles are encoded once for all that share @p tiles, which
 * must outlive the encoder. */
void encoder_share_empty_tiles(Encoder *encoder, EmptyTiles *tiles);

/** @return whether a sample of @p image, or of one at the same encoding, was
 * too large for its bits so far */
bool encoder_has_clipped(const Encoder *encoder, int image);

/** Adds to each of @p counts how many tiles were encoded at a level that was
 * found for them: see Codec.add_levels. */
void encoder_add_levels(const Encoder *encoder, int64_t *counts);

/** What encoder_new() allocates, for the budget. */
uint64_t encoder_nbytes(const ImageSpec *images, int image_count);

/** Room that encoder_encode() may need for its output, for any image. */
size_t encoder_bound(const ImageSpec *images, int image_count);

/** Encodes one tile. Does not release the job's reference. Of what comes
 * encoded nothing is verified, as there are no pixels to hold it against.
 * @param out      encoder_bound() bytes
 * @param[out] result encoded or empty; encoded bytes lie in @p out, or where
 *                    they stay until the next call or the release of the
 *                    job's reference, whichever is first
 * @return false with STATUS_CODEC, also of a tile that does not verify; with
 * STATUS_INVALID for a payload that the image does not accept */
bool encoder_encode(Encoder *encoder, const TileJob *job, uint8_t *out,
                    size_t out_capacity, Payload *result, Status *status);

#endif
