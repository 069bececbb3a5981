/* SPDX-License-Identifier: MIT */
/** @file
 * Whether an encoded tile is what a reader needs to see the pixels: it is
 * decoded, predictor and packing are undone, and each sample is held against
 * the one that went in, as the image's Fidelity says. So is the padding of a
 * tile at the edge, which must be zeros, unless the codec made it.
 *
 * What went in are samples in which NaN is replaced already, and that the
 * image's filter has changed.
 */
#ifndef ROWBAND_VERIFIER_H
#define ROWBAND_VERIFIER_H

#include <stdbool.h>
#include <stdint.h>

#include "encoding.h"
#include "job.h"
#include "payload.h"
#include "status.h"

/** Room for one tile of any image at a time. */
typedef struct Verifier {
    uint8_t *tile; /**< as the codec was given it */
    uint8_t *row;  /**< one row of samples, and behind them of half floats */
} Verifier;

/** @return false if there is no memory; verifier_clear() is due all the same */
bool verifier_init(Verifier *verifier, const ImageSpec *images,
                   int image_count);
void verifier_clear(Verifier *verifier);

/** What verifier_init() allocates, for the budget. */
uint64_t verifier_nbytes(const ImageSpec *images, int image_count);

/** Checks one tile of @p image, which has a Fidelity.
 * @param decoder_state of the image's encoding
 * @param job           with the pixels that were encoded
 * @return false with STATUS_CODEC, which names the tile and the codec */
bool verifier_check(Verifier *verifier, const ImageSpec *image,
                    void *decoder_state, const TileJob *job,
                    const EncodedTile *encoded, Status *status);

#endif
