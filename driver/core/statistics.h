/* SPDX-License-Identifier: MIT */
/** @file
 * Statistics of a band, counted as GDALRasterBand::ComputeStatistics() does
 * (GDAL's gcore/gdalrasterband.cpp): real parts only, without NaN and the
 * nodata value.
 *
 * Each tile has a record of its own, and the records of a band are merged in
 * the order of the tiles, so that the result is the same to the last bit
 * whichever tile is encoded first.
 */
#ifndef ROWBAND_STATISTICS_H
#define ROWBAND_STATISTICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "layout.h"

/** Statistics of some pixels; if there are none, only the count is defined. */
typedef struct Statistics {
    uint64_t count;
    double min, max;
    double pivot; /**< near the mean: far from zero, where doubles are coarse,
                       the rest is exact relative to it */
    double mean;  /**< less the pivot */
    double m2;    /**< sum of squared differences to the mean */
} Statistics;

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

/** Adds a row of pixels to @p to. */
void statistics_add_row(Statistics *to, const StatisticsRule *rule,
                        const StatisticsRow *row);

/** Adds the pixels of @p other to @p to. */
void statistics_merge(Statistics *to, const Statistics *other);

/** NaN, as in GDAL, if an infinity is among the pixels; 0 if there is none. */
double statistics_mean(const Statistics *statistics);

/** The standard deviation of all pixels, not estimated from a sample; NaN and
 * 0 as above. */
double statistics_deviation(const Statistics *statistics);

#endif
