/* SPDX-License-Identifier: MIT */
/** @file
 * Decodes what a VRT will read before it does, on readers' threads, each
 * through handles of its own. The blocks go into the leaves, where the VRT,
 * which is read on the thread it belongs to, finds them.
 *
 * Only datasets that may be opened again are decoded so, and only once a block
 * has shown that they are the same then. The others, and whatever fails, are
 * left to the VRT.
 */
#ifndef ROWBAND_AHEAD_H
#define ROWBAND_AHEAD_H

#include <stdbool.h>
#include <stdint.h>

#include "holes.h"
#include "leaf.h"
#include "same_again.h"
#include "window.h"
#include "window_source.h"

CPL_C_START

/** A leaf that may be decoded ahead. Owns nothing. */
typedef struct AheadLeaf {
    Leaf *leaf;               /**< all places of which are known */
    const SameAgain *again;   /**< how to open it */
    bool layers[LEAF_LAYERS]; /**< of which all that lies below a window is sure
                                   to be needed */
} AheadLeaf;

typedef struct Ahead Ahead;

/** @param leaves copied; what they name must outlive it
 * @param readers from 0 on
 * @return NULL if there is no memory */
Ahead *ahead_new(const AheadLeaf *leaves, int count, int readers);

/** Closes all handles. No reader may be at work.
 * @param ahead may be NULL */
void ahead_free(Ahead *ahead);

/** Before anything is decoded ahead: what lies only where holes_skip() says so
 * is not needed.
 * @param holes must outlive it; or NULL */
void ahead_skip(Ahead *ahead, const Holes *holes, int64_t margin);

/** On the thread that the VRT belongs to: decodes a block below @p window
 * through the dataset in hand, unless that is done, of each leaf that has
 * pixels to be compared. */
void ahead_look(Ahead *ahead, const Window *window);

/** Before this nothing is decoded ahead. On the VRT's thread. */
void ahead_start(Ahead *ahead);

/** Decodes what lies below @p window, on the reader's thread. */
void ahead_decode(Ahead *ahead, int reader, const Window *window,
                  const GoOn *go_on);

/** @return blocks that were decoded once more, to compare handles */
int64_t ahead_compared(const Ahead *ahead);

CPL_C_END

#endif
