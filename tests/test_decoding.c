/* SPDX-License-Identifier: MIT */
/* What the table says of real drivers autotest/gdrivers/decoding.py counts. */
#include "decoding.h"

#include "gtest_c.h"
#include "harness.h"

static GDALDatasetH make_mem(int width, int height)
{
    copying_start();
    return GDALCreate(GDALGetDriverByName("MEM"), "", width, height, 3,
                      GDT_Float64, NULL);
}

TEST_CASE(decoding, of_drivers_that_are_not_in_the_table)
{
    const GDALDatasetH dataset = make_mem(10, 10);
    const Decoding decoding = decoding_of(dataset);
    expect_int_eq(decoding.yield, YIELDS_BLOCK);
    expect_int_eq(decoding.calls, CALL_FEW_BLOCKS);
    expect_int_eq(decoding.reopen, REOPENS_CHEAPLY);
    expect_true(decoding.counted);
    expect_true(decoding.held_nbytes == 0);
    GDALClose(dataset);
}

static void check_call(DecodingCalls calls, int64_t width, int64_t height)
{
    const GDALDatasetH dataset = make_mem(1000, 2000);
    const Decoding decoding = {.calls = calls};
    int64_t call_width = 900, call_height = 1500;
    test_context("calls %d", (int)calls);
    decoding_limit_call(&decoding, GDALGetRasterBand(dataset, 1), &call_width,
                        &call_height);
    expect_int_eq(call_width, width);
    expect_int_eq(call_height, height);
    GDALClose(dataset);
}

TEST_CASE(decoding, limits_calls_where_that_matters)
{
    check_call(CALL_FEW_BLOCKS, 900, 1500);
    check_call(CALL_MANY_BLOCKS, 900, 1500);
    check_call(CALL_WINDOW, 900, 1500);
    /* A row of MEM's is a block, and 900 doubles are 7200 bytes. */
    check_call(CALL_ONE_BLOCK, 900, 1);
    check_call(CALL_BAND, 900, 37);
}
