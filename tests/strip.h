/* SPDX-License-Identifier: MIT */
/** @file
 * A strip of bytes to encode, and what a codec is told of it.
 */
#ifndef ROWBAND_STRIP_H
#define ROWBAND_STRIP_H

#include <stdint.h>

#include "codec.h"
#include "layout.h"

typedef struct Strip {
    Layout layout;
    CodecSetup setup; /**< points into the strip */
    CodecInput in;
} Strip;

/** @param bytes not copied */
void strip_init(Strip *strip, int level, const uint8_t *bytes, int64_t columns,
                int64_t rows);

#endif
