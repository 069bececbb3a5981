/* SPDX-License-Identifier: MIT */
#include "lies.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cpl_compressor.h>
#include <cpl_vsi.h>

#include "ifd.h"
#include "ifd_read.h"
#include "lzw.h"
#include "packbits.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static Lie armed;
static int calls, first;
static bool told;
static uint8_t *before; /* what the last call gave */
static size_t before_nbytes;

void lie_begin(Lie lie, int nth)
{
    armed = lie;
    first = nth;
    calls = 0;
    told = false;
}

bool lie_end(void)
{
    armed = LIE_NONE;
    free(before);
    before = NULL;
    before_nbytes = 0;
    return told;
}

/** Puts another encoded tile, if there was one, in the place of this one, which
 * is remembered. */
static size_t swap_with_before(uint8_t *out, size_t nbytes, size_t capacity,
                               bool lies)
{
    uint8_t *mine = malloc(nbytes);
    size_t given = nbytes;
    memcpy(mine, out, nbytes);
    if (lies && before != NULL && before_nbytes <= capacity) {
        memcpy(out, before, before_nbytes);
        given = before_nbytes;
        told = true;
    }
    free(before);
    before = mine;
    before_nbytes = nbytes;
    return given;
}

static size_t encode_other(LieEncode encode, void *user, const void *in,
                           size_t in_nbytes, void *out, size_t capacity)
{
    uint8_t *copy = malloc(in_nbytes);
    memcpy(copy, in, in_nbytes);
    copy[in_nbytes / 2] ^= 1;
    const size_t nbytes = encode(user, copy, in_nbytes, out, capacity);
    free(copy);
    told = true;
    return nbytes;
}

size_t lie_encode(LieEncode encode, void *user, const void *in,
                  size_t in_nbytes, void *out, size_t capacity)
{
    if (armed == LIE_NONE)
        return encode(user, in, in_nbytes, out, capacity);
    pthread_mutex_lock(&mutex);
    const bool lies = ++calls == first;
    size_t nbytes =
        lies && armed == LIE_OTHER
            ? encode_other(encode, user, in, in_nbytes, out, capacity)
            : encode(user, in, in_nbytes, out, capacity);
    if (lies && (armed == LIE_SHORT || armed == LIE_HALF)) {
        nbytes -= armed == LIE_SHORT ? 1 : nbytes / 2;
        told = true;
    }
    nbytes =
        swap_with_before(out, nbytes, capacity, lies && armed == LIE_ANOTHER);
    pthread_mutex_unlock(&mutex);
    return nbytes;
}

/** Where the one tile or strip of a file of GTiff's lies. */
static bool find_tile(uint8_t *file, size_t file_nbytes, uint8_t **tile,
                      size_t *nbytes)
{
    Status status = {.code = STATUS_OK};
    Ifd *ifd = ifd_parse(file, file_nbytes, 0, &status);
    if (ifd == NULL)
        return false;
    *tile = file + ifd_number(ifd, TAG_TILE_OFFSETS,
                              ifd_number(ifd, TAG_STRIP_OFFSETS, 0));
    *nbytes = (size_t)ifd_number(ifd, TAG_TILE_BYTE_COUNTS,
                                 ifd_number(ifd, TAG_STRIP_BYTE_COUNTS, 0));
    ifd_free(ifd);
    return *nbytes > 0;
}

/** Changes the tile in a file where it lies. */
static void lie_in_file(uint8_t *file, size_t file_nbytes)
{
    enum { BEGINNING = 16 };
    uint8_t *tile;
    size_t nbytes;
    pthread_mutex_lock(&mutex);
    const bool lies = ++calls == first;
    if (find_tile(file, file_nbytes, &tile, &nbytes)) {
        if (lies && armed == LIE_OTHER)
            for (size_t i = nbytes / 2; i < nbytes / 2 + 9 && i < nbytes; i++)
                tile[i] ^= 0x55;
        const size_t kept = armed == LIE_SHORT ? BEGINNING : nbytes / 2;
        const bool cut = lies && (armed == LIE_SHORT || armed == LIE_HALF);
        if (cut && kept < nbytes)
            memset(tile + kept, 0, nbytes - kept);
        told |= cut || (lies && armed == LIE_OTHER);
        /* A shorter one may have more behind it: codecs know where they end. */
        swap_with_before(tile, nbytes, nbytes, lies && armed == LIE_ANOTHER);
    }
    pthread_mutex_unlock(&mutex);
}

/* The linker has our calls come by here: see faults.c. */
#pragma GCC visibility push(default)
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

size_t __real_lzw_encode(Lzw *lzw, const void *in, size_t in_nbytes, void *out);
size_t __real_packbits_row(const void *in, size_t nbytes, void *out);
const CPLCompressor *__real_CPLGetCompressor(const char *id);
GByte *__real_VSIGetMemFileBuffer(const char *path, vsi_l_offset *nbytes,
                                  int unlink_and_seize);

size_t __wrap_lzw_encode(Lzw *lzw, const void *in, size_t in_nbytes, void *out);
size_t __wrap_packbits_row(const void *in, size_t nbytes, void *out);
const CPLCompressor *__wrap_CPLGetCompressor(const char *id);
GByte *__wrap_VSIGetMemFileBuffer(const char *path, vsi_l_offset *nbytes,
                                  int unlink_and_seize);
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

static size_t encode_lzw(void *lzw, const void *in, size_t in_nbytes, void *out,
                         size_t capacity)
{
    (void)capacity;
    return __real_lzw_encode(lzw, in, in_nbytes, out);
}

size_t __wrap_lzw_encode(Lzw *lzw, const void *in, size_t in_nbytes, void *out)
{
    return lie_encode(encode_lzw, lzw, in, in_nbytes, out,
                      lzw_bound(in_nbytes));
}

static size_t encode_packbits(void *user, const void *in, size_t in_nbytes,
                              void *out, size_t capacity)
{
    (void)user;
    (void)capacity;
    return __real_packbits_row(in, in_nbytes, out);
}

size_t __wrap_packbits_row(const void *in, size_t nbytes, void *out)
{
    return lie_encode(encode_packbits, NULL, in, nbytes, out,
                      packbits_bound(nbytes));
}

static char **zstd_options;

static size_t encode_zstd(void *user, const void *in, size_t in_nbytes,
                          void *out, size_t capacity)
{
    const CPLCompressor *zstd = user;
    size_t nbytes = capacity;
    return zstd->pfnFunc(in, in_nbytes, &out, &nbytes, zstd_options,
                         zstd->user_data)
               ? nbytes
               : 0;
}

static bool compress_lying(const void *in, size_t in_nbytes, void **out,
                           size_t *out_nbytes, CSLConstList options, void *user)
{
    const CPLCompressor *zstd = user;
    if (out == NULL || armed == LIE_NONE)
        return zstd->pfnFunc(in, in_nbytes, out, out_nbytes, options,
                             zstd->user_data);
    zstd_options = (char **)options;
    *out_nbytes =
        lie_encode(encode_zstd, user, in, in_nbytes, *out, *out_nbytes);
    return *out_nbytes > 0;
}

const CPLCompressor *__wrap_CPLGetCompressor(const char *id)
{
    static CPLCompressor lying;
    const CPLCompressor *real = __real_CPLGetCompressor(id);
    if (armed == LIE_NONE || real == NULL || strcmp(id, "zstd") != 0)
        return real;
    lying = *real;
    lying.pfnFunc = compress_lying;
    lying.user_data = (void *)real;
    return &lying;
}

/* The codec takes the files that GTiff has written, and nobody else any. */
GByte *__wrap_VSIGetMemFileBuffer(const char *path, vsi_l_offset *nbytes,
                                  int unlink_and_seize)
{
    GByte *file = __real_VSIGetMemFileBuffer(path, nbytes, unlink_and_seize);
    if (armed != LIE_NONE && unlink_and_seize && file != NULL)
        lie_in_file(file, (size_t)*nbytes);
    return file;
}

#pragma GCC visibility pop
