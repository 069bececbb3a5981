/* SPDX-License-Identifier: MIT */
/** @file
 * What one worker does to one tile: pad, replace, pack, predict, compress.
 */
#ifndef ROWBAND_ENCODER_H
#define ROWBAND_ENCODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec.h"
#include "job.h"
#include "layout.h"
#include "predictor.h"
#include "statistics.h"
#include "status.h"

/** Bytes of the largest sample: a complex double. */
enum { SAMPLE_NBYTES_MAX = 16 };

/** Ways of encoding in one file: rasters, masks, overviews. */
enum { ENCODINGS_MAX = 3 };

/** How the tiles of one image are encoded. Immutable. */
typedef struct ImageSpec {
    Layout layout;
    int encoding; /**< images with the same number are encoded with the same
                      codec, filter and setup, in tiles of the same kind */
    SampleFormat sample_format; /**< in memory */
    const Codec *codec;
    int level;
    const void *codec_custom; /**< CodecSetup.custom */
    Predictor predictor;      /**< none if samples are packed into fewer bits */
    const Codec *filter;      /**< changes samples beforehand, or NULL: takes
                                   samples and encodes them as a whole tile of
                                   samples, in host order */
    const void *filter_custom;
    Statistics *statistics; /**< NULL, or zeroed records to be filled, one for
                                 each sample of a pixel of each tile, by TIFF
                                 index; not owned */
    StatisticsRule rule;
    int alpha;              /**< the band that validity does not concern; -1:
                                 none */
    size_t validity_nbytes; /**< of one sample of the plane that says it */
    bool
        half_float; /**< floats of 4 bytes in memory, half floats in the file */
    bool skip_empty; /**< leave out tiles that hold nothing but empty_sample */
    uint8_t empty_sample[SAMPLE_NBYTES_MAX]; /**< host order */
    bool replace_nan; /**< samples, real and of 4 or 8 bytes, that are NaN
                         become nan_sample */
    uint8_t nan_sample[SAMPLE_NBYTES_MAX]; /**< host order */
} ImageSpec;

/** One worker's state for all images; used by one thread at a time. */
typedef struct Encoder Encoder;

/** @param images kept by reference
 * @return NULL if there is no memory */
Encoder *encoder_new(const ImageSpec *images, int image_count);
void encoder_free(Encoder *encoder);

/** @return whether a sample of @p image, or of one at the same encoding, was
 * too large for its bits so far */
bool encoder_has_clipped(const Encoder *encoder, int image);

/** What encoder_new() allocates, for the budget. */
uint64_t encoder_nbytes(const ImageSpec *images, int image_count);

/** Room that encoder_encode() may need for its output, for any image. */
size_t encoder_bound(const ImageSpec *images, int image_count);

/** Encodes one tile. Does not release the job's reference.
 * @param out        encoder_bound() bytes
 * @param[out] out_nbytes bytes written; 0: an empty tile, to be left out
 * @return false with STATUS_CODEC */
bool encoder_encode(Encoder *encoder, const TileJob *job, uint8_t *out,
                    size_t out_capacity, size_t *out_nbytes, Status *status);

#endif
