/* SPDX-License-Identifier: MIT */
#include "statistics.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Pixels looked at together: few enough for the first-level cache. */
enum { CHUNK = 512 };

/* Sums that run side by side, for the vectoriser, which may not reorder the
 * terms of one. */
enum { LANES = 8 };

#define DEFINE_GATHER(name, type)                                              \
    static void name(double *restrict to, const uint8_t *restrict from,        \
                     size_t count, size_t stride)                              \
    {                                                                          \
        if (stride == sizeof(type)) {                                          \
            const type *samples = (const type *)(const void *)from;            \
            for (size_t i = 0; i < count; i++)                                 \
                to[i] = (double)samples[i];                                    \
            return;                                                            \
        }                                                                      \
        for (size_t i = 0; i < count; i++)                                     \
            to[i] = (double)*(const type *)(const void *)(from + i * stride);  \
    }

DEFINE_GATHER(gather_uint8, uint8_t)
DEFINE_GATHER(gather_uint16, uint16_t)
DEFINE_GATHER(gather_uint32, uint32_t)
DEFINE_GATHER(gather_uint64, uint64_t)
DEFINE_GATHER(gather_int8, int8_t)
DEFINE_GATHER(gather_int16, int16_t)
DEFINE_GATHER(gather_int32, int32_t)
DEFINE_GATHER(gather_int64, int64_t)
DEFINE_GATHER(gather_float, float)
DEFINE_GATHER(gather_double, double)

typedef void (*Gather)(double *restrict, const uint8_t *restrict, size_t,
                       size_t);

/** Turns samples into doubles; of complex ones the real part. */
static Gather gather_for(const StatisticsRule *rule)
{
    static const Gather unsigned_ones[] = {gather_uint8, gather_uint16,
                                           gather_uint32, gather_uint64};
    static const Gather signed_ones[] = {gather_int8, gather_int16,
                                         gather_int32, gather_int64};
    const bool complex_samples = rule->format >= SAMPLE_FORMAT_COMPLEX_INT;
    const int nbytes = rule->sample_nbytes / (complex_samples ? 2 : 1);
    const int size = nbytes == 8 ? 3 : nbytes / 2;
    switch (rule->format) {
    case SAMPLE_FORMAT_UINT:
        return unsigned_ones[size];
    case SAMPLE_FORMAT_INT:
    case SAMPLE_FORMAT_COMPLEX_INT:
        return signed_ones[size];
    default:
        return nbytes == 4 ? gather_float : gather_double;
    }
}

static bool is_floating(SampleFormat format)
{
    return format == SAMPLE_FORMAT_FLOAT ||
           format == SAMPLE_FORMAT_COMPLEX_FLOAT;
}

/** GDAL compares unsigned samples of 8 and 16 bits as integers, single floats
 * as such, and all others as doubles; all but the first by a tolerance, which
 * is that of single floats even for doubles. */
static bool is_nodata(const StatisticsRule *rule, double value)
{
    const double tolerance = 2.0 * (double)FLT_EPSILON;
    if (value == rule->nodata)
        return true;
    if (rule->format == SAMPLE_FORMAT_UINT && rule->sample_nbytes <= 2)
        return false;
    if (rule->format == SAMPLE_FORMAT_FLOAT && rule->sample_nbytes == 4) {
        const float a = (float)value, b = (float)rule->nodata;
        return a == b || fabsf(a - b) < FLT_EPSILON * fabsf(a + b) * 2;
    }
    return fabs(value - rule->nodata) < fabs(value + rule->nodata) * tolerance;
}

static bool is_zero(const uint8_t *sample, size_t nbytes)
{
    uint8_t any = 0;
    for (size_t i = 0; i < nbytes; i++)
        any |= sample[i];
    return any == 0;
}

/** Moves the values that count to the front.
 * @return how many they are */
static size_t keep_valid(double *values, size_t count,
                         const StatisticsRule *rule, const StatisticsRow *row,
                         size_t from)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        const double value = values[i];
        const bool left_out =
            isnan(value) || (rule->has_nodata && is_nodata(rule, value)) ||
            (row->validity != NULL &&
             is_zero(row->validity + (from + i) * row->validity_stride,
                     row->validity_nbytes));
        values[kept] = value;
        kept += !left_out;
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
    chunk.mean = sum(values, count) / (double)count;
    chunk.m2 = squared_differences(values, count, chunk.mean);
    statistics_merge(to, &chunk);
}

void statistics_add_row(Statistics *to, const StatisticsRule *rule,
                        const StatisticsRow *row)
{
    const Gather gather = gather_for(rule);
    const bool all_valid = !rule->has_nodata && row->validity == NULL &&
                           !is_floating(rule->format);
    double values[CHUNK];
    for (size_t from = 0; from < row->count; from += CHUNK) {
        const size_t left = row->count - from;
        size_t count = left < CHUNK ? left : CHUNK;
        gather(values, row->samples + from * row->stride, count, row->stride);
        if (!all_valid)
            count = keep_valid(values, count, rule, row, from);
        add_values(to, values, count);
    }
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
    const double difference =
        (other->pivot - to->pivot) + (other->mean - to->mean);
    to->count += other->count;
    to->min = other->min < to->min ? other->min : to->min;
    to->max = other->max > to->max ? other->max : to->max;
    to->mean += difference * theirs / (ours + theirs);
    to->m2 +=
        other->m2 + difference * difference * ours * theirs / (ours + theirs);
}

double statistics_mean(const Statistics *statistics)
{
    return statistics->pivot + statistics->mean;
}

double statistics_deviation(const Statistics *statistics)
{
    return statistics->count > 0
               ? sqrt(statistics->m2 / (double)statistics->count)
               : 0;
}
