/* SPDX-License-Identifier: MIT */
#include "statistics.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "sample_values.h"

/* Pixels looked at together: few enough for the first-level cache, and for
 * sums of 16-bit differences to fit 32 bits. */
enum { CHUNK = 512 };

/* Sums that run side by side, for the vectoriser, which may not reorder the
 * terms of one. */
enum { LANES = 8 };

static bool is_small_integer(const StatisticsRule *rule)
{
    return !sample_is_floating(rule->format) && sample_real_nbytes(rule) <= 2;
}

/* GDAL's ARE_REAL_EQUAL: the tolerance is that of single floats even for
 * doubles. Without branches, for the vectoriser. */
static bool is_near(double a, double b)
{
    return (a == b) | (fabs(a - b) < (double)FLT_EPSILON * fabs(a + b) * 2);
}

/* In single floats, whose sum overflows: 1e32 is near FLT_MAX. */
static bool is_near_float(float a, float b)
{
    return (a == b) | (fabsf(a - b) < FLT_EPSILON * fabsf(a + b) * 2);
}

/** GDAL compares unsigned samples of 8 and 16 bits as integers, with what is
 * within 1e-10 of one; signed ones by a tolerance that reaches no second
 * integer either.
 * @param[out] nodata the only integer that is left out
 * @return false if there is none */
static bool small_nodata(const StatisticsRule *rule, int32_t *nodata)
{
    if (!rule->has_nodata || !(fabs(rule->nodata) <= UINT16_MAX))
        return false;
    const double nearest = round(rule->nodata);
    *nodata = (int32_t)nearest;
    if (rule->format == SAMPLE_FORMAT_UINT)
        return rule->nodata >= 0 && fabs(rule->nodata - nearest) < 1e-10;
    return is_near(nearest, rule->nodata);
}

static bool is_zero(const uint8_t *sample, size_t nbytes)
{
    uint8_t any = 0;
    for (size_t i = 0; i < nbytes; i++)
        any |= sample[i];
    return any == 0;
}

/** Clears @p counts, all ones or zero, where a pixel is not valid. */
static void clear_invalid(int32_t *restrict counts, const StatisticsRow *chunk)
{
    const uint8_t *restrict validity = chunk->validity;
    const size_t nbytes = chunk->validity_nbytes;
    const size_t stride = chunk->validity_stride;
    if (validity == NULL)
        return;
    if (nbytes == 1 && stride == 1)
        for (size_t i = 0; i < chunk->count; i++)
            counts[i] &= -(int32_t)(validity[i] != 0);
    else
        for (size_t i = 0; i < chunk->count; i++)
            counts[i] &= -(int32_t)!is_zero(validity + i * stride, nbytes);
}

/** Exact sums over at most CHUNK samples of 8 or 16 bits, less the pivot. */
typedef struct Tally {
    uint64_t count;
    int32_t min, max, pivot;
    int64_t sum;
    uint64_t squares;
} Tally;

static void add_tally(Statistics *to, const Tally *tally)
{
    const int64_t count = (int64_t)tally->count;
    /* Both terms are below 2^51: the difference is exact. */
    const uint64_t spread =
        tally->squares * tally->count - (uint64_t)(tally->sum * tally->sum);
    const int64_t above_min = tally->sum + (tally->pivot - tally->min) * count;
    const Statistics chunk = {.count = tally->count,
                              .min = tally->min,
                              .max = tally->max,
                              .pivot = tally->min,
                              .mean = (double)above_min / (double)count,
                              .m2 = (double)spread / (double)count};
    statistics_merge(to, &chunk);
}

/* Where all samples count and lie side by side: in the samples' own type, of
 * which a vector holds the most. A square fits square_type, their sum
 * squares_type. */
#define DEFINE_TALLY(name, type, square_type, squares_type)                    \
    static Tally name(const uint8_t *restrict from, size_t count)              \
    {                                                                          \
        const type *restrict samples = (const type *)(const void *)from;       \
        type min = samples[0], max = samples[0];                               \
        int32_t sum = 0;                                                       \
        squares_type squares = 0;                                              \
        for (size_t i = 0; i < count; i++) {                                   \
            min = samples[i] < min ? samples[i] : min;                         \
            max = samples[i] > max ? samples[i] : max;                         \
        }                                                                      \
        for (size_t i = 0; i < count; i++)                                     \
            sum += samples[i];                                                 \
        for (size_t i = 0; i < count; i++)                                     \
            squares += (squares_type)((square_type)samples[i] *                \
                                      (square_type)samples[i]);                \
        return (Tally){count, min, max, 0, sum, (uint64_t)squares};            \
    }

DEFINE_TALLY(tally_uint8, uint8_t, int16_t, int32_t)
DEFINE_TALLY(tally_int8, int8_t, int16_t, int32_t)
DEFINE_TALLY(tally_uint16, uint16_t, uint32_t, uint64_t)
DEFINE_TALLY(tally_int16, int16_t, int32_t, int64_t)

static void add_dense(Statistics *to, const StatisticsRule *rule,
                      const StatisticsRow *chunk)
{
    const bool has_sign = rule->format != SAMPLE_FORMAT_UINT;
    const Tally tally = chunk->stride == 1
                            ? (has_sign ? tally_int8 : tally_uint8)(
                                  chunk->samples, chunk->count)
                            : (has_sign ? tally_int16 : tally_uint16)(
                                  chunk->samples, chunk->count);
    add_tally(to, &tally);
}

/** Adds samples that fit 17 bits; their sums are exact. Those that do not
 * count stay where they are and add nothing. */
static void add_counted(Statistics *to, const int32_t *restrict values,
                        const int32_t *restrict counts, size_t count)
{
    int32_t kept = 0, min = INT32_MAX, max = INT32_MIN;
    for (size_t i = 0; i < count; i++) {
        const int32_t low = counts[i] ? values[i] : INT32_MAX;
        const int32_t high = counts[i] ? values[i] : INT32_MIN;
        kept -= counts[i];
        min = low < min ? low : min;
        max = high > max ? high : max;
    }
    if (kept == 0)
        return;
    uint32_t sum = 0;
    uint64_t squares = 0;
    for (size_t i = 0; i < count; i++) {
        const uint32_t above = (uint32_t)((values[i] - min) & counts[i]);
        sum += above;
        squares += (uint64_t)above * above;
    }
    const Tally tally = {(uint64_t)kept, min, max, min, (int64_t)sum, squares};
    add_tally(to, &tally);
}

static void add_small(Statistics *to, const StatisticsRule *rule,
                      const StatisticsRow *chunk)
{
    int32_t values[CHUNK], counts[CHUNK], nodata = 0;
    const bool has_nodata = small_nodata(rule, &nodata);
    if (!has_nodata && chunk->validity == NULL &&
        chunk->stride == (size_t)sample_real_nbytes(rule)) {
        add_dense(to, rule, chunk);
        return;
    }
    sample_values_as_int32(values, rule, chunk);
    memset(counts, 0xff, sizeof counts);
    if (has_nodata)
        for (size_t i = 0; i < chunk->count; i++)
            counts[i] = -(int32_t)(values[i] != nodata);
    clear_invalid(counts, chunk);
    add_counted(to, values, counts, chunk->count);
}

/** Sets @p counts, all ones or zero, by the values alone. */
static void judge(int32_t *restrict counts, const double *restrict values,
                  size_t count, const StatisticsRule *rule)
{
    const double nodata = rule->nodata;
    if (!rule->has_nodata)
        for (size_t i = 0; i < count; i++)
            counts[i] = -(int32_t)(values[i] == values[i]);
    else if (rule->format == SAMPLE_FORMAT_FLOAT && rule->sample_nbytes == 4)
        for (size_t i = 0; i < count; i++)
            counts[i] = -((values[i] == values[i]) &
                          !is_near_float((float)values[i], (float)nodata));
    else
        for (size_t i = 0; i < count; i++)
            counts[i] =
                -((values[i] == values[i]) & !is_near(values[i], nodata));
}

/** Moves the values that count to the front.
 * @return how many they are */
static size_t keep(double *values, const int32_t *counts, size_t count)
{
    int32_t all = -1;
    for (size_t i = 0; i < count; i++)
        all &= counts[i];
    if (all)
        return count;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        values[kept] = values[i];
        kept += counts[i] != 0;
    }
    return kept;
}

static double sum(const double *values, size_t count)
{
    double lanes[LANES] = {0}, total = 0;
    size_t i = 0;
    for (; i + LANES <= count; i += LANES)
        for (int lane = 0; lane < LANES; lane++)
            lanes[lane] += values[i + (size_t)lane];
    for (; i < count; i++)
        total += values[i];
    for (int lane = 0; lane < LANES; lane++)
        total += lanes[lane];
    return total;
}

static double squared_differences(const double *values, size_t count,
                                  double mean)
{
    double lanes[LANES] = {0}, total = 0;
    size_t i = 0;
    for (; i + LANES <= count; i += LANES)
        for (int lane = 0; lane < LANES; lane++) {
            const double difference = values[i + (size_t)lane] - mean;
            lanes[lane] += difference * difference;
        }
    for (; i < count; i++)
        total += (values[i] - mean) * (values[i] - mean);
    for (int lane = 0; lane < LANES; lane++)
        total += lanes[lane];
    return total;
}

/** Finds the extremes, side by side as well. */
static void extremes(Statistics *of, const double *values, size_t count)
{
    double least[LANES], most[LANES];
    for (int lane = 0; lane < LANES; lane++)
        least[lane] = most[lane] = values[0];
    for (size_t i = 0; i < count; i++) {
        const size_t lane = i % LANES;
        least[lane] = values[i] < least[lane] ? values[i] : least[lane];
        most[lane] = values[i] > most[lane] ? values[i] : most[lane];
    }
    of->min = least[0];
    of->max = most[0];
    for (int lane = 1; lane < LANES; lane++) {
        of->min = least[lane] < of->min ? least[lane] : of->min;
        of->max = most[lane] > of->max ? most[lane] : of->max;
    }
}

/** @p values are used up. */
static void add_values(Statistics *to, double *values, size_t count)
{
    if (count == 0)
        return;
    const double pivot = values[0];
    Statistics chunk = {.count = count, .pivot = pivot};
    extremes(&chunk, values, count);
    for (size_t i = 0; i < count; i++)
        values[i] -= pivot;
    /* -DBL_MAX among others: the squares overflow, as GDAL's do, but the mean
     * does not, as GDAL's does not. */
    if (chunk.max / 2 - chunk.min / 2 > DBL_MAX / (4 * CHUNK)) {
        for (size_t i = 0; i < count; i++)
            values[i] /= (double)count;
        chunk.mean = sum(values, count);
        chunk.m2 = INFINITY;
    } else {
        chunk.mean = sum(values, count) / (double)count;
        chunk.m2 = squared_differences(values, count, chunk.mean);
    }
    statistics_merge(to, &chunk);
}

static void add_large(Statistics *to, const StatisticsRule *rule,
                      const StatisticsRow *chunk)
{
    double values[CHUNK];
    int32_t counts[CHUNK];
    size_t count = chunk->count;
    sample_values_as_double(values, rule, chunk);
    if (rule->has_nodata || chunk->validity != NULL ||
        sample_is_floating(rule->format)) {
        judge(counts, values, count, rule);
        clear_invalid(counts, chunk);
        count = keep(values, counts, count);
    }
    add_values(to, values, count);
}

void statistics_add_row(Statistics *to, const StatisticsRule *rule,
                        const StatisticsRow *row)
{
    StatisticsRow chunk = *row;
    for (size_t left = row->count; left > 0; left -= chunk.count) {
        chunk.count = left < CHUNK ? left : CHUNK;
        (is_small_integer(rule) ? add_small : add_large)(to, rule, &chunk);
        chunk.samples += chunk.count * chunk.stride;
        if (chunk.validity != NULL)
            chunk.validity += chunk.count * chunk.validity_stride;
    }
}

/** Moves the pivot to the mean: a first pixel that is an outlier would make
 * the rest coarse. What the addition loses is kept (Knuth's TwoSum). */
static void move_pivot(Statistics *of)
{
    const double all = of->pivot + of->mean;
    const double rest = all - of->pivot;
    of->mean = (of->pivot - (all - rest)) + (of->mean - rest);
    of->pivot = all;
}

/* Chan, Golub and LeVeque, Updating Formulae and a Pairwise Algorithm for
 * Computing Sample Variances (1979). */
void statistics_merge(Statistics *to, const Statistics *other)
{
    if (other->count == 0)
        return;
    if (to->count == 0) {
        *to = *other;
        return;
    }
    const double ours = (double)to->count, theirs = (double)other->count;
    const double share = theirs / (ours + theirs);
    const double difference =
        (other->pivot - to->pivot) + (other->mean - to->mean);
    to->count += other->count;
    to->min = other->min < to->min ? other->min : to->min;
    to->max = other->max > to->max ? other->max : to->max;
    to->mean += difference * share;
    to->m2 += other->m2 + difference * difference * ours * share;
    move_pivot(to);
}

/** GDAL's mean and deviation are no numbers then, but for a mean whose only
 * infinity is the last pixel. */
static bool has_infinity(const Statistics *statistics)
{
    return isinf(statistics->min) || isinf(statistics->max);
}

double statistics_mean(const Statistics *statistics)
{
    return has_infinity(statistics) ? NAN
                                    : statistics->pivot + statistics->mean;
}

double statistics_deviation(const Statistics *statistics)
{
    if (statistics->count == 0)
        return 0;
    return has_infinity(statistics)
               ? NAN
               : sqrt(statistics->m2 / (double)statistics->count);
}
