/* SPDX-License-Identifier: MIT */
/* Files laid out of any images, levels, masks and sparse tiles: every byte of
 * them is accounted for, and the first failure is the last call. */
#include "gtest_c.h"
#include "input.h"
#include "layout_checks.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t nbytes);

static int64_t next_of_input(void *user, int64_t least, int64_t most)
{
    return input_in(user, least, most);
}

/** One call that is to fail, or none. */
static LayoutFaults faults_from(Input *in)
{
    LayoutFaults faults = {.header = 0};
    int64_t *const chosen[] = {&faults.header, &faults.append, &faults.read,
                               &faults.go_on};
    if (input_flag(in))
        *chosen[input_in(in, 0, 3)] = input_magnitude(in, 1, 500);
    return faults;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t nbytes)
{
    Input in = {data, nbytes};
    const Numbers numbers = {next_of_input, &in};
    Status status = {.code = STATUS_OK};
    static LayoutCase layout;
    const LayoutFaults faults = faults_from(&in);
    layout_case_make(&layout, &numbers);
    layout.faults = faults;
    if (layout_case_run(&layout, &status))
        layout_case_check(&layout);
    else
        expect_int_eq(status.code,
                      faults.go_on > 0 ? STATUS_CANCELLED : STATUS_IO);
    layout_case_free(&layout);
    return 0;
}
