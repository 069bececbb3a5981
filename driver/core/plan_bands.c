/* SPDX-License-Identifier: MIT */
#include "plan_bands.h"

#include "int_math.h"

/** What a group may take, and have work at it. */
typedef struct Limit {
    uint64_t peak_nbytes;
    int workers;
} Limit;

static void make(Plan *plan, const PlanBands *bands, int count)
{
    PlanInput input;
    bands->input(bands->user, count, &input);
    plan_make(plan, &input);
}

/** Of a single band's plan. */
static Limit limit_of(const Plan *plan, const PlanBands *bands)
{
    PlanInput input;
    bands->input(bands->user, 1, &input);
    const uint64_t least = plan->peak_nbytes;
    const uint64_t more = least / 4;
    const uint64_t floor =
        least > UINT64_MAX - more ? UINT64_MAX : least + more;
    return (Limit){.peak_nbytes =
                       plan->over_budget ? floor : input.budget_nbytes,
                   .workers = plan->workers};
}

static bool keeps(const Plan *plan, const Limit *limit)
{
    return plan->peak_nbytes <= limit->peak_nbytes &&
           plan->workers >= limit->workers;
}

/** @return the most bands that keep the limit, which one does and @p too_many
 * do not */
static int most_that_keep(const PlanBands *bands, const Limit *limit,
                          int too_many)
{
    int most = 1;
    while (too_many - most > 1) {
        const int middle = most + (too_many - most) / 2;
        Plan plan;
        make(&plan, bands, middle);
        if (keeps(&plan, limit))
            most = middle;
        else
            too_many = middle;
    }
    return most;
}

int plan_bands_make(Plan *plan, const PlanBands *bands)
{
    make(plan, bands, 1);
    const Limit limit = limit_of(plan, bands);
    if (bands->count == 1)
        return 1;
    make(plan, bands, bands->count);
    if (keeps(plan, &limit))
        return bands->count;
    const int most = most_that_keep(bands, &limit, bands->count);
    const int64_t groups = divide_up(bands->count, most);
    const int even = (int)divide_up(bands->count, groups);
    make(plan, bands, even);
    /* Plans are chosen, not calculated: fewer bands need not take less. */
    if (keeps(plan, &limit))
        return even;
    make(plan, bands, most);
    return most;
}
