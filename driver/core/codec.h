/* SPDX-License-Identifier: MIT */
/** @file
 * The codec interface and the codecs that need nothing of GDAL.
 */
#ifndef ROWBAND_CODEC_H
#define ROWBAND_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "coding.h"
#include "status.h"

/** A compression scheme. Immutable; functions may be called from any thread,
 * each state from one thread at a time. */
typedef struct Codec {
    const char *name;       /**< value of the COMPRESS option */
    uint16_t tag;           /**< value of the TIFF Compression tag; 0: as the
                                 directory has it already */
    bool predicts;          /**< whether the Predictor tag goes with it */
    bool takes_samples;     /**< it is given the raster's part of a tile, as it
                                 lies in memory; otherwise all of the tile, padded,
                                 predicted and packed, row after row */
    const Decoder *decoder; /**< NULL: encoded is what is given */

    /** A new state; NULL if there is no memory. @p setup outlives it. */
    void *(*open)(const CodecSetup *setup);
    void (*close)(void *state);

    /** Upper limit of the encoded size of a tile. */
    size_t (*bound)(const CodecSetup *setup);

    /** What a state holds, for the budget. */
    size_t (*state_nbytes)(const CodecSetup *setup);

    /** Encodes @p in into @p out, which has room for bound().
     * @param[out] out_nbytes bytes written
     * @return false with STATUS_CODEC */
    bool (*encode)(void *state, const CodecInput *in, void *out,
                   size_t out_capacity, size_t *out_nbytes, Status *status);

    /** NULL; or adds to each of @p counts, by level_trial_levels, how many
     * tiles were encoded at a level that was found for them. */
    void (*add_levels)(const void *state, int64_t *counts);
} Codec;

/** Compression 1. */
extern const Codec codec_none;

/** Compression 8, a zlib stream (RFC 1950), by libdeflate; level 1 to 12, or
 * LEVEL_AUTO: see level_trial.h. */
extern const Codec codec_deflate;

/** Compression 5 (TIFF 6.0 section 13). */
extern const Codec codec_lzw;

/** Compression 32773 (TIFF 6.0 section 9). */
extern const Codec codec_packbits;

#endif
