/* SPDX-License-Identifier: MIT */
#include "statistics.h"

#include <math.h>
#include <stdlib.h>

#include "gtest_c.h"
#include "random.h"

enum { COUNT = 3000 };

/** The same in two passes, as plainly as can be. */
typedef struct Reference {
    uint64_t count;
    long double min, max, mean, deviation;
} Reference;

static Reference reference_of(const double *values, const bool *counts)
{
    Reference result = {.min = INFINITY, .max = -INFINITY};
    long double sum = 0, squares = 0;
    for (size_t i = 0; i < COUNT; i++)
        if (counts[i]) {
            result.count++;
            sum += values[i];
            result.min = fminl(result.min, values[i]);
            result.max = fmaxl(result.max, values[i]);
        }
    if (result.count == 0)
        return result;
    result.mean = sum / result.count;
    for (size_t i = 0; i < COUNT; i++)
        if (counts[i])
            squares += (values[i] - result.mean) * (values[i] - result.mean);
    result.deviation = sqrtl(squares / result.count);
    return result;
}

static void expect_close(double value, long double expected)
{
    const long double scale = fabsl(expected) > 1e-30L ? fabsl(expected) : 1;
    expect_true(fabsl(value - expected) / scale < 1e-12L);
}

static void expect_same(const Statistics *found, const Reference *expected)
{
    expect_int_eq(found->count, expected->count);
    if (expected->count == 0)
        return;
    expect_true(found->min == (double)expected->min);
    expect_true(found->max == (double)expected->max);
    expect_close(statistics_mean(found), expected->mean);
    expect_close(statistics_deviation(found), expected->deviation);
}

/** Samples of one type with what they mean. */
typedef struct Samples {
    StatisticsRule rule;
    uint8_t bytes[COUNT * 3 * 16]; /**< every third is of the band */
    double values[COUNT];
    bool counts[COUNT];
} Samples;

/** Writes @p value as a sample of the rule's type.
 * @return what it became */
static double put(const StatisticsRule *rule, uint8_t *at, double value)
{
    const bool complex_samples = rule->format >= SAMPLE_FORMAT_COMPLEX_INT;
    const int nbytes = rule->sample_nbytes / (complex_samples ? 2 : 1);
    const int64_t whole = (int64_t)value;
    const uint64_t natural = (uint64_t)(value < 0 ? -value : value);
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
        memcpy(at, nbytes == 4 ? (const void *)&single : (const void *)&value,
               (size_t)nbytes);
        return nbytes == 4 ? (double)single : value;
    }
}

static void fill(Samples *samples, Random *random, double least, double most)
{
    const size_t nbytes = (size_t)samples->rule.sample_nbytes;
    random_fill(random, samples->bytes, sizeof samples->bytes);
    for (size_t i = 0; i < COUNT; i++) {
        const double part = (double)random_in(random, 0, 1 << 30) / (1 << 30);
        samples->values[i] =
            put(&samples->rule, samples->bytes + i * 3 * nbytes,
                least + part * (most - least));
        samples->counts[i] = true;
    }
}

static Statistics count_rows(const Samples *samples, const uint8_t *validity,
                             size_t row)
{
    const size_t nbytes = (size_t)samples->rule.sample_nbytes;
    Statistics all = {0};
    for (size_t i = 0; i < COUNT; i += row) {
        const StatisticsRow part = {
            .samples = samples->bytes + i * 3 * nbytes,
            .count = row < COUNT - i ? row : COUNT - i,
            .stride = 3 * nbytes,
            .validity = validity != NULL ? validity + i * 2 : NULL,
            .validity_nbytes = 2,
            .validity_stride = 2};
        statistics_add_row(&all, &samples->rule, &part);
    }
    return all;
}

static void check(const Samples *samples, const uint8_t *validity)
{
    const Reference expected = reference_of(samples->values, samples->counts);
    static const size_t rows[] = {1, 7, 512, 513, COUNT};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const Statistics found = count_rows(samples, validity, rows[i]);
        test_context("rows of %d", (int)rows[i]);
        expect_same(&found, &expected);
    }
}

static const StatisticsRule rules[] = {
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
    {SAMPLE_FORMAT_COMPLEX_FLOAT, 16, false, 0}};
enum { RULES = sizeof rules / sizeof *rules };

TEST_CASE(statistics, of_every_type)
{
    Samples *samples = malloc(sizeof *samples);
    Random random = {.state = 1};
    for (int i = 0; i < RULES; i++) {
        samples->rule = rules[i];
        fill(samples, &random, rules[i].format == SAMPLE_FORMAT_UINT ? 0 : -100,
             127);
        check(samples, NULL);
    }
    free(samples);
}

TEST_CASE(statistics, far_from_zero)
{
    Samples *samples = malloc(sizeof *samples);
    Random random = {.state = 2};
    samples->rule = rules[9];
    fill(samples, &random, 1e9, 1e9 + 1);
    check(samples, NULL);
    samples->rule = rules[2];
    fill(samples, &random, 4e9, 4e9 + 3);
    check(samples, NULL);
    free(samples);
}

TEST_CASE(statistics, nodata_and_nan_do_not_count)
{
    Samples *samples = malloc(sizeof *samples);
    Random random = {.state = 3};
    for (int i = 0; i < RULES; i++) {
        const bool floating = rules[i].format == SAMPLE_FORMAT_FLOAT ||
                              rules[i].format == SAMPLE_FORMAT_COMPLEX_FLOAT;
        samples->rule = rules[i];
        samples->rule.has_nodata = true;
        samples->rule.nodata = 7;
        fill(samples, &random, 0, 50);
        for (size_t j = 0; j < COUNT; j++) {
            if (floating && j % 11 == 0)
                samples->values[j] =
                    put(&samples->rule,
                        samples->bytes +
                            j * 3 * (size_t)samples->rule.sample_nbytes,
                        j % 2 == 0 ? NAN : 7);
            samples->counts[j] =
                !isnan(samples->values[j]) && samples->values[j] != 7;
        }
        check(samples, NULL);
    }
    free(samples);
}

/* GDAL's comparison (ARE_REAL_EQUAL in gdal_priv.h) is coarse for large
 * numbers, but not for those of 8 and 16 bits. */
TEST_CASE(statistics, nodata_is_compared_as_gdal_does)
{
    static const struct {
        StatisticsRule rule;
        double value;
        bool counts;
    } cases[] = {
        {{SAMPLE_FORMAT_INT, 4, true, -2147483648.0}, -2147483000.0, false},
        {{SAMPLE_FORMAT_INT, 4, true, -2147483648.0}, -2147470000.0, true},
        {{SAMPLE_FORMAT_UINT, 2, true, 65535}, 65534, true},
        {{SAMPLE_FORMAT_UINT, 2, true, 65535}, 65535, false},
        {{SAMPLE_FORMAT_UINT, 2, true, 65534.5}, 65535, true},
        {{SAMPLE_FORMAT_FLOAT, 8, true, 1e20}, 1.0000001e20, false},
        {{SAMPLE_FORMAT_FLOAT, 8, true, 1e20}, 1.000001e20, true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t sample[16];
        Statistics found = {0};
        put(&cases[i].rule, sample, cases[i].value);
        const StatisticsRow row = {.samples = sample,
                                   .count = 1,
                                   .stride =
                                       (size_t)cases[i].rule.sample_nbytes};
        test_context("case %d", (int)i);
        statistics_add_row(&found, &cases[i].rule, &row);
        expect_int_eq(found.count, cases[i].counts);
    }
}

TEST_CASE(statistics, invalid_pixels_do_not_count)
{
    Samples *samples = malloc(sizeof *samples);
    uint8_t *validity = calloc(COUNT, 2);
    Random random = {.state = 4};
    for (int i = 0; i < RULES; i++) {
        samples->rule = rules[i];
        fill(samples, &random, 0, 100);
        for (size_t j = 0; j < COUNT; j++) {
            /* Either byte of two makes a sample other than zero. */
            validity[2 * j] = (uint8_t)(j % 3 == 1);
            validity[2 * j + 1] = (uint8_t)(j % 3 == 2);
            samples->counts[j] = j % 3 != 0;
        }
        check(samples, validity);
    }
    memset(validity, 0, COUNT * 2);
    memset(samples->counts, 0, sizeof samples->counts);
    check(samples, validity);
    free(validity);
    free(samples);
}

TEST_CASE(statistics, merged_in_any_grouping)
{
    Samples *samples = malloc(sizeof *samples);
    Random random = {.state = 5};
    samples->rule = rules[9];
    fill(samples, &random, -3, 1000);
    const Reference expected = reference_of(samples->values, samples->counts);
    for (size_t cut = 0; cut <= COUNT; cut += 500) {
        Statistics first = {0}, second = {0};
        const StatisticsRow rows[] = {
            {.samples = samples->bytes, .count = cut, .stride = 24},
            {.samples = samples->bytes + cut * 24,
             .count = COUNT - cut,
             .stride = 24}};
        statistics_add_row(&first, &samples->rule, &rows[0]);
        statistics_add_row(&second, &samples->rule, &rows[1]);
        statistics_merge(&second, &first);
        test_context("cut at %d", (int)cut);
        expect_same(&second, &expected);
    }
    free(samples);
}

TEST_CASE(statistics, of_nothing)
{
    const Statistics nothing = {0};
    Statistics found = {0};
    statistics_merge(&found, &nothing);
    expect_int_eq(found.count, 0);
    expect_true(statistics_deviation(&found) == 0);
}
