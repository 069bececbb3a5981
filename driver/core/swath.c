/* SPDX-License-Identifier: MIT */
#include "swath.h"

size_t swath_pixel_nbytes(const Layout *layouts, int image_count)
{
    size_t nbytes = 0;
    for (int i = 0; i < image_count; i++)
        nbytes += (size_t)layouts[i].spec.bands *
                  (size_t)layouts[i].spec.sample_nbytes;
    return nbytes;
}

PlaneView swath_plane(uint8_t *data, const Layout *layouts, int image,
                      int plane, int64_t width, int64_t height)
{
    const Layout *layout = &layouts[image];
    const size_t pixels = (size_t)width * (size_t)height;
    const size_t pixel_nbytes = layout_pixel_nbytes(layout);
    const size_t before = pixels * swath_pixel_nbytes(layouts, image) +
                          pixels * (size_t)plane * pixel_nbytes;
    return (PlaneView){.pixels = data + before,
                       .pixel_nbytes = pixel_nbytes,
                       .row_nbytes = pixel_nbytes * (size_t)width};
}

PlaneView plane_from(PlaneView view, int64_t x, int64_t y)
{
    view.pixels += (size_t)y * view.row_nbytes + (size_t)x * view.pixel_nbytes;
    return view;
}
