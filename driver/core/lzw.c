/* SPDX-License-Identifier: MIT */
#include "lzw.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lzw_codes.h"

/* A string is its prefix's code and its last byte: 20 bits. The rest of a key
 * is the number of the table, so that starting a new one empties all slots. */
enum {
    SLOT_BITS = 13,
    SLOTS = 1 << SLOT_BITS,
    STRING_BITS = 20,
    TABLES = 1 << (32 - STRING_BITS)
};

struct Lzw {
    uint32_t keys[SLOTS];
    uint16_t codes[SLOTS];
    uint32_t table; /**< 1 to TABLES - 1; a slot of no table has 0 */
};

/** Where codes go. */
typedef struct BitWriter {
    uint8_t *at;
    uint64_t bits; /**< those not yet written, in the lower end */
    unsigned count;
} BitWriter;

Lzw *lzw_new(void)
{
    return calloc(1, sizeof(Lzw));
}

void lzw_free(Lzw *lzw)
{
    free(lzw);
}

size_t lzw_nbytes(void)
{
    return sizeof(Lzw);
}

size_t lzw_bound(size_t in_nbytes)
{
    /* Every byte a code of its own, Clear before each table, and End. */
    const size_t tables = in_nbytes / (CODE_LAST - CODE_FIRST + 1) + 1;
    const size_t codes = in_nbytes + tables + 1;
    return codes + codes / 2 + sizeof(uint64_t);
}

static void put_code(BitWriter *out, unsigned code, unsigned nbits)
{
    out->bits = out->bits << nbits | code;
    out->count += nbits;
    while (out->count >= 8) {
        out->count -= 8;
        *out->at++ = (uint8_t)(out->bits >> out->count);
    }
}

static void pad_to_byte(BitWriter *out)
{
    if (out->count > 0)
        put_code(out, 0, 8 - out->count);
}

static void start_table(Lzw *lzw)
{
    lzw->table++;
    if (lzw->table == TABLES) {
        memset(lzw->keys, 0, sizeof lzw->keys);
        lzw->table = 1;
    }
}

/** @return the slot of a string, or the free one that it belongs in */
static uint32_t find_slot(const Lzw *lzw, uint32_t key)
{
    uint32_t slot = (key * 2654435761u) >> (32 - SLOT_BITS);
    while (lzw->keys[slot] != key &&
           lzw->keys[slot] >> STRING_BITS == lzw->table)
        slot = (slot + 1) % SLOTS;
    return slot;
}

/** The codes given away and how wide they are. */
typedef struct Codes {
    unsigned next;
    unsigned nbits;
} Codes;

static const Codes no_codes = {CODE_FIRST, BITS_LEAST};

/** Counts one more code. Codes become wider one code before they must, which
 * TIFF 6.0 prescribes.
 * @return false if a new table is due */
static bool count_code(Codes *codes)
{
    codes->next++;
    if (codes->next > CODE_LAST)
        return false;
    if (codes->next == 1u << codes->nbits)
        codes->nbits++;
    return true;
}

/** Begins a new table, in the file as well. */
static void clear(Lzw *lzw, BitWriter *out, Codes *codes)
{
    put_code(out, CODE_CLEAR, codes->nbits);
    start_table(lzw);
    *codes = no_codes;
}

size_t lzw_encode(Lzw *lzw, const void *in, size_t in_nbytes, void *out_bytes)
{
    const uint8_t *bytes = in;
    BitWriter out = {.at = out_bytes};
    Codes codes = no_codes;
    clear(lzw, &out, &codes);
    uint32_t prefix = in_nbytes > 0 ? bytes[0] : 0;
    for (size_t i = 1; i < in_nbytes; i++) {
        const uint32_t key = lzw->table << STRING_BITS | prefix << 8 | bytes[i];
        const uint32_t slot = find_slot(lzw, key);
        if (lzw->keys[slot] == key) {
            prefix = lzw->codes[slot];
            continue;
        }
        put_code(&out, prefix, codes.nbits);
        lzw->keys[slot] = key;
        lzw->codes[slot] = (uint16_t)codes.next;
        if (!count_code(&codes))
            clear(lzw, &out, &codes);
        prefix = bytes[i];
    }
    if (in_nbytes > 0) {
        put_code(&out, prefix, codes.nbits);
        /* A reader counts a code for this one before it reads the next. */
        if (!count_code(&codes))
            clear(lzw, &out, &codes);
    }
    put_code(&out, CODE_END, codes.nbits);
    pad_to_byte(&out);
    return (size_t)(out.at - (uint8_t *)out_bytes);
}
