/* SPDX-License-Identifier: MIT */
#include "strip.h"

#include "gtest_c.h"

void strip_init(Strip *strip, int level, const uint8_t *bytes, int64_t columns,
                int64_t rows)
{
    const LayoutSpec spec = {.width = columns,
                             .height = rows,
                             .bands = 1,
                             .sample_nbytes = 1,
                             .sample_nbits = 8,
                             .strips = true,
                             .tile_height = rows,
                             .tile_width = columns};
    Status status = {.code = STATUS_OK};
    require(layout_init(&strip->layout, &spec, &status));
    strip->setup = (CodecSetup){.layout = &strip->layout, .level = level};
    strip->in = (CodecInput){.bytes = bytes,
                             .row_nbytes = (size_t)columns,
                             .columns = columns,
                             .rows = rows};
}
