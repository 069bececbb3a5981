/* SPDX-License-Identifier: MIT */
#include "statistics.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "gtest_c.h"
#include "samples.h"

TEST_CASE(statistics, of_every_type)
{
    Samples *samples = malloc(sizeof *samples);
    Random random = {.state = 1};
    for (int i = 0; i < SAMPLE_RULES; i++)
        for (samples->step = 1; samples->step <= SAMPLES_STEP_MAX;
             samples->step++) {
            samples->rule = sample_rules[i];
            samples_fill(
                samples, &random,
                sample_rules[i].format == SAMPLE_FORMAT_UINT ? 0 : -100, 127);
            samples_check(samples, NULL, 0);
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
        for (samples->step = 1; samples->step <= SAMPLES_STEP_MAX;
             samples->step++) {
            samples->rule = cases[i].rule;
            samples_fill(samples, &random, cases[i].least, cases[i].most);
            samples_check(samples, NULL, 0);
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
    samples->rule = sample_rules[9];
    samples_fill(samples, &random, 1e9, 1e9 + 1);
    samples_check(samples, NULL, 0);
    samples->rule = sample_rules[2];
    samples_fill(samples, &random, 4e9, 4e9 + 3);
    samples_check(samples, NULL, 0);
    free(samples);
}

TEST_CASE(statistics, the_first_pixel_does_not_make_the_rest_coarse)
{
    Statistics all = {0}, outlier = {0};
    const double far = 1e20, other = -1e20, near = 0.1;
    const StatisticsRule *rule = &sample_rules[9];
    StatisticsRow row = {
        .samples = (const uint8_t *)&far, .count = 1, .stride = sizeof(double)};
    statistics_add_row(&all, rule, &row);
    row.samples = (const uint8_t *)&other;
    statistics_add_row(&outlier, rule, &row);
    statistics_merge(&all, &outlier);
    row.samples = (const uint8_t *)&near;
    for (int i = 0; i < 998; i++)
        statistics_add_row(&all, rule, &row);
    samples_expect_close(statistics_mean(&all), 998 * (long double)near / 1000);
}

/** Counts a row of doubles. */
static Statistics of_doubles(const double *values, size_t count)
{
    Statistics all = {0};
    const StatisticsRow row = {.samples = (const uint8_t *)values,
                               .count = count,
                               .stride = sizeof *values};
    statistics_add_row(&all, &sample_rules[9], &row);
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
    samples_expect_close(statistics_mean(&within), -(long double)DBL_MAX / 2);
    expect_true(statistics_deviation(&within) == INFINITY);
    const Statistics mixed = of_doubles(values, VALUES);
    samples_expect_close(statistics_mean(&mixed),
                         -(long double)DBL_MAX * CUT / VALUES);
    expect_true(statistics_deviation(&mixed) == INFINITY);
}

TEST_CASE(statistics, of_one_pixel)
{
    for (int i = 0; i < SAMPLE_RULES; i++) {
        uint8_t sample[16] = {0};
        Statistics found = {0};
        const double value = sample_put(&sample_rules[i], sample, 77);
        const StatisticsRow row = {.samples = sample,
                                   .count = 1,
                                   .stride =
                                       (size_t)sample_rules[i].sample_nbytes};
        statistics_add_row(&found, &sample_rules[i], &row);
        test_context("rule %d", i);
        expect_int_eq(found.count, 1);
        expect_true(found.min == value && found.max == value);
        expect_true(statistics_mean(&found) == value);
        expect_true(statistics_deviation(&found) == 0);
    }
}

TEST_CASE(statistics, merged_in_any_grouping)
{
    Samples *samples = malloc(sizeof *samples);
    Random random = {.state = 5};
    samples->rule = sample_rules[9];
    samples->step = 3;
    samples_fill(samples, &random, -3, 1000);
    const SamplesReference expected =
        samples_reference(samples->values, samples->counts);
    for (size_t cut = 0; cut <= SAMPLES_COUNT; cut += 500) {
        Statistics first = {0}, second = {0};
        const StatisticsRow rows[] = {
            {.samples = samples->bytes, .count = cut, .stride = 24},
            {.samples = samples->bytes + cut * 24,
             .count = SAMPLES_COUNT - cut,
             .stride = 24}};
        statistics_add_row(&first, &samples->rule, &rows[0]);
        statistics_add_row(&second, &samples->rule, &rows[1]);
        statistics_merge(&second, &first);
        test_context("cut at %d", (int)cut);
        samples_expect_same(&second, &expected);
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
