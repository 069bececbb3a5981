/* SPDX-License-Identifier: MIT */
/* Holes against a raster of bytes: what they have is empty there, and what is
 * empty and far enough from anything else they have. */
#include "holes.h"

#include <stdlib.h>

#include "gtest_c.h"
#include "random.h"

enum { CASES = 300, PARTS = 40 };

typedef struct Filled {
    int64_t width, height;
    Window parts[4];
    int count;
} Filled;

static bool touches(const Filled *filled, const Window *part)
{
    bool any = false;
    for (int i = 0; i < filled->count; i++) {
        const Window common = window_intersection(&filled->parts[i], part);
        any |= !window_is_empty(&common);
    }
    return any;
}

static Window random_part(Random *random, const Filled *filled)
{
    Window part = {.x = random_in(random, 0, filled->width - 1),
                   .y = random_in(random, 0, filled->height - 1)};
    part.width = random_in(random, 1, filled->width - part.x);
    part.height = random_in(random, 1, filled->height - part.y);
    return part;
}

static Window widened(const Window *part, int64_t by)
{
    return (Window){part->x - by, part->y - by, part->width + 2 * by,
                    part->height + 2 * by};
}

static void try_parts(Random *random, const Holes *holes, const Filled *filled)
{
    for (int i = 0; i < PARTS; i++) {
        const Window part = random_part(random, filled);
        const int64_t margin = random_in(random, 0, 700);
        const Window around = widened(&part, margin);
        const Window far = widened(&part, margin + HOLES_SQUARE);
        if (touches(filled, &around))
            expect_true(!holes_have_around(holes, &part, margin));
        else if (!touches(filled, &far))
            expect_true(holes_have_around(holes, &part, margin));
        expect_int_eq(holes_have(holes, &part),
                      holes_have_around(holes, &part, 0));
    }
}

TEST_CASE(holes, have_nothing_that_is_filled)
{
    Random random = {.state = 19};
    for (int i = 0; i < CASES && !test_failed(); i++) {
        Filled filled = {.width = random_in(&random, 1, 5000),
                         .height = random_in(&random, 1, 5000),
                         .count = (int)random_in(&random, 0, 4)};
        Holes *holes = holes_new(filled.width, filled.height);
        for (int k = 0; k < filled.count; k++) {
            const Window part = random_part(&random, &filled);
            const Window least = {part.x, part.y, part.width / 8 + 1,
                                  part.height / 8 + 1};
            filled.parts[k] = least;
            holes_fill(holes, &filled.parts[k]);
        }
        const double share = holes_settle(holes);
        Window square = {0};
        int64_t squares = 0;
        while (holes_next(holes, &square)) {
            expect_true(!touches(&filled, &square));
            squares++;
        }
        expect_true((share > 0) == (squares > 0));
        expect_true(share <= 1 && (filled.count > 0) == (share < 1));
        try_parts(&random, holes, &filled);
        holes_free(holes);
    }
}

TEST_CASE(holes, none_are_known)
{
    const Window any = {0, 0, 1, 1};
    expect_true(!holes_have(NULL, &any));
    holes_free(NULL);
}

TEST_CASE(holes, squares_grow_with_the_raster)
{
    const int64_t side = (int64_t)1 << 30;
    Holes *holes = holes_new(side, side);
    const Window middle = {side / 2, side / 2, 1, 1};
    holes_fill(holes, &middle);
    expect_true(holes_settle(holes) > 1 - 2.0 / HOLES_SQUARES_MAX);
    expect_true(!holes_have(holes, &middle));
    holes_free(holes);
}
