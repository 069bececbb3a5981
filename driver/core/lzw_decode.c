/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdlib.h>

#include "lzw.h"
#include "lzw_codes.h"

enum { CODES = 1 << 12, BITS_MOST = 12 };

/* The string of a code is the one before it and the byte behind that, which lie
 * side by side in what is decoded: nothing else has to be kept of it. */
struct LzwStrings {
    size_t begin[CODES]; /**< in what is decoded */
    uint32_t nbytes[CODES];
};

LzwStrings *lzw_strings_new(void)
{
    return calloc(1, sizeof(LzwStrings));
}

void lzw_strings_free(LzwStrings *strings)
{
    free(strings);
}

size_t lzw_strings_nbytes(void)
{
    return sizeof(LzwStrings);
}

/** Where codes come from. */
typedef struct BitReader {
    const uint8_t *at, *end;
    uint64_t bits; /**< those not yet taken, in the lower end */
    unsigned count;
} BitReader;

static void fill(BitReader *in)
{
    while (in->count <= 64 - 8 && in->at < in->end) {
        in->bits = in->bits << 8 | *in->at++;
        in->count += 8;
    }
}

/** @return false at the end */
static inline bool take_code(BitReader *in, unsigned nbits, unsigned *code)
{
    if (in->count < nbits)
        fill(in);
    if (in->count < nbits)
        return false;
    in->count -= nbits;
    *code = (unsigned)(in->bits >> in->count) & ((1u << nbits) - 1);
    return true;
}

/** What is decoded so far. */
typedef struct Decoded {
    uint8_t *bytes;
    size_t nbytes, capacity;
    size_t last; /**< where the last string begins; nbytes: there is none */
    unsigned next, nbits;
} Decoded;

static void clear(Decoded *out)
{
    out->last = out->nbytes;
    out->next = CODE_FIRST;
    out->nbits = BITS_LEAST;
}

/** Notes the string that the next byte completes.
 * @return false if there is no code for it */
static bool learn(LzwStrings *strings, Decoded *out)
{
    if (out->next == CODES)
        return false;
    strings->begin[out->next] = out->last;
    strings->nbytes[out->next] = (uint32_t)(out->nbytes - out->last) + 1;
    out->next++;
    /* One code early, which TIFF 6.0 prescribes. */
    if (out->next + 1 == 1u << out->nbits && out->nbits < BITS_MOST)
        out->nbits++;
    return true;
}

/** Appends the string of @p code. */
static bool expand(LzwStrings *strings, Decoded *out, unsigned code)
{
    if (out->last < out->nbytes && !learn(strings, out))
        return false;
    const bool is_byte = code < CODE_CLEAR;
    if (!is_byte && code >= out->next)
        return false;
    const size_t nbytes = is_byte ? 1 : strings->nbytes[code];
    if (nbytes > out->capacity - out->nbytes)
        return false;
    uint8_t *to = out->bytes + out->nbytes;
    out->last = out->nbytes;
    out->nbytes += nbytes;
    if (is_byte) {
        *to = (uint8_t)code;
        return true;
    }
    /* From the left: it may end with the byte that it begins with. */
    const uint8_t *from = out->bytes + strings->begin[code];
    for (size_t i = 0; i < nbytes; i++)
        to[i] = from[i];
    return true;
}

bool lzw_decode(LzwStrings *strings, const void *in_bytes, size_t in_nbytes,
                void *out_bytes, size_t out_nbytes)
{
    const uint8_t *begin = in_bytes;
    BitReader in = {.at = begin, .end = begin + in_nbytes};
    Decoded out = {.bytes = out_bytes, .capacity = out_nbytes};
    unsigned code;
    clear(&out);
    if (!take_code(&in, out.nbits, &code) || code != CODE_CLEAR)
        return false;
    while (take_code(&in, out.nbits, &code)) {
        if (code == CODE_END)
            return out.nbytes == out_nbytes && in.at == in.end && in.count < 8;
        if (code == CODE_CLEAR)
            clear(&out);
        else if (!expand(strings, &out, code))
            return false;
    }
    return false;
}
