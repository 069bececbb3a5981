/* SPDX-License-Identifier: MIT */
#include "tile_order.h"

#include "int_math.h"

/** The tiles at place @p place of one level, which begins with image @p first.
 */
static bool visit_place(const ImageSpec *images, int first, int end,
                        int64_t place, TileVisit visit, void *user,
                        Status *status)
{
    for (int image = first; image < end; image++) {
        const Layout *layout = &images[image].layout;
        const int64_t places = layout->tiles_across * layout->tiles_down;
        for (int plane = 0; plane < layout->planes; plane++)
            if (!visit(user, image, plane * places + place, status))
                return false;
    }
    return true;
}

/** All tiles of an image, plane after plane: the order of their numbers. */
static bool visit_planes(const ImageSpec *images, int image, TileVisit visit,
                         void *user, Status *status)
{
    const int64_t tiles = images[image].layout.tile_count;
    for (int64_t tile = 0; tile < tiles; tile++)
        if (!visit(user, image, tile, status))
            return false;
    return true;
}

bool tile_order_visit_level(const ImageSpec *images, int first, int count,
                            bool by_plane, TileVisit visit, void *user,
                            Status *status)
{
    const Layout *grid = &images[first].layout;
    const int64_t places = grid->tiles_across * grid->tiles_down;
    const int end = first + count;
    bool ok = true;
    for (int image = first; ok && by_plane && image < end; image++)
        ok = visit_planes(images, image, visit, user, status);
    for (int64_t place = 0; ok && !by_plane && place < places; place++)
        ok = visit_place(images, first, end, place, visit, user, status);
    return ok;
}

bool tile_order_visit(const ImageSpec *images, int image_count, int level_count,
                      TileVisit visit, void *user, Status *status)
{
    bool ok = true;
    for (int level = 0; ok && level < level_count; level++)
        ok = tile_order_visit_level(images, level * image_count, image_count,
                                    false, visit, user, status);
    return ok;
}

/** @return whether windows of an axis are cut at one of the pixels from
 * @p begin, which is not 0, to @p end */
static bool cut_within(int64_t phase, int64_t step, int64_t begin, int64_t end)
{
    const int64_t first =
        begin <= phase ? phase : phase + divide_up(begin - phase, step) * step;
    return first < end;
}

/** @return whether no two rows of tiles become whole in the same windows */
static bool rows_end_apart(const WindowOrder *windows, int64_t tile_height)
{
    const int64_t rows = divide_up(windows->height, tile_height);
    /* Windows no higher than tiles leave out none but, perhaps, the last row,
     * which may be lower. */
    int64_t row = windows->step_y <= tile_height ? rows - 1 : 1;
    while (row < rows &&
           cut_within(windows->y0, windows->step_y, row * tile_height,
                      min64((row + 1) * tile_height, windows->height)))
        row++;
    return row == rows;
}

bool tile_order_is_kept(const WindowOrder *windows, int64_t tile_width,
                        int64_t tile_height)
{
    const bool rows_end_in_one_window =
        !cut_within(windows->x0, windows->step_x, tile_width, windows->width);
    return rows_end_in_one_window || windows->height <= tile_height ||
           (windows->along_rows && rows_end_apart(windows, tile_height));
}
