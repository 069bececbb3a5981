/* SPDX-License-Identifier: MIT */
#include "samples.h"

#include <math.h>
#include <string.h>

#include "gtest_c.h"
#include "pack.h"

SamplesReference samples_reference(const double *values, const bool *counts)
{
    SamplesReference result = {.min = INFINITY, .max = -INFINITY};
    long double sum = 0, squares = 0;
    for (size_t i = 0; i < SAMPLES_COUNT; i++)
        if (counts[i]) {
            result.count++;
            sum += values[i];
            result.min = fminl(result.min, values[i]);
            result.max = fmaxl(result.max, values[i]);
        }
    if (result.count == 0)
        return result;
    result.mean = sum / result.count;
    for (size_t i = 0; i < SAMPLES_COUNT; i++)
        if (counts[i])
            squares += (values[i] - result.mean) * (values[i] - result.mean);
    result.deviation = sqrtl(squares / result.count);
    return result;
}

void samples_expect_close(double value, long double expected)
{
    const long double scale = fabsl(expected) > 1e-30L ? fabsl(expected) : 1;
    expect_true(fabsl(value - expected) / scale < 1e-12L);
}

void samples_expect_same(const Statistics *found,
                         const SamplesReference *expected)
{
    expect_int_eq(found->count, expected->count);
    if (expected->count == 0)
        return;
    expect_true(found->min == (double)expected->min);
    expect_true(found->max == (double)expected->max);
    samples_expect_close(statistics_mean(found), expected->mean);
    samples_expect_close(statistics_deviation(found), expected->deviation);
}

/** Writes @p value as a half float.
 * @return what it became: all but the first 11 bits are cut off */
static double put_half(uint8_t *at, double value)
{
    float single = (float)value;
    uint32_t bits;
    pack_half_row(at, &single, 1);
    memcpy(&bits, &single, sizeof bits);
    bits &= ~(uint32_t)0x1fff;
    memcpy(&single, &bits, sizeof bits);
    return (double)single;
}

double sample_put(const StatisticsRule *rule, uint8_t *at, double value)
{
    const bool complex_samples = rule->format >= SAMPLE_FORMAT_COMPLEX_INT;
    const int nbytes = rule->sample_nbytes / (complex_samples ? 2 : 1);
    const bool of_whole_numbers = rule->format == SAMPLE_FORMAT_UINT ||
                                  rule->format == SAMPLE_FORMAT_INT ||
                                  rule->format == SAMPLE_FORMAT_COMPLEX_INT;
    const double number = of_whole_numbers ? value : 0;
    const int64_t whole = (int64_t)number;
    const uint64_t natural = (uint64_t)(number < 0 ? -number : number);
    const float single = (float)value;
    switch (rule->format) {
    case SAMPLE_FORMAT_UINT:
        memcpy(at, &natural, (size_t)nbytes);
        return (double)natural;
    case SAMPLE_FORMAT_INT:
    case SAMPLE_FORMAT_COMPLEX_INT:
        memcpy(at, &whole, (size_t)nbytes);
        return (double)whole;
    default:
        if (nbytes == 2)
            return put_half(at, value);
        memcpy(at, nbytes == 4 ? (const void *)&single : (const void *)&value,
               (size_t)nbytes);
        return nbytes == 4 ? (double)single : value;
    }
}

void samples_fill(Samples *samples, Random *random, double least, double most)
{
    const size_t nbytes = (size_t)samples->rule.sample_nbytes;
    random_fill(random, samples->bytes, sizeof samples->bytes);
    for (size_t i = 0; i < SAMPLES_COUNT; i++) {
        const double part = (double)random_in(random, 0, 1 << 30) / (1 << 30);
        samples->values[i] = sample_put(
            &samples->rule, samples->bytes + i * samples->step * nbytes,
            least + part * (most - least));
        samples->counts[i] = true;
    }
}

static Statistics count_rows(const Samples *samples, const uint8_t *validity,
                             size_t validity_nbytes, size_t row)
{
    const size_t nbytes = (size_t)samples->rule.sample_nbytes;
    Statistics all = {0};
    for (size_t i = 0; i < SAMPLES_COUNT; i += row) {
        const StatisticsRow part = {
            .samples = samples->bytes + i * samples->step * nbytes,
            .count = row < SAMPLES_COUNT - i ? row : SAMPLES_COUNT - i,
            .stride = samples->step * nbytes,
            .validity =
                validity != NULL ? validity + i * validity_nbytes : NULL,
            .validity_nbytes = validity_nbytes,
            .validity_stride = validity_nbytes};
        statistics_add_row(&all, &samples->rule, &part);
    }
    return all;
}

void samples_check(const Samples *samples, const uint8_t *validity,
                   size_t validity_nbytes)
{
    const SamplesReference expected =
        samples_reference(samples->values, samples->counts);
    static const size_t rows[] = {1, 7, 512, 513, SAMPLES_COUNT};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const Statistics found =
            count_rows(samples, validity, validity_nbytes, rows[i]);
        test_context("format %d, %d bytes, step %d, rows of %d",
                     (int)samples->rule.format, samples->rule.sample_nbytes,
                     (int)samples->step, (int)rows[i]);
        samples_expect_same(&found, &expected);
    }
}

const StatisticsRule sample_rules[SAMPLE_RULES] = {
    {SAMPLE_FORMAT_UINT, 1, false, 0},
    {SAMPLE_FORMAT_UINT, 2, false, 0},
    {SAMPLE_FORMAT_UINT, 4, false, 0},
    {SAMPLE_FORMAT_UINT, 8, false, 0},
    {SAMPLE_FORMAT_INT, 1, false, 0},
    {SAMPLE_FORMAT_INT, 2, false, 0},
    {SAMPLE_FORMAT_INT, 4, false, 0},
    {SAMPLE_FORMAT_INT, 8, false, 0},
    {SAMPLE_FORMAT_FLOAT, 4, false, 0},
    {SAMPLE_FORMAT_FLOAT, 8, false, 0},
    {SAMPLE_FORMAT_COMPLEX_INT, 4, false, 0},
    {SAMPLE_FORMAT_COMPLEX_INT, 8, false, 0},
    {SAMPLE_FORMAT_COMPLEX_FLOAT, 8, false, 0},
    {SAMPLE_FORMAT_COMPLEX_FLOAT, 16, false, 0},
    {SAMPLE_FORMAT_FLOAT, 2, false, 0},
    {SAMPLE_FORMAT_COMPLEX_FLOAT, 4, false, 0}};
