/* SPDX-License-Identifier: MIT */
/** @file
 * How the tiles of an image are encoded, and what a worker holds open for all
 * images that are encoded alike.
 */
#ifndef ROWBAND_ENCODING_H
#define ROWBAND_ENCODING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec.h"
#include "layout.h"
#include "predictor.h"
#include "statistics.h"

/** Bytes of the largest sample: a complex double. */
enum { SAMPLE_NBYTES_MAX = 16 };

/** Ways of encoding in one file: rasters, masks, overviews of both, and what is
 * kept as it is of a raster and its mask. */
enum { ENCODINGS_MAX = 6 };

/** What is expected of a tile when it is decoded again, before it is written:
 * see verifier.h. */
typedef enum Fidelity {
    FIDELITY_UNKNOWN, /**< it is not decoded */
    FIDELITY_SHAPE,   /**< a tile of that shape, whatever its pixels are */
    FIDELITY_WITHIN,  /**< numbers no more than max_error off, NaN where it was
                       */
    FIDELITY_EXACT    /**< the same bits */
} Fidelity;

/** How the tiles of one image are encoded. Immutable. */
typedef struct ImageSpec {
    Layout layout;
    int encoding; /**< images with the same number are encoded with the same
                      codec, filter and setup, in tiles of the same kind */
    SampleFormat sample_format; /**< in memory */
    const Codec *codec;
    int level;                /**< CodecSetup.level */
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
    size_t hiding_nbytes;   /**< of one sample of a mask that hides what is to
                                 be filled, see mask_fill.h; 0: nothing is */
    bool
        half_float; /**< floats of 4 bytes in memory, half floats in the file */
    bool skip_empty; /**< leave out tiles that hold nothing but empty_sample */
    bool accepts_empty; /**< tiles may come empty although they are not left
                             out: an encoder needs room for one, filled */
    uint8_t empty_sample[SAMPLE_NBYTES_MAX]; /**< host order */
    bool replace_nan; /**< samples, real and of 4 or 8 bytes, that are NaN
                         become nan_sample */
    uint8_t nan_sample[SAMPLE_NBYTES_MAX]; /**< host order */
    const uint8_t *copied; /**< NULL; or a byte for each tile, by TIFF index,
                              that is not 0 where the file has the tile from
                                elsewhere, and only its pixels count; not owned
                                */
    Fidelity fidelity;     /**< the same in images of one encoding */
    double max_error;      /**< whole for whole numbers */
    const char *compress;  /**< what messages call the codec; NULL: its name */
    int overview;          /**< for messages: of which level this is; 0: none */
    bool is_mask;          /**< for messages */
} ImageSpec;

/** One worker's state for images that are encoded alike. */
typedef struct EncodingState {
    const ImageSpec *image; /**< the first of them; NULL: there is none */
    CodecSetup codec, filter;
    void *codec_state, *filter_state;
    void *decoder_state; /**< NULL: there is no decoder, or no need of it */
    bool clipped;        /**< a sample was too large for its bits */
} EncodingState;

/** @param image kept by reference
 * @return false if there is no memory; encoding_close() is due all the same */
bool encoding_open(EncodingState *encoding, const ImageSpec *image);

/** A zeroed one is allowed. */
void encoding_close(EncodingState *encoding);

/** What the states of an open one hold, for the budget. */
uint64_t encoding_states_nbytes(const ImageSpec *image);

/** Room that an encoded tile may need. */
size_t encoding_bound(const ImageSpec *image);

/** @return how tiles are decoded again; NULL: they are not, or are encoded as
 * they are */
static inline const Decoder *encoding_decoder(const ImageSpec *image)
{
    return image->fidelity != FIDELITY_UNKNOWN ? image->codec->decoder : NULL;
}

/** @return whether no image before image @p i is encoded like it */
bool encoding_is_new(const ImageSpec *images, int i);

#endif
