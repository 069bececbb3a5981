/* SPDX-License-Identifier: MIT */
#include "pyramid.h"

#include <pthread.h>
#include <stdlib.h>

#include "gather.h"
#include "int_math.h"

/** One level of a pyramid. */
typedef struct Level {
    Pyramid *pyramid;
    int number;
    Scale x, y;
    const Layout *layouts;
    pthread_mutex_t mutex; /**< of what its windows go into */
    Carver *carver;
    Gather *cells; /**< of the level above; NULL: there is none */
    Pool *made;    /**< for cells of this level that are made */
} Level;

struct Pyramid {
    PyramidSpec spec;
    Level levels[LEVELS_MAX];
};

static const Layout *layouts_of(const PyramidSpec *spec, int level)
{
    return &spec->layouts[level * spec->image_count];
}

static Scale scale_x(const PyramidSpec *spec, int level)
{
    return (Scale){.source_size = layouts_of(spec, level - 1)->spec.width,
                   .size = layouts_of(spec, level)->spec.width};
}

static Scale scale_y(const PyramidSpec *spec, int level)
{
    return (Scale){.source_size = layouts_of(spec, level - 1)->spec.height,
                   .size = layouts_of(spec, level)->spec.height};
}

static Span cell_span(int64_t index, int64_t cell_size, int64_t size)
{
    const int64_t begin = index * cell_size;
    return (Span){begin, min64(begin + cell_size, size)};
}

static Span needed_columns(const void *of, int64_t index)
{
    const Level *level = of;
    const PyramidSpec *spec = &level->pyramid->spec;
    return spec->resampler->needs(spec->custom, level->x,
                                  cell_span(index, CELL_WIDTH, level->x.size));
}

static Span needed_rows(const void *of, int64_t index)
{
    const Level *level = of;
    const PyramidSpec *spec = &level->pyramid->spec;
    return spec->resampler->needs(spec->custom, level->y,
                                  cell_span(index, CELL_HEIGHT, level->y.size));
}

/** A gather's sink. @p user is the level that the cell is of. */
static bool emit_cell(void *user, const Gathered *whole)
{
    const Level *level = user;
    const Span x = cell_span(whole->column, CELL_WIDTH, level->x.size);
    const Span y = cell_span(whole->row, CELL_HEIGHT, level->y.size);
    const CellJob job = {
        .level = level->number,
        .cell = {x.begin, y.begin, x.end - x.begin, y.end - y.begin},
        .held = whole->held,
        .owner = whole->buffer,
        .carried = whole->carried};
    buffer_retain(whole->buffer);
    return level->pyramid->spec.cells(level->pyramid->spec.user, &job);
}

static bool level_init(Pyramid *pyramid, int number)
{
    const PyramidSpec *spec = &pyramid->spec;
    Level *level = &pyramid->levels[number];
    level->carver =
        carver_new(level->layouts, spec->image_count,
                   number * spec->image_count, spec->tiles, spec->user);
    if (number > 0)
        level->made =
            pool_new((size_t)CELL_WIDTH * CELL_HEIGHT *
                         swath_pixel_nbytes(level->layouts, spec->image_count),
                     0);
    if (number + 1 < spec->level_count) {
        Level *above = level + 1;
        const Grid grid = {.columns = divide_up(above->x.size, CELL_WIDTH),
                           .rows = divide_up(above->y.size, CELL_HEIGHT),
                           .column = needed_columns,
                           .row = needed_rows,
                           .of = above};
        level->cells = gather_new(level->layouts, spec->image_count, &grid,
                                  emit_cell, above);
        if (level->cells == NULL)
            return false;
    }
    return level->carver != NULL && (number == 0 || level->made != NULL);
}

Pyramid *pyramid_new(const PyramidSpec *spec)
{
    Pyramid *pyramid = calloc(1, sizeof *pyramid);
    bool ok = pyramid != NULL;
    if (!ok)
        return NULL;
    pyramid->spec = *spec;
    for (int i = 0; i < spec->level_count; i++) {
        Level *level = &pyramid->levels[i];
        pthread_mutex_init(&level->mutex, NULL);
        level->pyramid = pyramid;
        level->number = i;
        level->layouts = layouts_of(spec, i);
        if (i > 0) {
            level->x = scale_x(spec, i);
            level->y = scale_y(spec, i);
        }
    }
    for (int i = 0; ok && i < spec->level_count; i++)
        ok = level_init(pyramid, i);
    if (!ok) {
        pyramid_free(pyramid);
        return NULL;
    }
    carver_set_validity(pyramid->levels[0].carver, &spec->validity);
    return pyramid;
}

void pyramid_free(Pyramid *pyramid)
{
    if (pyramid == NULL)
        return;
    /* What is carried at one level may lie in a cell made at the one below. */
    for (int i = pyramid->spec.level_count - 1; i >= 0; i--) {
        Level *level = &pyramid->levels[i];
        carver_free(level->carver);
        gather_free(level->cells);
        pool_free(level->made);
        pthread_mutex_destroy(&level->mutex);
    }
    free(pyramid);
}

bool pyramid_feed(Pyramid *pyramid, int number, const Window *window,
                  Buffer *buffer, Status *status)
{
    Level *level = &pyramid->levels[number];
    pthread_mutex_lock(&level->mutex);
    const bool ok = carver_feed(level->carver, window, buffer, status) &&
                    (level->cells == NULL ||
                     gather_feed(level->cells, window, buffer, status));
    pthread_mutex_unlock(&level->mutex);
    return ok;
}

bool pyramid_make_cell(Pyramid *pyramid, void *state, const CellJob *job,
                       Status *status)
{
    const PyramidSpec *spec = &pyramid->spec;
    Level *level = &pyramid->levels[job->level];
    int no_memory;
    Buffer *made = pool_take(level->made, 0, &no_memory);
    if (made == NULL)
        return status_fail(status, STATUS_NO_MEMORY,
                           "out of memory for an overview");
    const Resampling task = {.level = job->level,
                             .x = level->x,
                             .y = level->y,
                             .layouts = level->layouts,
                             .image_count = spec->image_count,
                             .held = job->held,
                             .source = job->owner->data,
                             .cell = job->cell,
                             .out = made->data};
    const bool ok = spec->resampler->run(state, &task, status) &&
                    pyramid_feed(pyramid, job->level, &job->cell, made, status);
    buffer_release(made);
    return ok;
}

uint64_t pyramid_peak_nbytes(const Pyramid *pyramid)
{
    uint64_t nbytes = 0;
    for (int i = 0; i < pyramid->spec.level_count; i++) {
        const Level *level = &pyramid->levels[i];
        nbytes += carver_peak_nbytes(level->carver);
        if (level->cells != NULL)
            nbytes += gather_peak_nbytes(level->cells);
        if (level->made != NULL)
            nbytes += pool_peak_nbytes(level->made);
    }
    return nbytes;
}

/** Source pixels of a cell along an axis, about the middle of it. */
static int64_t needed_length(const PyramidSpec *spec, Scale scale,
                             int64_t cell_size)
{
    const int64_t cells = divide_up(scale.size, cell_size);
    const Span span = spec->resampler->needs(
        spec->custom, scale, cell_span(cells / 2, cell_size, scale.size));
    const Span first = spec->resampler->needs(
        spec->custom, scale, cell_span(0, cell_size, scale.size));
    return max64(span.end - span.begin, first.end - first.begin);
}

void pyramid_carry_nbytes(const PyramidSpec *spec, uint64_t *by_rows,
                          uint64_t *by_columns)
{
    const uint64_t pixel = swath_pixel_nbytes(spec->layouts, spec->image_count);
    *by_rows = *by_columns = 0;
    for (int i = 1; i < spec->level_count; i++) {
        const Scale x = scale_x(spec, i), y = scale_y(spec, i);
        const LayoutSpec *own = &layouts_of(spec, i)->spec;
        /* A cut through the overlap of two cells leaves both unfinished. */
        const int64_t rows = 2 * needed_length(spec, y, CELL_HEIGHT);
        const int64_t columns = 2 * needed_length(spec, x, CELL_WIDTH);
        *by_rows +=
            pixel * (uint64_t)(min64(rows, y.source_size) * x.source_size +
                               min64(own->tile_height, y.size) * x.size);
        *by_columns +=
            pixel * (uint64_t)(min64(columns, x.source_size) * y.source_size +
                               min64(own->tile_width, x.size) * y.size);
    }
}

uint64_t pyramid_fixed_nbytes(const PyramidSpec *spec)
{
    uint64_t positions = 0;
    for (int i = 0; i < spec->level_count; i++) {
        const Layout *layout = layouts_of(spec, i);
        positions += (uint64_t)(layout->tiles_across * layout->tiles_down);
        if (i > 0)
            positions +=
                (uint64_t)(divide_up(layout->spec.width, CELL_WIDTH) *
                           divide_up(layout->spec.height, CELL_HEIGHT));
    }
    return positions * gather_position_nbytes();
}

uint64_t pyramid_worker_nbytes(const PyramidSpec *spec)
{
    if (spec->level_count == 1)
        return 0;
    const Layout *layout = layouts_of(spec, 1);
    const uint64_t pixel = swath_pixel_nbytes(spec->layouts, spec->image_count);
    const uint64_t tile =
        pixel * (uint64_t)(layout->spec.tile_width * layout->spec.tile_height);
    const uint64_t source =
        pixel * (uint64_t)(needed_length(spec, scale_x(spec, 1), CELL_WIDTH) *
                           needed_length(spec, scale_y(spec, 1), CELL_HEIGHT));
    /* A cell that is made, what it is made from, and a tile that it finishes;
     * and as much that waits. */
    return PYRAMID_CELLS_IN_FLIGHT *
               (pixel * CELL_WIDTH * CELL_HEIGHT + source + tile) +
           spec->resampler->state_nbytes(spec->custom);
}
