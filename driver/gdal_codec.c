/* SPDX-License-Identifier: MIT */
#include "gdal_codec.h"

#include "cpl_compressor.h"
#include "cpl_conv.h"
#include "cpl_string.h"
#include "error_trap.h"

bool codec_zstd_available(void)
{
    return CPLGetCompressor("zstd") != NULL;
}

/** The state is the option list that carries the level. */
static void *zstd_open(int level)
{
    return CSLSetNameValue(NULL, "LEVEL", CPLSPrintf("%d", level));
}

static void zstd_close(void *state)
{
    CSLDestroy(state);
}

static size_t zstd_bound(size_t in_nbytes)
{
    const CPLCompressor *zstd = CPLGetCompressor("zstd");
    size_t bound = 0;
    zstd->pfnFunc(NULL, in_nbytes, NULL, &bound, NULL, zstd->user_data);
    return bound;
}

static size_t zstd_state_nbytes(int level)
{
    /* malloc_usable_size() of ZSTD_compressCCtx()'s context on tiles of 512
     * KB to 2 MB, zstd 1.5.4, rounded up. */
    return level <= 5 ? (size_t)3 << 20
                      : (level <= 12 ? (size_t)14 << 20 : (size_t)36 << 20);
}

static bool zstd_encode(void *state, const void *in, size_t in_nbytes,
                        void *out, size_t out_capacity, size_t *out_nbytes,
                        Status *status)
{
    const CPLCompressor *zstd = CPLGetCompressor("zstd");
    ErrorTrap trap;
    *out_nbytes = out_capacity;
    error_trap_begin(&trap, TRAP_ALL);
    const bool ok =
        zstd->pfnFunc(in, in_nbytes, &out, out_nbytes, state, zstd->user_data);
    error_trap_end(&trap);
    return ok ||
           status_fail(status, STATUS_CODEC, "zstd could not compress a tile");
}

const Codec codec_zstd = {.name = "ZSTD",
                          .tag = 50000,
                          .predicts = true,
                          .open = zstd_open,
                          .close = zstd_close,
                          .bound = zstd_bound,
                          .state_nbytes = zstd_state_nbytes,
                          .encode = zstd_encode};
