/* SPDX-License-Identifier: MIT */
#include "gtest_c.h"
#include "status.h"

TEST_CASE(status, first_failure_wins)
{
    Status status = {.code = STATUS_OK};
    expect_true(!status_fail(&status, STATUS_IO, "tile %d", 7));
    expect_true(!status_fail(&status, STATUS_CODEC, "later"));
    expect_int_eq(status.code, STATUS_IO);
    expect_str_eq(status.message, "tile 7");
}

TEST_CASE(status, merge_takes_a_failure_over_success_only)
{
    const Status ok = {.code = STATUS_OK};
    const Status read = {.code = STATUS_READ, .message = "read"};
    const Status io = {.code = STATUS_IO, .message = "io"};
    Status status = {.code = STATUS_OK};

    expect_true(status_merge(&status, &ok));
    expect_int_eq(status.code, STATUS_OK);
    expect_true(!status_merge(&status, &read));
    expect_true(!status_merge(&status, &io));
    expect_true(!status_merge(&status, &ok));
    expect_int_eq(status.code, STATUS_READ);
    expect_str_eq(status.message, "read");
}

TEST_CASE(status, long_message_is_cut_and_terminated)
{
    char text[2 * sizeof((Status){.code = STATUS_OK}).message];
    Status status = {.code = STATUS_OK};
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    status_fail(&status, STATUS_INVALID, "%s", text);
    expect_int_eq(strlen(status.message), sizeof status.message - 1);
    expect_mem_eq(status.message, text, strlen(status.message));
}
