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

#include <stdint.h>

#include "sample_values.h"

/** Statistics of some pixels; if there are none, only the count is defined. */
typedef struct Statistics {
    uint64_t count;
    double min, max;
    double pivot; /**< near the mean: far from zero, where doubles are coarse,
                       the rest is exact relative to it */
    double mean;  /**< less the pivot */
    double m2;    /**< sum of squared differences to the mean */
} Statistics;

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
