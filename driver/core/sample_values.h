/* SPDX-License-Identifier: MIT */
/** @file
 * Samples of any type as numbers to calculate with: the real parts of a row's,
 * wherever they lie.
 */
#ifndef ROWBAND_SAMPLE_VALUES_H
#define ROWBAND_SAMPLE_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "layout.h"

/** Which samples count. Immutable. */
typedef struct StatisticsRule {
    SampleFormat format;
    int sample_nbytes; /**< in memory, host order */
    bool has_nodata;
    double nodata; /**< not NaN */
} StatisticsRule;

/** Samples of one band in a row of a tile. */
typedef struct StatisticsRow {
    const uint8_t *samples;
    size_t count;
    size_t stride;           /**< bytes from one sample to the next */
    const uint8_t *validity; /**< samples of a mask or an alpha band: pixels
                                  where it is zero do not count; or NULL */
    size_t validity_nbytes;  /**< of one of them */
    size_t validity_stride;  /**< bytes from one to the next */
} StatisticsRow;

/** @return the bytes of what counts of a sample: the real part of a complex
 * one */
int sample_real_nbytes(const StatisticsRule *rule);

bool sample_is_floating(SampleFormat format);

/** Brings the samples of a row, whole numbers of 1 or 2 bytes, into @p to. */
void sample_values_as_int32(int32_t *to, const StatisticsRule *rule,
                            const StatisticsRow *from);

/** The same with samples of any other type. */
void sample_values_as_double(double *to, const StatisticsRule *rule,
                             const StatisticsRow *from);

#endif
