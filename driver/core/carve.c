/* SPDX-License-Identifier: MIT */
#include "carve.h"

#include <stdlib.h>

#include "gather.h"

struct Carver {
    const Layout *layouts;
    int image_count, first_image, first_plane;
    TileSink sink;
    void *user;
    ValidityPlane validity;
    Gather *gather; /**< tile positions */
};

static Span tile_columns(const void *of, int64_t index)
{
    const Layout *layout = of;
    const int64_t begin = index * layout->spec.tile_width;
    return (Span){begin, begin + layout_valid_columns(layout, index)};
}

static Span tile_rows(const void *of, int64_t index)
{
    const Layout *layout = of;
    const int64_t begin = index * layout->spec.tile_height;
    return (Span){begin, begin + layout_valid_rows(layout, index)};
}

/** What of a plane lies from the tile's first pixel on. */
static PlaneView view_of(const Carver *carver, int image, int plane,
                         const Gathered *tile)
{
    const PlaneView view =
        swath_plane(tile->buffer->data, carver->layouts, image, plane,
                    tile->held.width, tile->held.height);
    return plane_from(view, tile->rectangle.x - tile->held.x,
                      tile->rectangle.y - tile->held.y);
}

static PlaneView validity_of(const Carver *carver, const Gathered *tile)
{
    const ValidityPlane *plane = &carver->validity;
    if (!plane->present)
        return (PlaneView){.pixels = NULL};
    PlaneView view = view_of(carver, plane->image, plane->plane, tile);
    view.pixels += plane->offset;
    return view;
}

static Payload payload_of(const Carver *carver, int image, int plane,
                          const Gathered *tile)
{
    if (tile->hole)
        return (Payload){.kind = PAYLOAD_EMPTY};
    const PlaneView view = view_of(carver, image, plane, tile);
    return (Payload){
        .kind = PAYLOAD_PIXELS,
        .of.pixels = {view.pixels, view.row_nbytes, validity_of(carver, tile)}};
}

/** The gather's sink: hands on all planes of all images at one position. The
 * buffer of a window is held for its holes, too, of which no more are on their
 * way than of other tiles. */
static bool emit_position(void *user, const Gathered *tile)
{
    Carver *carver = user;
    for (int image = 0; image < carver->image_count; image++)
        for (int plane = 0; plane < carver->layouts[image].planes; plane++) {
            const TileJob job = {.image = carver->first_image + image,
                                 .plane = carver->first_plane + plane,
                                 .tile_x = tile->column,
                                 .tile_y = tile->row,
                                 .payload =
                                     payload_of(carver, image, plane, tile),
                                 .owner = tile->buffer,
                                 .carried = tile->carried};
            if (tile->buffer != NULL)
                buffer_retain(tile->buffer);
            if (!carver->sink(carver->user, &job))
                return false;
        }
    return true;
}

Carver *carver_new(const Layout *layouts, int image_count, int first_image,
                   TileSink sink, void *user)
{
    const Span all = {0, layouts[0].tiles_down};
    return carver_new_of_rows(layouts, image_count, first_image, &all, sink,
                              user);
}

Carver *carver_new_of_rows(const Layout *layouts, int image_count,
                           int first_image, const Span *rows, TileSink sink,
                           void *user)
{
    const Grid grid = {.columns = layouts[0].tiles_across,
                       .first_row = rows->begin,
                       .rows = rows->end,
                       .column = tile_columns,
                       .row = tile_rows,
                       .of = &layouts[0]};
    Carver *carver = calloc(1, sizeof *carver);
    if (carver == NULL)
        return NULL;
    carver->layouts = layouts;
    carver->image_count = image_count;
    carver->first_image = first_image;
    carver->sink = sink;
    carver->user = user;
    carver->gather =
        gather_new(layouts, image_count, &grid, emit_position, carver);
    if (carver->gather == NULL) {
        carver_free(carver);
        return NULL;
    }
    return carver;
}

void carver_free(Carver *carver)
{
    if (carver == NULL)
        return;
    gather_free(carver->gather);
    free(carver);
}

void carver_set_validity(Carver *carver, const ValidityPlane *validity)
{
    carver->validity = *validity;
}

void carver_set_holes(Carver *carver, const GatherHoles *holes)
{
    gather_set_holes(carver->gather, holes);
}

void carver_set_first_plane(Carver *carver, int plane)
{
    carver->first_plane = plane;
}

bool carver_feed(Carver *carver, const Window *window, Buffer *buffer,
                 Status *status)
{
    return gather_feed(carver->gather, window, buffer, status);
}

int64_t carver_open_count(const Carver *carver)
{
    return gather_open_count(carver->gather);
}

uint64_t carver_peak_nbytes(const Carver *carver)
{
    return gather_peak_nbytes(carver->gather);
}
