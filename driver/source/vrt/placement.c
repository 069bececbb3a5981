/* SPDX-License-Identifier: MIT */
#include "placement.h"

#include <math.h>

Window placement_output(const Placement *use, const Window *at)
{
    /* Where pixels do not map one to one GDAL rounds as it sees fit. */
    const double slack_x = use->halo_x > 0, slack_y = use->halo_y > 0;
    const double begin_x = (double)at->x - use->halo_x;
    const double begin_y = (double)at->y - use->halo_y;
    const double end_x = (double)(at->x + at->width) + use->halo_x;
    const double end_y = (double)(at->y + at->height) + use->halo_y;
    const double left = floor(use->offset_x + use->scale_x * begin_x) - slack_x;
    const double top = floor(use->offset_y + use->scale_y * begin_y) - slack_y;
    const double right = ceil(use->offset_x + use->scale_x * end_x) + slack_x;
    const double bottom = ceil(use->offset_y + use->scale_y * end_y) + slack_y;
    const double x0 = fmax(left, use->left), y0 = fmax(top, use->top);
    const double x1 = fmin(right, use->right), y1 = fmin(bottom, use->bottom);
    return (Window){.x = (int64_t)x0,
                    .y = (int64_t)y0,
                    .width = x1 > x0 ? (int64_t)ceil(x1 - x0) : 0,
                    .height = y1 > y0 ? (int64_t)ceil(y1 - y0) : 0};
}
