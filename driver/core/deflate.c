/* SPDX-License-Identifier: MIT */
#include <libdeflate.h>
#include <stdlib.h>

#include "codec.h"
#include "decoders.h"
#include "level_trial.h"

/* The most that a compressor of levels 1 to 9 holds, and one of levels above.
 * Measured with libdeflate_set_memory_allocator(): the most of libdeflate 1.14,
 * 1.23 and 1.25. */
enum { COMPRESSOR_NBYTES = 668295, SLOW_COMPRESSOR_NBYTES = 9011751 };

/** A compressor at the level that was asked for; or, for LEVEL_AUTO, one for
 * each level that a tile can get. */
typedef struct DeflateState {
    struct libdeflate_compressor *compressors[LEVELS_TRIED];
    int count;                   /**< of compressors */
    uint8_t *sample;             /**< NULL unless levels are tried */
    int64_t tiles[LEVELS_TRIED]; /**< encoded with each, if they are */
} DeflateState;

static void deflate_close(void *state)
{
    DeflateState *deflate = state;
    for (int i = 0; i < deflate->count; i++)
        libdeflate_free_compressor(deflate->compressors[i]);
    free(deflate->sample);
    free(deflate);
}

/** @return false if there is no memory */
static bool add_compressor(DeflateState *deflate, int level)
{
    struct libdeflate_compressor *compressor =
        libdeflate_alloc_compressor(level);
    if (compressor == NULL)
        return false;
    deflate->compressors[deflate->count++] = compressor;
    return true;
}

static bool add_all_compressors(DeflateState *deflate)
{
    bool ok = true;
    deflate->sample = malloc(LEVEL_SAMPLE_NBYTES);
    for (int i = 0; ok && i < LEVELS_TRIED; i++)
        ok = add_compressor(deflate, level_trial_levels[i]);
    return ok && deflate->sample != NULL;
}

static void *deflate_open(const CodecSetup *setup)
{
    DeflateState *deflate = calloc(1, sizeof *deflate);
    if (deflate == NULL)
        return NULL;
    if (setup->level == LEVEL_AUTO ? add_all_compressors(deflate)
                                   : add_compressor(deflate, setup->level))
        return deflate;
    deflate_close(deflate);
    return NULL;
}

static size_t deflate_bound(const CodecSetup *setup)
{
    /* Without a compressor: the limit for every level. */
    return libdeflate_zlib_compress_bound(NULL, setup->layout->tile_nbytes);
}

static size_t deflate_state_nbytes(const CodecSetup *setup)
{
    if (setup->level == LEVEL_AUTO)
        return sizeof(DeflateState) + LEVEL_SAMPLE_NBYTES +
               (size_t)LEVELS_TRIED * COMPRESSOR_NBYTES;
    return sizeof(DeflateState) +
           (setup->level >= 10 ? SLOW_COMPRESSOR_NBYTES : COMPRESSOR_NBYTES);
}

static int number_of(int level)
{
    int i = 0;
    while (level_trial_levels[i] != level)
        i++;
    return i;
}

/** What LevelTrial.compressed() needs. */
typedef struct Attempt {
    const DeflateState *deflate;
    void *out; /**< overwritten */
    size_t out_capacity;
} Attempt;

static size_t compressed(void *user, int level, const uint8_t *bytes,
                         size_t nbytes)
{
    const Attempt *attempt = user;
    return libdeflate_zlib_compress(
        attempt->deflate->compressors[number_of(level)], bytes, nbytes,
        attempt->out, attempt->out_capacity);
}

static struct libdeflate_compressor *compressor_for(DeflateState *deflate,
                                                    const CodecInput *in,
                                                    void *out,
                                                    size_t out_capacity)
{
    Attempt attempt = {deflate, out, out_capacity};
    const LevelTrial trial = {compressed, &attempt, deflate->sample};
    if (deflate->sample == NULL)
        return deflate->compressors[0];
    const int number =
        number_of(level_trial(&trial, in->bytes, codec_input_nbytes(in)));
    deflate->tiles[number]++;
    return deflate->compressors[number];
}

static void deflate_add_levels(const void *state, int64_t *counts)
{
    const DeflateState *deflate = state;
    for (int i = 0; i < LEVELS_TRIED; i++)
        counts[i] += deflate->tiles[i];
}

static bool deflate_encode(void *state, const CodecInput *in, void *out,
                           size_t out_capacity, size_t *out_nbytes,
                           Status *status)
{
    struct libdeflate_compressor *compressor =
        compressor_for(state, in, out, out_capacity);
    *out_nbytes = libdeflate_zlib_compress(
        compressor, in->bytes, codec_input_nbytes(in), out, out_capacity);
    if (*out_nbytes == 0)
        return status_fail(status, STATUS_CODEC,
                           "libdeflate could not compress a tile");
    return true;
}

const Codec codec_deflate = {.name = "DEFLATE",
                             .tag = 8,
                             .predicts = true,
                             .decoder = &decoder_deflate,
                             .open = deflate_open,
                             .close = deflate_close,
                             .bound = deflate_bound,
                             .state_nbytes = deflate_state_nbytes,
                             .encode = deflate_encode,
                             .add_levels = deflate_add_levels};
