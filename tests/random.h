/* SPDX-License-Identifier: MIT */
/** @file
 * Random numbers that are the same on every machine: SplitMix64 (Steele, Lea
 * and Flood, 2014).
 */
#ifndef ROWBAND_TESTS_RANDOM_H
#define ROWBAND_TESTS_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Its only field is the seed to start with. */
typedef struct Random {
    uint64_t state;
} Random;

/** Any 64 bits, all that there are to @p state. */
uint64_t random_mix(uint64_t state);

uint64_t random_next(Random *random);

/** A number from @p least to @p most, both included. */
int64_t random_in(Random *random, int64_t least, int64_t most);

/** Likewise, small numbers being as likely as large ones. */
int64_t random_magnitude(Random *random, int64_t least, int64_t most);

/** True once in @p times. */
bool random_once_in(Random *random, int times);

void random_fill(Random *random, void *bytes, size_t nbytes);

#endif
