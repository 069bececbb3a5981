/* SPDX-License-Identifier: MIT */
#include "codec.h"

#include <libdeflate.h>
#include <string.h>

static void *none_open(int level)
{
    static char no_state;
    (void)level;
    return &no_state;
}

static void none_close(void *state)
{
    (void)state;
}

static size_t none_bound(size_t in_nbytes)
{
    return in_nbytes;
}

static size_t none_state_nbytes(int level, size_t in_nbytes)
{
    (void)level;
    (void)in_nbytes;
    return 0;
}

static bool none_encode(void *state, const void *in, size_t in_nbytes,
                        void *out, size_t out_capacity, size_t *out_nbytes,
                        Status *status)
{
    (void)state;
    if (in_nbytes > out_capacity)
        return status_fail(status, STATUS_CODEC, "no room for the tile");
    memcpy(out, in, in_nbytes);
    *out_nbytes = in_nbytes;
    return true;
}

const Codec codec_none = {.name = "NONE",
                          .tag = 1,
                          .predicts = false,
                          .open = none_open,
                          .close = none_close,
                          .bound = none_bound,
                          .state_nbytes = none_state_nbytes,
                          .encode = none_encode};

static void *deflate_open(int level)
{
    return libdeflate_alloc_compressor(level);
}

static void deflate_close(void *state)
{
    libdeflate_free_compressor(state);
}

static size_t deflate_bound(size_t in_nbytes)
{
    /* Without a compressor: the limit for every level. */
    return libdeflate_zlib_compress_bound(NULL, in_nbytes);
}

static size_t deflate_state_nbytes(int level, size_t in_nbytes)
{
    (void)in_nbytes;
    /* Measured with libdeflate_set_memory_allocator(), libdeflate 1.14. */
    return level >= 10 ? 9009543 : 668295;
}

static bool deflate_encode(void *state, const void *in, size_t in_nbytes,
                           void *out, size_t out_capacity, size_t *out_nbytes,
                           Status *status)
{
    *out_nbytes =
        libdeflate_zlib_compress(state, in, in_nbytes, out, out_capacity);
    if (*out_nbytes == 0)
        return status_fail(status, STATUS_CODEC,
                           "libdeflate could not compress a tile");
    return true;
}

const Codec codec_deflate = {.name = "DEFLATE",
                             .tag = 8,
                             .predicts = true,
                             .open = deflate_open,
                             .close = deflate_close,
                             .bound = deflate_bound,
                             .state_nbytes = deflate_state_nbytes,
                             .encode = deflate_encode};
