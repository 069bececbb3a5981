/* SPDX-License-Identifier: MIT */
/** @file
 * What those who encode tiles are told, and those who decode them again.
 */
#ifndef ROWBAND_CODING_H
#define ROWBAND_CODING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "layout.h"
#include "status.h"

/** A level that is found for each tile. */
enum { LEVEL_AUTO = -1 };

/** What one image's tiles have in common. */
typedef struct CodecSetup {
    const Layout *layout;
    int level; /**< as the codec counts, if it has levels; or LEVEL_AUTO,
                    for codec_deflate */
    const void *custom; /**< what a codec outside core/ needs to know more */
} CodecSetup;

/** What is encoded at once. */
typedef struct CodecInput {
    const uint8_t *bytes;
    size_t row_nbytes; /**< from one row to the next */
    int64_t columns;   /**< pixels of a row; the padding of a tile is among
                            them unless the codec takes samples */
    int64_t rows;      /**< likewise */
    int plane;         /**< 0 unless the layout is planar */
} CodecInput;

/** Bytes of an input whose rows lie one after another. */
static inline size_t codec_input_nbytes(const CodecInput *in)
{
    return in->row_nbytes * (size_t)in->rows;
}

/** How a reader decodes what a codec has encoded: see verifier.h. Immutable,
 * and used by threads as a Codec. */
typedef struct Decoder {
    /** A new state; NULL if there is no memory. @p setup outlives it. */
    void *(*open)(const CodecSetup *setup);
    void (*close)(void *state);

    /** What a state holds, for the budget. */
    size_t (*state_nbytes)(const CodecSetup *setup);

    /** Decodes a tile.
     * @param shape    of what was encoded, without its bytes
     * @param[out] out codec_input_nbytes(shape) bytes: what the codec was given
     * @return false with STATUS_CODEC, saying why, unless the tile is exactly
     *         that long, encoded */
    bool (*decode)(void *state, const CodecInput *shape, const void *in,
                   size_t in_nbytes, void *out, Status *status);
} Decoder;

#endif
