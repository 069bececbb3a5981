/* SPDX-License-Identifier: MIT */
#include "carve.h"

#include <stdlib.h>
#include <string.h>

#include "int_math.h"

/** A tile position that a window began. */
typedef struct OpenTile {
    Buffer *buffer;         /**< NULL: not begun, or done */
    int64_t missing_pixels; /**< until it is whole */
} OpenTile;

struct Carver {
    const Layout *layouts;
    int image_count;
    TileSink sink;
    void *user;
    Pool *pool;
    OpenTile *open; /**< one for each tile position, row after row */
    int64_t open_count;
    ValidityPlane validity;
};

static int64_t position_count(const Layout *layout)
{
    return layout->tiles_across * layout->tiles_down;
}

Carver *carver_new(const Layout *layouts, int image_count, TileSink sink,
                   void *user)
{
    const LayoutSpec *spec = &layouts[0].spec;
    const int64_t columns =
        spec->tile_width < spec->width ? spec->tile_width : spec->width;
    const int64_t rows =
        spec->tile_height < spec->height ? spec->tile_height : spec->height;
    Carver *carver = calloc(1, sizeof *carver);
    if (carver == NULL)
        return NULL;
    carver->layouts = layouts;
    carver->image_count = image_count;
    carver->sink = sink;
    carver->user = user;
    carver->pool = pool_new((size_t)columns * (size_t)rows *
                                swath_pixel_nbytes(layouts, image_count),
                            0);
    carver->open =
        calloc((size_t)position_count(&layouts[0]), sizeof *carver->open);
    if (carver->pool == NULL || carver->open == NULL) {
        carver_free(carver);
        return NULL;
    }
    return carver;
}

void carver_free(Carver *carver)
{
    if (carver == NULL)
        return;
    const int64_t count =
        carver->open_count > 0 ? position_count(&carver->layouts[0]) : 0;
    for (int64_t i = 0; i < count; i++)
        if (carver->open[i].buffer != NULL)
            buffer_release(carver->open[i].buffer);
    pool_free(carver->pool);
    free(carver->open);
    free(carver);
}

void carver_set_validity(Carver *carver, const ValidityPlane *validity)
{
    carver->validity = *validity;
}

int64_t carver_open_count(const Carver *carver)
{
    return carver->open_count;
}

uint64_t carver_peak_nbytes(const Carver *carver)
{
    return pool_peak_nbytes(carver->pool);
}

size_t carver_position_nbytes(void)
{
    return sizeof(OpenTile);
}

/** The part of the raster that tile (@p x, @p y) covers. */
static Window tile_window(const Layout *layout, int64_t x, int64_t y)
{
    return (Window){.x = x * layout->spec.tile_width,
                    .y = y * layout->spec.tile_height,
                    .width = layout_valid_columns(layout, x),
                    .height = layout_valid_rows(layout, y)};
}

static Window intersection(const Window *a, const Window *b)
{
    const int64_t x = max64(a->x, b->x), y = max64(a->y, b->y);
    return (Window){.x = x,
                    .y = y,
                    .width = min64(a->x + a->width, b->x + b->width) - x,
                    .height = min64(a->y + a->height, b->y + b->height) - y};
}

/** What of a plane lies from (@p tile->x, @p tile->y) on. */
static PlaneView view_from(const Carver *carver, int image, int plane,
                           const Window *tile, const Window *window,
                           const Buffer *buffer)
{
    PlaneView view = swath_plane(buffer->data, carver->layouts, image, plane,
                                 window->width, window->height);
    view.pixels += (size_t)(tile->y - window->y) * view.row_nbytes +
                   (size_t)(tile->x - window->x) * view.pixel_nbytes;
    return view;
}

static PlaneView validity_from(const Carver *carver, const Window *tile,
                               const Window *window, const Buffer *buffer)
{
    const ValidityPlane *plane = &carver->validity;
    if (!plane->present)
        return (PlaneView){.pixels = NULL};
    PlaneView view =
        view_from(carver, plane->image, plane->plane, tile, window, buffer);
    view.pixels += plane->offset;
    return view;
}

/** Hands on all planes of all images at one tile position, whose pixels lie
 * in @p buffer from (@p tile->x, @p tile->y) on. */
static bool emit_position(Carver *carver, int64_t tile_x, int64_t tile_y,
                          const Window *tile, const Window *window,
                          Buffer *buffer, bool carried)
{
    const PlaneView validity = validity_from(carver, tile, window, buffer);
    for (int image = 0; image < carver->image_count; image++)
        for (int plane = 0; plane < carver->layouts[image].planes; plane++) {
            const PlaneView view =
                view_from(carver, image, plane, tile, window, buffer);
            const TileJob job = {.image = image,
                                 .plane = plane,
                                 .tile_x = tile_x,
                                 .tile_y = tile_y,
                                 .pixels = view.pixels,
                                 .row_nbytes = view.row_nbytes,
                                 .validity = validity,
                                 .owner = buffer,
                                 .carried = carried};
            buffer_retain(buffer);
            if (!carver->sink(carver->user, &job))
                return false;
        }
    return true;
}

/** Copies the pixels of @p part from a window's buffer to a tile's. */
static void copy_part(const Carver *carver, const Window *part,
                      const Window *window, Buffer *from, const Window *tile,
                      Buffer *to)
{
    for (int image = 0; image < carver->image_count; image++)
        for (int plane = 0; plane < carver->layouts[image].planes; plane++) {
            const PlaneView source =
                swath_plane(from->data, carver->layouts, image, plane,
                            window->width, window->height);
            const PlaneView target =
                swath_plane(to->data, carver->layouts, image, plane,
                            tile->width, tile->height);
            const size_t nbytes = (size_t)part->width * source.pixel_nbytes;
            for (int64_t row = part->y; row < part->y + part->height; row++)
                memcpy(target.pixels +
                           (size_t)(row - tile->y) * target.row_nbytes +
                           (size_t)(part->x - tile->x) * target.pixel_nbytes,
                       source.pixels +
                           (size_t)(row - window->y) * source.row_nbytes +
                           (size_t)(part->x - window->x) * source.pixel_nbytes,
                       nbytes);
        }
}

/** Adds what @p window has of a tile that it does not hold whole. */
static bool carry_part(Carver *carver, int64_t tile_x, int64_t tile_y,
                       const Window *tile, const Window *window, Buffer *buffer,
                       Status *status)
{
    OpenTile *open =
        &carver->open[tile_y * carver->layouts[0].tiles_across + tile_x];
    if (open->buffer == NULL) {
        int no_memory;
        open->buffer = pool_take(carver->pool, 0, &no_memory);
        if (open->buffer == NULL)
            return status_fail(status, STATUS_NO_MEMORY,
                               "out of memory for a tile in progress");
        open->missing_pixels = tile->width * tile->height;
        carver->open_count++;
    }

    const Window part = intersection(tile, window);
    copy_part(carver, &part, window, buffer, tile, open->buffer);
    open->missing_pixels -= part.width * part.height;
    if (open->missing_pixels > 0)
        return true;

    Buffer *whole = open->buffer;
    open->buffer = NULL;
    carver->open_count--;
    const bool ok =
        emit_position(carver, tile_x, tile_y, tile, tile, whole, true);
    buffer_release(whole);
    return ok;
}

bool carver_feed(Carver *carver, const Window *window, Buffer *buffer,
                 Status *status)
{
    const Layout *layout = &carver->layouts[0];
    const int64_t right = window->x + window->width - 1;
    const int64_t bottom = window->y + window->height - 1;

    for (int64_t y = window->y / layout->spec.tile_height;
         y <= bottom / layout->spec.tile_height; y++)
        for (int64_t x = window->x / layout->spec.tile_width;
             x <= right / layout->spec.tile_width; x++) {
            const Window tile = tile_window(layout, x, y);
            const Window part = intersection(&tile, window);
            const bool inside =
                part.width == tile.width && part.height == tile.height;
            const bool ok =
                inside
                    ? emit_position(carver, x, y, &tile, window, buffer, false)
                    : carry_part(carver, x, y, &tile, window, buffer, status);
            if (!ok)
                return false;
        }
    return true;
}
