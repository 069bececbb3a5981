/* SPDX-License-Identifier: MIT */
/* Which pixels do not count. */
#include "statistics.h"

#include <math.h>
#include <stdlib.h>

#include "gtest_c.h"
#include "samples.h"

TEST_CASE(statistics_nodata, nodata_and_nan_do_not_count)
{
    Samples *samples = malloc(sizeof *samples);
    Random random = {.state = 3};
    for (int i = 0; i < SAMPLE_RULES; i++) {
        const bool floating =
            sample_rules[i].format == SAMPLE_FORMAT_FLOAT ||
            sample_rules[i].format == SAMPLE_FORMAT_COMPLEX_FLOAT;
        samples->step = i % 2 == 0 ? 1 : 3;
        samples->rule = sample_rules[i];
        samples->rule.has_nodata = true;
        samples->rule.nodata = 7;
        samples_fill(samples, &random, 0, 50);
        for (size_t j = 0; j < SAMPLES_COUNT; j++) {
            if (floating && j % 11 == 0)
                samples->values[j] = sample_put(
                    &samples->rule,
                    samples->bytes +
                        j * samples->step * (size_t)samples->rule.sample_nbytes,
                    j % 2 == 0 ? NAN : 7);
            samples->counts[j] =
                !isnan(samples->values[j]) && samples->values[j] != 7;
        }
        samples_check(samples, NULL, 0);
    }
    free(samples);
}

TEST_CASE(statistics_nodata, nan_does_not_count_without_nodata_either)
{
    Samples *samples = malloc(sizeof *samples);
    Random random = {.state = 7};
    for (int i = 0; i < SAMPLE_RULES; i++) {
        const size_t nbytes = (size_t)sample_rules[i].sample_nbytes;
        if (sample_rules[i].format != SAMPLE_FORMAT_FLOAT &&
            sample_rules[i].format != SAMPLE_FORMAT_COMPLEX_FLOAT)
            continue;
        for (samples->step = 1; samples->step <= SAMPLES_STEP_MAX;
             samples->step++) {
            samples->rule = sample_rules[i];
            samples_fill(samples, &random, -5, 50);
            for (size_t j = 0; j < SAMPLES_COUNT; j += 11) {
                sample_put(&sample_rules[i],
                           samples->bytes + j * samples->step * nbytes, NAN);
                samples->counts[j] = false;
            }
            samples_check(samples, NULL, 0);
        }
    }
    free(samples);
}

/* GDAL's comparison (ARE_REAL_EQUAL in gdal_priv.h) is coarse for large
 * numbers, but not for those of 8 and 16 bits. */
TEST_CASE(statistics_nodata, nodata_is_compared_as_gdal_does)
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
        sample_put(&cases[i].rule, sample, cases[i].value);
        const StatisticsRow row = {.samples = sample,
                                   .count = 1,
                                   .stride =
                                       (size_t)cases[i].rule.sample_nbytes};
        test_context("case %d", (int)i);
        statistics_add_row(&found, &cases[i].rule, &row);
        expect_int_eq(found.count, cases[i].counts);
    }
}

TEST_CASE(statistics_nodata, invalid_pixels_do_not_count)
{
    Samples *samples = malloc(sizeof *samples);
    uint8_t *validity = calloc(SAMPLES_COUNT, 2);
    Random random = {.state = 4};
    samples->step = 3;
    for (int i = 0; i < SAMPLE_RULES; i++) {
        samples->rule = sample_rules[i];
        samples_fill(samples, &random, 0, 100);
        for (size_t j = 0; j < SAMPLES_COUNT; j++) {
            /* Either byte of two makes a sample other than zero. */
            validity[2 * j] = (uint8_t)(j % 3 == 1);
            validity[2 * j + 1] = (uint8_t)(j % 3 == 2);
            samples->counts[j] = j % 3 != 0;
        }
        samples_check(samples, validity, 2);
        for (size_t j = 0; j < SAMPLES_COUNT; j++)
            validity[j] = samples->counts[j];
        samples_check(samples, validity, 1);
    }
    memset(validity, 0, SAMPLES_COUNT * 2);
    memset(samples->counts, 0, sizeof samples->counts);
    samples_check(samples, validity, 2);
    samples_check(samples, validity, 1);
    free(validity);
    free(samples);
}
