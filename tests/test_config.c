/* SPDX-License-Identifier: MIT */
/* config.h: an option is as it was before, whatever that was. */
#include <cpl_conv.h>

#include "config.h"
#include "gtest_c.h"

#define KEY "ROWBAND_TEST_OPTION"

static void check_back_to(const char *before)
{
    ConfigChange outer, inner;
    CPLSetThreadLocalConfigOption(KEY, before);
    config_begin(&outer, KEY, "outer");
    expect_str_eq(CPLGetConfigOption(KEY, NULL), "outer");
    config_begin(&inner, KEY, "inner");
    expect_str_eq(CPLGetConfigOption(KEY, NULL), "inner");
    config_end(&inner);
    expect_str_eq(CPLGetConfigOption(KEY, NULL), "outer");
    config_end(&outer);
    expect_str_eq(CPLGetThreadLocalConfigOption(KEY, NULL), before);
    CPLSetThreadLocalConfigOption(KEY, NULL);
}

TEST_CASE(config, is_put_back)
{
    check_back_to("before");
    check_back_to(NULL);
}

/* What all threads see must not become what this thread sees for ever. */
TEST_CASE(config, of_the_process_is_not_made_the_threads)
{
    ConfigChange change;
    CPLSetConfigOption(KEY, "of the process");
    config_begin(&change, KEY, "mine");
    config_end(&change);
    expect_str_eq(CPLGetThreadLocalConfigOption(KEY, NULL), NULL);
    expect_str_eq(CPLGetConfigOption(KEY, NULL), "of the process");
    CPLSetConfigOption(KEY, NULL);
}
