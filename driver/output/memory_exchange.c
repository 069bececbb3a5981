/* SPDX-License-Identifier: MIT */
#include "memory_exchange.h"

#include <stddef.h>
#include <string.h>

#include "cpl_vsi.h"
#include "error_trap.h"

enum {
    HEADER_NBYTES = 8, /**< of the shortest header */
    PIECE_NBYTES = 4096
};

typedef struct Held {
    VSILFILE *file;
    vsi_l_offset nbytes;
    unsigned char *bytes;
} Held;

static bool hold(Held *held, const char *path)
{
    *held = (Held){.file = VSIFOpenExL(path, "r+b", TRUE)};
    if (held->file != NULL)
        held->bytes = VSIGetMemFileBuffer(path, &held->nbytes, FALSE);
    return held->file != NULL;
}

static bool is_unfinished(const Held *held)
{
    static const unsigned char no_header[HEADER_NBYTES] = {0};
    return held->nbytes >= HEADER_NBYTES &&
           memcmp(held->bytes, no_header, HEADER_NBYTES) == 0;
}

static bool set_length(const Held *held, vsi_l_offset nbytes)
{
    return VSIFTruncateL(held->file, nbytes) == 0;
}

/** From the end to the beginning. */
static void exchange_bytes(unsigned char *a, unsigned char *b, size_t nbytes)
{
    unsigned char piece[PIECE_NBYTES];
    while (nbytes > 0) {
        const size_t begin = (nbytes - 1) / PIECE_NBYTES * PIECE_NBYTES;
        memcpy(piece, a + begin, nbytes - begin);
        memcpy(a + begin, b + begin, nbytes - begin);
        memcpy(b + begin, piece, nbytes - begin);
        nbytes = begin;
    }
}

/** Both are open. */
static bool exchange(const Held *a, const char *a_path, const Held *b,
                     const char *b_path)
{
    const vsi_l_offset longest = a->nbytes > b->nbytes ? a->nbytes : b->nbytes;
    vsi_l_offset ignored = 0;
    if (is_unfinished(a) || is_unfinished(b))
        return false;
    /* One byte more, which what belongs to others never has room for. */
    const bool room = set_length(a, longest + 1) && set_length(b, longest + 1);
    if (room)
        exchange_bytes(VSIGetMemFileBuffer(a_path, &ignored, FALSE),
                       VSIGetMemFileBuffer(b_path, &ignored, FALSE),
                       (size_t)longest);
    /* Which shrinks them, and thus works. */
    (void)set_length(a, room ? b->nbytes : a->nbytes);
    (void)set_length(b, room ? a->nbytes : b->nbytes);
    return room;
}

bool memory_is_unfinished(const char *path)
{
    Held held = {.file = NULL};
    held.bytes = VSIGetMemFileBuffer(path, &held.nbytes, FALSE);
    return held.bytes != NULL && is_unfinished(&held);
}

bool memory_exchange(const char *a_path, const char *b_path)
{
    Held a, b = {.file = NULL};
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_ALL);
    const bool ok = hold(&a, a_path) && hold(&b, b_path) &&
                    exchange(&a, a_path, &b, b_path);
    if (a.file != NULL)
        (void)VSIFCloseL(a.file);
    if (b.file != NULL)
        (void)VSIFCloseL(b.file);
    error_trap_end(&trap);
    return ok;
}
