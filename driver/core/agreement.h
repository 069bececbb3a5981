/* SPDX-License-Identifier: MIT */
/** @file
 * Whether samples that were decoded are those that were encoded, as far as the
 * image's bits and its Fidelity have it.
 */
#ifndef ROWBAND_AGREEMENT_H
#define ROWBAND_AGREEMENT_H

#include <stddef.h>
#include <stdint.h>

#include "encoding.h"

/** Compares @p count samples, as they lie in memory, one after another. Of
 * fewer bits than in memory, what went in is expected as pack_row() and
 * pack_half_row() make it.
 * @param image of FIDELITY_WITHIN, samples that are neither complex nor whole
 *              numbers of more than 32 bits; or FIDELITY_EXACT
 * @return the first sample that differs by more than it may; @p count: none */
size_t agreement_end(const ImageSpec *image, const uint8_t *given,
                     const uint8_t *decoded, size_t count);

#endif
