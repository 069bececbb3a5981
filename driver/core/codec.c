/* SPDX-License-Identifier: MIT */
#include "codec.h"

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
