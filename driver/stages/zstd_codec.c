/* SPDX-License-Identifier: MIT */
#include "zstd_codec.h"

#include "cpl_compressor.h"
#include "cpl_conv.h"
#include "cpl_string.h"
#include "error_trap.h"

bool codec_zstd_available(void)
{
    return CPLGetCompressor("zstd") != NULL;
}

/** The state is the option list that carries the level. */
static void *zstd_open(const CodecSetup *setup)
{
    return CSLSetNameValue(NULL, "LEVEL", CPLSPrintf("%d", setup->level));
}

static void zstd_close(void *state)
{
    CSLDestroy(state);
}

static size_t zstd_bound(const CodecSetup *setup)
{
    const CPLCompressor *zstd = CPLGetCompressor("zstd");
    size_t bound = 0;
    zstd->pfnFunc(NULL, setup->layout->tile_nbytes, NULL, &bound, NULL,
                  zstd->user_data);
    return bound;
}

static size_t zstd_state_nbytes(const CodecSetup *setup)
{
    /* ZSTD_sizeof_CCtx() after one call, zstd 1.5.4: it grows with the level,
     * and is less for small input. */
    static const struct {
        int level;
        size_t megabytes;
    } steps[] = {{2, 1}, {4, 3}, {6, 4}, {8, 7}, {9, 14}, {11, 26}, {18, 68}};
    enum { STEPS = sizeof steps / sizeof *steps, TIMES_INPUT = 28 };
    size_t megabytes = 136;
    for (int i = STEPS - 1; i >= 0 && setup->level <= steps[i].level; i--)
        megabytes = steps[i].megabytes;
    const size_t by_level = megabytes << 20;
    const size_t by_input = setup->layout->tile_nbytes * TIMES_INPUT;
    return by_level < by_input ? by_level : by_input;
}

static bool zstd_encode(void *state, const CodecInput *in, void *out,
                        size_t out_capacity, size_t *out_nbytes, Status *status)
{
    const CPLCompressor *zstd = CPLGetCompressor("zstd");
    ErrorTrap trap;
    *out_nbytes = out_capacity;
    error_trap_begin(&trap, TRAP_ALL);
    const bool ok = zstd->pfnFunc(in->bytes, codec_input_nbytes(in), &out,
                                  out_nbytes, state, zstd->user_data);
    error_trap_end(&trap);
    return ok ||
           status_fail(status, STATUS_CODEC, "zstd could not compress a tile");
}

/** The decoder's state is GDAL's decompressor. */
static void *zstd_open_decoder(const CodecSetup *setup)
{
    (void)setup;
    return (void *)CPLGetDecompressor("zstd");
}

static void zstd_close_decoder(void *state)
{
    (void)state;
}

static size_t zstd_decoder_nbytes(const CodecSetup *setup)
{
    /* ZSTD_sizeof_DCtx(), zstd 1.5.4, which a call holds, and something for
     * later ones. */
    (void)setup;
    return 192 << 10;
}

static bool zstd_decode(void *state, const CodecInput *shape, const void *in,
                        size_t in_nbytes, void *out, Status *status)
{
    const CPLCompressor *zstd = state;
    const size_t nbytes = codec_input_nbytes(shape);
    size_t out_nbytes = nbytes;
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_ALL);
    const bool ok = zstd->pfnFunc(in, in_nbytes, &out, &out_nbytes, NULL,
                                  zstd->user_data) &&
                    out_nbytes == nbytes;
    error_trap_end(&trap);
    return ok || status_fail(status, STATUS_CODEC,
                             "it is not as many bytes, encoded with ZSTD");
}

static const Decoder decoder_zstd = {.open = zstd_open_decoder,
                                     .close = zstd_close_decoder,
                                     .state_nbytes = zstd_decoder_nbytes,
                                     .decode = zstd_decode};

const Codec codec_zstd = {.name = "ZSTD",
                          .tag = 50000,
                          .predicts = true,
                          .decoder = &decoder_zstd,
                          .open = zstd_open,
                          .close = zstd_close,
                          .bound = zstd_bound,
                          .state_nbytes = zstd_state_nbytes,
                          .encode = zstd_encode};
