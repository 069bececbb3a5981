/* SPDX-License-Identifier: MIT */
#include "statistics.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "gtest_c.h"
#include "pack.h"
#include "random.h"

enum { COUNT = 3000, STEP_MAX = 3 };

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
    size_t step; /**< from a sample of the band to the next; at most STEP_MAX */
    uint8_t bytes[COUNT * STEP_MAX * 16];
    double values[COUNT];
    bool counts[COUNT];
} Samples;

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

/** Writes @p value as a sample of the rule's type.
 * @return what it became */
static double put(const StatisticsRule *rule, uint8_t *at, double value)
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

static void fill(Samples *samples, Random *random, double least, double most)
{
    const size_t nbytes = (size_t)samples->rule.sample_nbytes;
    random_fill(random, samples->bytes, sizeof samples->bytes);
    for (size_t i = 0; i < COUNT; i++) {
        const double part = (double)random_in(random, 0, 1 << 30) / (1 << 30);
        samples->values[i] =
            put(&samples->rule, samples->bytes + i * samples->step * nbytes,
                least + part * (most - least));
        samples->counts[i] = true;
    }
}

static Statistics count_rows(const Samples *samples, const uint8_t *validity,
                             size_t validity_nbytes, size_t row)
{
    const size_t nbytes = (size_t)samples->rule.sample_nbytes;
    Statistics all = {0};
    for (size_t i = 0; i < COUNT; i += row) {
        const StatisticsRow part = {
            .samples = samples->bytes + i * samples->step * nbytes,
            .count = row < COUNT - i ? row : COUNT - i,
            .stride = samples->step * nbytes,
            .validity =
                validity != NULL ? validity + i * validity_nbytes : NULL,
            .validity_nbytes = validity_nbytes,
            .validity_stride = validity_nbytes};
        statistics_add_row(&all, &samples->rule, &part);
    }
    return all;
}

static void check(const Samples *samples, const uint8_t *validity,
                  size_t validity_nbytes)
{
    const Reference expected = reference_of(samples->values, samples->counts);
    static const size_t rows[] = {1, 7, 512, 513, COUNT};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const Statistics found =
            count_rows(samples, validity, validity_nbytes, rows[i]);
        test_context("format %d, %d bytes, step %d, rows of %d",
                     (int)samples->rule.format, samples->rule.sample_nbytes,
                     (int)samples->step, (int)rows[i]);
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
    {SAMPLE_FORMAT_COMPLEX_FLOAT, 16, false, 0},
    {SAMPLE_FORMAT_FLOAT, 2, false, 0},
    {SAMPLE_FORMAT_COMPLEX_FLOAT, 4, false, 0}};
enum { RULES = sizeof rules / sizeof *rules };

TEST_CASE(statistics, of_every_type)
{
    Samples *samples = malloc(sizeof *samples);
    Random random = {.state = 1};
    for (int i = 0; i < RULES; i++)
        for (samples->step = 1; samples->step <= STEP_MAX; samples->step++) {
            samples->rule = rules[i];
            fill(samples, &random,
                 rules[i].format == SAMPLE_FORMAT_UINT ? 0 : -100, 127);
            check(samples, NULL, 0);
        }
    free(samples);
}

/* Where sums of squares are the largest. */
TEST_CASE(statistics, of_all_values_of_small_types)
{
    static const struct {
        StatisticsRule rule;
        double least, most;
    } cases[] = {{{SAMPLE_FORMAT_UINT, 1, false, 0}, 0, 255},
                 {{SAMPLE_FORMAT_UINT, 1, false, 0}, 254, 255},
                 {{SAMPLE_FORMAT_UINT, 1, true, 300}, 0, 255},
                 {{SAMPLE_FORMAT_INT, 1, false, 0}, -128, 127},
                 {{SAMPLE_FORMAT_UINT, 2, false, 0}, 0, 65535},
                 {{SAMPLE_FORMAT_UINT, 2, false, 0}, 65530, 65535},
                 {{SAMPLE_FORMAT_INT, 2, false, 0}, -32768, 32767},
                 {{SAMPLE_FORMAT_INT, 2, false, 0}, -32768, -32760}};
    Samples *samples = malloc(sizeof *samples);
    Random random = {.state = 6};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (samples->step = 1; samples->step <= STEP_MAX; samples->step++) {
            samples->rule = cases[i].rule;
            fill(samples, &random, cases[i].least, cases[i].most);
            check(samples, NULL, 0);
        }
    free(samples);
}

TEST_CASE(statistics, of_half_floats_of_every_kind)
{
    static const struct {
        uint16_t half;
        double value;
    } known[] = {
        {0x0000, 0},          {0x8000, 0},          {0x3c00, 1},
        {0xc000, -2},         {0x3555, 0x1.554p-2}, {0x7bff, 65504},
        {0xfbff, -65504},     {0x0400, 0x1p-14},    {0x0001, 0x1p-24},
        {0x83ff, -0x3ffp-24}, {0x7c00, INFINITY},   {0xfc00, -INFINITY}};
    static const uint16_t nans[] = {0x7e00, 0xfe00, 0x7c01, 0xffff};
    const StatisticsRule rule = {SAMPLE_FORMAT_FLOAT, 2, false, 0};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const StatisticsRow row = {.samples = (const uint8_t *)&known[i].half,
                                   .count = 1,
                                   .stride = 2};
        Statistics found = {0};
        statistics_add_row(&found, &rule, &row);
        test_context("%#x", known[i].half);
        expect_int_eq(found.count, 1);
        expect_true(found.min == known[i].value && found.max == found.min);
    }
    const StatisticsRow row = {
        .samples = (const uint8_t *)nans, .count = 4, .stride = 2};
    Statistics found = {0};
    statistics_add_row(&found, &rule, &row);
    expect_int_eq(found.count, 0);
}

TEST_CASE(statistics, far_from_zero)
{
    Samples *samples = malloc(sizeof *samples);
    Random random = {.state = 2};
    samples->step = 3;
    samples->rule = rules[9];
    fill(samples, &random, 1e9, 1e9 + 1);
    check(samples, NULL, 0);
    samples->rule = rules[2];
    fill(samples, &random, 4e9, 4e9 + 3);
    check(samples, NULL, 0);
    free(samples);
}

TEST_CASE(statistics, the_first_pixel_does_not_make_the_rest_coarse)
{
    Statistics all = {0}, outlier = {0};
    const double far = 1e20, other = -1e20, near = 0.1;
    const StatisticsRule *rule = &rules[9];
    StatisticsRow row = {
        .samples = (const uint8_t *)&far, .count = 1, .stride = sizeof(double)};
    statistics_add_row(&all, rule, &row);
    row.samples = (const uint8_t *)&other;
    statistics_add_row(&outlier, rule, &row);
    statistics_merge(&all, &outlier);
    row.samples = (const uint8_t *)&near;
    for (int i = 0; i < 998; i++)
        statistics_add_row(&all, rule, &row);
    expect_close(statistics_mean(&all), 998 * (long double)near / 1000);
}

/** Counts a row of doubles. */
static Statistics of_doubles(const double *values, size_t count)
{
    Statistics all = {0};
    const StatisticsRow row = {.samples = (const uint8_t *)values,
                               .count = count,
                               .stride = sizeof *values};
    statistics_add_row(&all, &rules[9], &row);
    return all;
}

TEST_CASE(statistics, infinities_count_and_leave_no_mean)
{
    static const double rows[][3] = {{1, INFINITY, 2},
                                     {INFINITY, 1, 2},
                                     {1, 2, INFINITY},
                                     {-INFINITY, 1, INFINITY},
                                     {-INFINITY, -INFINITY, -INFINITY}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const Statistics found = of_doubles(rows[i], 3);
        test_context("row %d", (int)i);
        expect_int_eq(found.count, 3);
        expect_true(found.min ==
                    fmin(fmin(rows[i][0], rows[i][1]), rows[i][2]));
        expect_true(found.max ==
                    fmax(fmax(rows[i][0], rows[i][1]), rows[i][2]));
        expect_true(isnan(statistics_mean(&found)));
        expect_true(isnan(statistics_deviation(&found)));
    }
}

/* What stands for nodata and is not declared as such. */
TEST_CASE(statistics, means_do_not_overflow)
{
    enum { VALUES = 1024, CUT = 700 };
    double values[VALUES];
    for (size_t i = 0; i < VALUES; i++)
        values[i] = i < CUT ? -DBL_MAX : (double)i;
    const Statistics alike = of_doubles(values, CUT);
    expect_true(statistics_mean(&alike) == -DBL_MAX);
    expect_true(statistics_deviation(&alike) == 0);
    const Statistics within = of_doubles(values + CUT - 20, 40);
    expect_close(statistics_mean(&within), -(long double)DBL_MAX / 2);
    expect_true(statistics_deviation(&within) == INFINITY);
    const Statistics mixed = of_doubles(values, VALUES);
    expect_close(statistics_mean(&mixed), -(long double)DBL_MAX * CUT / VALUES);
    expect_true(statistics_deviation(&mixed) == INFINITY);
}

TEST_CASE(statistics, of_one_pixel)
{
    for (int i = 0; i < RULES; i++) {
        uint8_t sample[16] = {0};
        Statistics found = {0};
        const double value = put(&rules[i], sample, 77);
        const StatisticsRow row = {.samples = sample,
                                   .count = 1,
                                   .stride = (size_t)rules[i].sample_nbytes};
        statistics_add_row(&found, &rules[i], &row);
        test_context("rule %d", i);
        expect_int_eq(found.count, 1);
        expect_true(found.min == value && found.max == value);
        expect_true(statistics_mean(&found) == value);
        expect_true(statistics_deviation(&found) == 0);
    }
}

TEST_CASE(statistics, nodata_and_nan_do_not_count)
{
    Samples *samples = malloc(sizeof *samples);
    Random random = {.state = 3};
    for (int i = 0; i < RULES; i++) {
        const bool floating = rules[i].format == SAMPLE_FORMAT_FLOAT ||
                              rules[i].format == SAMPLE_FORMAT_COMPLEX_FLOAT;
        samples->step = i % 2 == 0 ? 1 : 3;
        samples->rule = rules[i];
        samples->rule.has_nodata = true;
        samples->rule.nodata = 7;
        fill(samples, &random, 0, 50);
        for (size_t j = 0; j < COUNT; j++) {
            if (floating && j % 11 == 0)
                samples->values[j] = put(
                    &samples->rule,
                    samples->bytes +
                        j * samples->step * (size_t)samples->rule.sample_nbytes,
                    j % 2 == 0 ? NAN : 7);
            samples->counts[j] =
                !isnan(samples->values[j]) && samples->values[j] != 7;
        }
        check(samples, NULL, 0);
    }
    free(samples);
}

TEST_CASE(statistics, nan_does_not_count_without_nodata_either)
{
    Samples *samples = malloc(sizeof *samples);
    Random random = {.state = 7};
    for (int i = 0; i < RULES; i++) {
        const size_t nbytes = (size_t)rules[i].sample_nbytes;
        if (rules[i].format != SAMPLE_FORMAT_FLOAT &&
            rules[i].format != SAMPLE_FORMAT_COMPLEX_FLOAT)
            continue;
        for (samples->step = 1; samples->step <= STEP_MAX; samples->step++) {
            samples->rule = rules[i];
            fill(samples, &random, -5, 50);
            for (size_t j = 0; j < COUNT; j += 11) {
                put(&rules[i], samples->bytes + j * samples->step * nbytes,
                    NAN);
                samples->counts[j] = false;
            }
            check(samples, NULL, 0);
        }
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
        {{SAMPLE_FORMAT_UINT, 2, true, 65535.00000000002}, 65535, true},
        {{SAMPLE_FORMAT_UINT, 1, true, 6.99999999999}, 7, false},
        {{SAMPLE_FORMAT_UINT, 1, true, 7.000000001}, 7, true},
        {{SAMPLE_FORMAT_UINT, 1, true, -1e-11}, 0, true},
        {{SAMPLE_FORMAT_UINT, 1, true, -1}, 255, true},
        {{SAMPLE_FORMAT_UINT, 1, true, 300}, 44, true},
        {{SAMPLE_FORMAT_INT, 1, true, -1}, -1, false},
        {{SAMPLE_FORMAT_INT, 1, true, 7.000001}, 7, false},
        {{SAMPLE_FORMAT_INT, 1, true, 7.00001}, 7, true},
        {{SAMPLE_FORMAT_INT, 2, true, -32768}, -32767, true},
        {{SAMPLE_FORMAT_FLOAT, 4, true, 3.4028234663852886e38}, 1e32, false},
        {{SAMPLE_FORMAT_FLOAT, 4, true, 3.4028234663852886e38}, 1e30, true},
        {{SAMPLE_FORMAT_FLOAT, 4, true, INFINITY}, INFINITY, false},
        {{SAMPLE_FORMAT_COMPLEX_FLOAT, 8, true, 5}, 5, false},
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
    samples->step = 3;
    for (int i = 0; i < RULES; i++) {
        samples->rule = rules[i];
        fill(samples, &random, 0, 100);
        for (size_t j = 0; j < COUNT; j++) {
            /* Either byte of two makes a sample other than zero. */
            validity[2 * j] = (uint8_t)(j % 3 == 1);
            validity[2 * j + 1] = (uint8_t)(j % 3 == 2);
            samples->counts[j] = j % 3 != 0;
        }
        check(samples, validity, 2);
        for (size_t j = 0; j < COUNT; j++)
            validity[j] = samples->counts[j];
        check(samples, validity, 1);
    }
    memset(validity, 0, COUNT * 2);
    memset(samples->counts, 0, sizeof samples->counts);
    check(samples, validity, 2);
    check(samples, validity, 1);
    free(validity);
    free(samples);
}

TEST_CASE(statistics, merged_in_any_grouping)
{
    Samples *samples = malloc(sizeof *samples);
    Random random = {.state = 5};
    samples->rule = rules[9];
    samples->step = 3;
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
