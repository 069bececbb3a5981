/* SPDX-License-Identifier: MIT */
/** @file
 * The codec interface and the codecs that need nothing of GDAL.
 */
#ifndef ROWBAND_CODEC_H
#define ROWBAND_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "status.h"

/** A compression scheme. Immutable; functions may be called from any thread,
 * each state from one thread at a time. */
typedef struct Codec {
    const char *name; /**< value of the COMPRESS option */
    uint16_t tag;     /**< value of the TIFF Compression tag */
    bool predicts;    /**< whether the Predictor tag goes with it */

    /** A new state at @p level; NULL if there is no memory. */
    void *(*open)(int level);
    void (*close)(void *state);

    /** Upper limit of the encoded size of @p in_nbytes bytes. */
    size_t (*bound)(size_t in_nbytes);

    /** What a state holds that encodes @p in_nbytes at a time, for the
     * budget. */
    size_t (*state_nbytes)(int level, size_t in_nbytes);

    /** Encodes @p in into @p out, which has room for bound(in_nbytes).
     * @param[out] out_nbytes bytes written
     * @return false with STATUS_CODEC */
    bool (*encode)(void *state, const void *in, size_t in_nbytes, void *out,
                   size_t out_capacity, size_t *out_nbytes, Status *status);
} Codec;

/** Compression 1. */
extern const Codec codec_none;

/** Compression 8, a zlib stream (RFC 1950), by libdeflate; level 1 to 12. */
extern const Codec codec_deflate;

#endif
