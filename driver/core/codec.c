/* SPDX-License-Identifier: MIT */
#include "codec.h"

#include <libdeflate.h>
#include <string.h>

#include "decoders.h"
#include "lzw.h"
#include "packbits.h"

/** The state of codecs that need none. */
static void *no_state_open(const CodecSetup *setup)
{
    static char no_state;
    (void)setup;
    return &no_state;
}

static void no_state_close(void *state)
{
    (void)state;
}

static size_t no_state_nbytes(const CodecSetup *setup)
{
    (void)setup;
    return 0;
}

static size_t none_bound(const CodecSetup *setup)
{
    return setup->layout->tile_nbytes;
}

static bool none_encode(void *state, const CodecInput *in, void *out,
                        size_t out_capacity, size_t *out_nbytes, Status *status)
{
    (void)state;
    *out_nbytes = codec_input_nbytes(in);
    if (*out_nbytes > out_capacity)
        return status_fail(status, STATUS_CODEC, "no room for the tile");
    memcpy(out, in->bytes, *out_nbytes);
    return true;
}

const Codec codec_none = {.name = "NONE",
                          .tag = 1,
                          .predicts = false,
                          .open = no_state_open,
                          .close = no_state_close,
                          .bound = none_bound,
                          .state_nbytes = no_state_nbytes,
                          .encode = none_encode};

static void *deflate_open(const CodecSetup *setup)
{
    return libdeflate_alloc_compressor(setup->level);
}

static void deflate_close(void *state)
{
    libdeflate_free_compressor(state);
}

static size_t deflate_bound(const CodecSetup *setup)
{
    /* Without a compressor: the limit for every level. */
    return libdeflate_zlib_compress_bound(NULL, setup->layout->tile_nbytes);
}

static size_t deflate_state_nbytes(const CodecSetup *setup)
{
    /* Measured with libdeflate_set_memory_allocator(): the most of libdeflate
     * 1.14, 1.23 and 1.25. */
    return setup->level >= 10 ? 9011751 : 668295;
}

static bool deflate_encode(void *state, const CodecInput *in, void *out,
                           size_t out_capacity, size_t *out_nbytes,
                           Status *status)
{
    *out_nbytes = libdeflate_zlib_compress(
        state, in->bytes, codec_input_nbytes(in), out, out_capacity);
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
                             .encode = deflate_encode};

static void *lzw_open(const CodecSetup *setup)
{
    (void)setup;
    return lzw_new();
}

static void lzw_close(void *state)
{
    lzw_free(state);
}

static size_t lzw_tile_bound(const CodecSetup *setup)
{
    return lzw_bound(setup->layout->tile_nbytes);
}

static size_t lzw_state_nbytes(const CodecSetup *setup)
{
    (void)setup;
    return lzw_nbytes();
}

static bool lzw_encode_tile(void *state, const CodecInput *in, void *out,
                            size_t out_capacity, size_t *out_nbytes,
                            Status *status)
{
    const size_t nbytes = codec_input_nbytes(in);
    if (lzw_bound(nbytes) > out_capacity)
        return status_fail(status, STATUS_CODEC, "no room for the tile");
    *out_nbytes = lzw_encode(state, in->bytes, nbytes, out);
    return true;
}

const Codec codec_lzw = {.name = "LZW",
                         .tag = 5,
                         .predicts = true,
                         .decoder = &decoder_lzw,
                         .open = lzw_open,
                         .close = lzw_close,
                         .bound = lzw_tile_bound,
                         .state_nbytes = lzw_state_nbytes,
                         .encode = lzw_encode_tile};

static size_t packbits_tile_bound(const CodecSetup *setup)
{
    return packbits_bound(setup->layout->row_nbytes) *
           (size_t)setup->layout->spec.tile_height;
}

static bool packbits_encode(void *state, const CodecInput *in, void *out,
                            size_t out_capacity, size_t *out_nbytes,
                            Status *status)
{
    (void)state;
    uint8_t *at = out;
    if (packbits_bound(in->row_nbytes) * (size_t)in->rows > out_capacity)
        return status_fail(status, STATUS_CODEC, "no room for the tile");
    for (int64_t y = 0; y < in->rows; y++)
        at += packbits_row(in->bytes + (size_t)y * in->row_nbytes,
                           in->row_nbytes, at);
    *out_nbytes = (size_t)(at - (uint8_t *)out);
    return true;
}

const Codec codec_packbits = {.name = "PACKBITS",
                              .tag = 32773,
                              .predicts = false,
                              .decoder = &decoder_packbits,
                              .open = no_state_open,
                              .close = no_state_close,
                              .bound = packbits_tile_bound,
                              .state_nbytes = no_state_nbytes,
                              .encode = packbits_encode};
