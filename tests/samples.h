/* SPDX-License-Identifier: MIT */
/** @file
 * Samples of every type with what they mean, and their statistics in two
 * passes, as plainly as can be.
 */
#ifndef ROWBAND_TESTS_SAMPLES_H
#define ROWBAND_TESTS_SAMPLES_H

#include <stdbool.h>

#include "random.h"
#include "statistics.h"

enum { SAMPLES_COUNT = 3000, SAMPLES_STEP_MAX = 3, SAMPLE_RULES = 16 };

/** One for each type, without nodata. */
extern const StatisticsRule sample_rules[SAMPLE_RULES];

typedef struct SamplesReference {
    uint64_t count;
    long double min, max, mean, deviation;
} SamplesReference;

/** Samples of one type with what they mean. */
typedef struct Samples {
    StatisticsRule rule;
    size_t step; /**< from a sample of the band to the next; at most
                      SAMPLES_STEP_MAX */
    uint8_t bytes[SAMPLES_COUNT * SAMPLES_STEP_MAX * 16];
    double values[SAMPLES_COUNT];
    bool counts[SAMPLES_COUNT];
} Samples;

/** @param counts which of the values do */
SamplesReference samples_reference(const double *values, const bool *counts);

void samples_expect_close(double value, long double expected);
void samples_expect_same(const Statistics *found,
                         const SamplesReference *expected);

/** Writes @p value as a sample of the rule's type.
 * @return what it became */
double sample_put(const StatisticsRule *rule, uint8_t *at, double value);

/** Fills in samples between two numbers, at random, of the rule and the step
 * that are set. */
void samples_fill(Samples *samples, Random *random, double least, double most);

/** Counted in rows of any length, they have the statistics of the reference. */
void samples_check(const Samples *samples, const uint8_t *validity,
                   size_t validity_nbytes);

#endif
