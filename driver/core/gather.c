/* SPDX-License-Identifier: MIT */
#include "gather.h"

#include <stdlib.h>
#include <string.h>

#include "int_math.h"
#include "swath.h"

/** A rectangle that a window began. */
typedef struct Open {
    Buffer *buffer;         /**< NULL: not begun, or done, or a hole */
    int64_t missing_pixels; /**< until it is whole; 0: not begun, or done */
} Open;

struct Gather {
    const Layout *layouts;
    int image_count;
    Grid grid;
    GatherSink sink;
    void *user;
    GatherHoles holes;
    Pool *pool;
    Open *open; /**< one for each rectangle, row after row */
    int64_t open_count;
};

static int64_t longest(const Grid *grid, int64_t from, int64_t count,
                       Span (*span)(const void *, int64_t))
{
    int64_t length = 0;
    for (int64_t i = from; i < count; i++) {
        const Span one = span(grid->of, i);
        length = max64(length, one.end - one.begin);
    }
    return length;
}

static int64_t rectangle_count(const Grid *grid)
{
    return grid->columns * max64(grid->rows - grid->first_row, 0);
}

Gather *gather_new(const Layout *layouts, int image_count, const Grid *grid,
                   GatherSink sink, void *user)
{
    const int64_t width = longest(grid, 0, grid->columns, grid->column);
    const int64_t height =
        longest(grid, grid->first_row, grid->rows, grid->row);
    Gather *gather = calloc(1, sizeof *gather);
    if (gather == NULL)
        return NULL;
    gather->layouts = layouts;
    gather->image_count = image_count;
    gather->grid = *grid;
    gather->sink = sink;
    gather->user = user;
    gather->pool = pool_new((size_t)width * (size_t)height *
                                swath_pixel_nbytes(layouts, image_count),
                            0);
    gather->open =
        calloc((size_t)max64(rectangle_count(grid), 1), sizeof *gather->open);
    if (gather->pool == NULL || gather->open == NULL) {
        gather_free(gather);
        return NULL;
    }
    return gather;
}

void gather_set_holes(Gather *gather, const GatherHoles *holes)
{
    gather->holes = *holes;
}

void gather_free(Gather *gather)
{
    if (gather == NULL)
        return;
    const int64_t count =
        gather->open_count > 0 ? rectangle_count(&gather->grid) : 0;
    for (int64_t i = 0; i < count; i++)
        if (gather->open[i].buffer != NULL)
            buffer_release(gather->open[i].buffer);
    pool_free(gather->pool);
    free(gather->open);
    free(gather);
}

int64_t gather_open_count(const Gather *gather)
{
    return gather->open_count;
}

uint64_t gather_peak_nbytes(const Gather *gather)
{
    return pool_peak_nbytes(gather->pool);
}

size_t gather_position_nbytes(void)
{
    return sizeof(Open);
}

static Window rectangle_at(const Grid *grid, int64_t column, int64_t row)
{
    const Span x = grid->column(grid->of, column);
    const Span y = grid->row(grid->of, row);
    return (Window){.x = x.begin,
                    .y = y.begin,
                    .width = x.end - x.begin,
                    .height = y.end - y.begin};
}

/** Copies the pixels of @p part from a window's buffer to a rectangle's. */
static void copy_part(const Gather *gather, const Window *part,
                      const Window *window, Buffer *from,
                      const Window *rectangle, Buffer *to)
{
    for (int image = 0; image < gather->image_count; image++)
        for (int plane = 0; plane < gather->layouts[image].planes; plane++) {
            PlaneView source =
                swath_plane(from->data, gather->layouts, image, plane,
                            window->width, window->height);
            PlaneView target =
                swath_plane(to->data, gather->layouts, image, plane,
                            rectangle->width, rectangle->height);
            const size_t nbytes = (size_t)part->width * source.pixel_nbytes;
            source =
                plane_from(source, part->x - window->x, part->y - window->y);
            target = plane_from(target, part->x - rectangle->x,
                                part->y - rectangle->y);
            for (int64_t row = 0; row < part->height; row++)
                memcpy(target.pixels + (size_t)row * target.row_nbytes,
                       source.pixels + (size_t)row * source.row_nbytes, nbytes);
        }
}

/** Fills a rectangle with empty samples, which holes do not bring. */
static void fill_empty(const Gather *gather, const Window *rectangle,
                       uint8_t *to)
{
    const int64_t pixels = rectangle->width * rectangle->height;
    for (int image = 0; image < gather->image_count; image++) {
        const LayoutSpec *spec = &gather->layouts[image].spec;
        const size_t nbytes = (size_t)spec->sample_nbytes;
        for (int64_t i = 0; i < pixels * spec->bands; i++, to += nbytes)
            memcpy(to, gather->holes.empty[image], nbytes);
    }
}

static bool begin(Gather *gather, Open *open, const Gathered *part,
                  Status *status)
{
    int no_memory;
    if (!part->hole) {
        open->buffer = pool_take(gather->pool, 0, &no_memory);
        if (open->buffer == NULL)
            return status_fail(status, STATUS_NO_MEMORY,
                               "out of memory for a tile in progress");
        if (gather->holes.is_hole != NULL)
            fill_empty(gather, &part->rectangle, open->buffer->data);
    }
    open->missing_pixels = part->rectangle.width * part->rectangle.height;
    gather->open_count++;
    return true;
}

/** Adds what @p window has of a rectangle that it does not hold whole. */
static bool carry_part(Gather *gather, const Gathered *part,
                       const Window *common, Status *status)
{
    const Grid *grid = &gather->grid;
    Open *open = &gather->open[(part->row - grid->first_row) * grid->columns +
                               part->column];
    if (open->missing_pixels == 0 && !begin(gather, open, part, status))
        return false;
    if (!part->hole && part->buffer != NULL)
        copy_part(gather, common, &part->held, part->buffer, &part->rectangle,
                  open->buffer);
    open->missing_pixels -= common->width * common->height;
    if (open->missing_pixels > 0)
        return true;

    Gathered whole = *part;
    gather->open_count--;
    if (part->hole)
        return gather->sink(gather->user, &whole);
    whole.buffer = open->buffer;
    whole.held = part->rectangle;
    whole.carried = true;
    open->buffer = NULL;
    const bool ok = gather->sink(gather->user, &whole);
    buffer_release(whole.buffer);
    return ok;
}

/** The first index from @p low on whose span ends behind @p position. */
static int64_t first_behind(const Grid *grid, int64_t low, int64_t count,
                            Span (*span)(const void *, int64_t),
                            int64_t position)
{
    int64_t high = count;
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        if (span(grid->of, middle).end > position)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static bool feed_row(Gather *gather, int64_t row, const Window *window,
                     Buffer *buffer, Status *status)
{
    const Grid *grid = &gather->grid;
    const int64_t right = window_right(window);
    for (int64_t column =
             first_behind(grid, 0, grid->columns, grid->column, window->x);
         column < grid->columns && grid->column(grid->of, column).begin < right;
         column++) {
        Gathered found = {.column = column,
                          .row = row,
                          .rectangle = rectangle_at(grid, column, row),
                          .held = *window,
                          .buffer = buffer};
        found.hole = gather->holes.is_hole != NULL &&
                     gather->holes.is_hole(gather->holes.of, &found.rectangle);
        const Window common = window_intersection(&found.rectangle, window);
        const bool inside = (buffer != NULL || found.hole) &&
                            common.width == found.rectangle.width &&
                            common.height == found.rectangle.height;
        if (inside ? !gather->sink(gather->user, &found)
                   : !carry_part(gather, &found, &common, status))
            return false;
    }
    return true;
}

bool gather_feed(Gather *gather, const Window *window, Buffer *buffer,
                 Status *status)
{
    const Grid *grid = &gather->grid;
    const int64_t bottom = window_bottom(window);
    for (int64_t row = first_behind(grid, grid->first_row, grid->rows,
                                    grid->row, window->y);
         row < grid->rows && grid->row(grid->of, row).begin < bottom; row++)
        if (!feed_row(gather, row, window, buffer, status))
            return false;
    return true;
}
