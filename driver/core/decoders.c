/* SPDX-License-Identifier: MIT */
#include "decoders.h"

#include <libdeflate.h>

#include "lzw.h"
#include "packbits.h"

static bool is_broken(const char *name, Status *status)
{
    return status_fail(status, STATUS_CODEC,
                       "it is not as many bytes, encoded with %s", name);
}

static void *deflate_open(const CodecSetup *setup)
{
    (void)setup;
    return libdeflate_alloc_decompressor();
}

static void deflate_close(void *state)
{
    libdeflate_free_decompressor(state);
}

static size_t deflate_state_nbytes(const CodecSetup *setup)
{
    (void)setup;
    /* Measured with libdeflate_set_memory_allocator(), of libdeflate 1.14, and
     * something for later ones. */
    return 16 << 10;
}

static bool deflate_decode(void *state, const CodecInput *shape, const void *in,
                           size_t in_nbytes, void *out, Status *status)
{
    size_t used = 0;
    /* Without a place for the size it is that size exactly, or a failure. */
    const enum libdeflate_result result = libdeflate_zlib_decompress_ex(
        state, in, in_nbytes, out, codec_input_nbytes(shape), &used, NULL);
    return (result == LIBDEFLATE_SUCCESS && used == in_nbytes) ||
           is_broken("DEFLATE", status);
}

const Decoder decoder_deflate = {.open = deflate_open,
                                 .close = deflate_close,
                                 .state_nbytes = deflate_state_nbytes,
                                 .decode = deflate_decode};

static void *lzw_open(const CodecSetup *setup)
{
    (void)setup;
    return lzw_strings_new();
}

static void lzw_close(void *state)
{
    lzw_strings_free(state);
}

static size_t lzw_state_nbytes(const CodecSetup *setup)
{
    (void)setup;
    return lzw_strings_nbytes();
}

static bool lzw_decode_tile(void *state, const CodecInput *shape,
                            const void *in, size_t in_nbytes, void *out,
                            Status *status)
{
    return lzw_decode(state, in, in_nbytes, out, codec_input_nbytes(shape)) ||
           is_broken("LZW", status);
}

const Decoder decoder_lzw = {.open = lzw_open,
                             .close = lzw_close,
                             .state_nbytes = lzw_state_nbytes,
                             .decode = lzw_decode_tile};

static void *packbits_open(const CodecSetup *setup)
{
    static char no_state;
    (void)setup;
    return &no_state;
}

static void packbits_close(void *state)
{
    (void)state;
}

static size_t packbits_state_nbytes(const CodecSetup *setup)
{
    (void)setup;
    return 0;
}

static bool packbits_decode(void *state, const CodecInput *shape,
                            const void *in, size_t in_nbytes, void *out,
                            Status *status)
{
    const uint8_t *at = in;
    const uint8_t *const end = at + in_nbytes;
    bool ok = true;
    (void)state;
    for (int64_t y = 0; ok && y < shape->rows; y++)
        ok = packbits_unpack_row(&at, end,
                                 (uint8_t *)out + (size_t)y * shape->row_nbytes,
                                 shape->row_nbytes);
    return (ok && at == end) || is_broken("PACKBITS", status);
}

const Decoder decoder_packbits = {.open = packbits_open,
                                  .close = packbits_close,
                                  .state_nbytes = packbits_state_nbytes,
                                  .decode = packbits_decode};
