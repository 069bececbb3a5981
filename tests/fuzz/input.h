/* SPDX-License-Identifier: MIT */
/** @file
 * The bytes that a fuzzer gives, taken from the front as numbers. What is asked
 * for beyond their end is zeros, so that any bytes are an input.
 */
#ifndef ROWBAND_TESTS_FUZZ_INPUT_H
#define ROWBAND_TESTS_FUZZ_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Input {
    const uint8_t *at;
    size_t left;
} Input;

/** A number from @p least to @p most, both included: as many bytes as the
 * range has. */
int64_t input_in(Input *input, int64_t least, int64_t most);

/** Likewise, small numbers being as likely as large ones. */
int64_t input_magnitude(Input *input, int64_t least, int64_t most);

bool input_flag(Input *input);

#endif
