/* SPDX-License-Identifier: MIT */
#include "pyramid.h"

#include <pthread.h>
#include <stdlib.h>

#include "gather.h"
#include "int_math.h"
#include "pages.h"

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
    bool fed[LEVELS_MAX];
    LevelRows rows[LEVELS_MAX];
    Level levels[LEVELS_MAX];
};

static const Layout *layouts_of(const PyramidSpec *spec, int level)
{
    return &spec->layouts[(ptrdiff_t)level * spec->image_count];
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

static uint64_t cell_nbytes(const PyramidSpec *spec, int level)
{
    const LayoutSpec *own = &layouts_of(spec, level)->spec;
    return (uint64_t)(min64(CELL_WIDTH, own->width) *
                      min64(CELL_HEIGHT, own->height)) *
           swath_pixel_nbytes(spec->layouts, spec->image_count);
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

/** A GatherHoles.is_hole. @p of is the level that the rectangle is in. */
static bool is_hole(const void *of, const Window *rectangle)
{
    const Level *level = of;
    const PyramidSpec *spec = &level->pyramid->spec;
    Span x = {rectangle->x, window_right(rectangle)};
    Span y = {rectangle->y, window_bottom(rectangle)};
    for (int i = level->number; i > 0; i--) {
        x = spec->resampler->needs(spec->custom, scale_x(spec, i), x);
        y = spec->resampler->needs(spec->custom, scale_y(spec, i), y);
    }
    const Window below = {x.begin, y.begin, x.end - x.begin, y.end - y.begin};
    return holes_have(spec->holes, &below);
}

/** Gives the level of a cell what it would be made to. */
static bool feed_hole(const Level *level, const Window *cell)
{
    Status status = {.code = STATUS_OK};
    Pyramid *pyramid = level->pyramid;
    const bool ok = pyramid_feed(pyramid, level->number, cell, NULL, &status);
    if (!ok && status.code != STATUS_OK)
        pyramid->spec.fail(pyramid->spec.user, &status);
    return ok;
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
    if (whole->hole)
        return feed_hole(level, &job.cell);
    buffer_retain(whole->buffer);
    return level->pyramid->spec.cells(level->pyramid->spec.user, &job);
}

/** Tells a level of holes. */
static void level_set_holes(Level *level)
{
    const PyramidSpec *spec = &level->pyramid->spec;
    GatherHoles holes = {.is_hole = is_hole, .of = level};
    if (spec->holes == NULL)
        return;
    for (int i = 0; i < spec->image_count; i++)
        holes.empty[i] = spec->empty[i];
    carver_set_holes(level->carver, &holes);
    if (level->cells != NULL)
        gather_set_holes(level->cells, &holes);
}

static bool level_init(Pyramid *pyramid, int number)
{
    const PyramidSpec *spec = &pyramid->spec;
    Level *level = &pyramid->levels[number];
    const int stride =
        spec->file_image_count > 0 ? spec->file_image_count : spec->image_count;
    level->carver = carver_new_of_rows(
        level->layouts, spec->image_count, number * stride,
        &pyramid->rows[number].tiles, spec->tiles, spec->user);
    if (number > 0)
        level->made = pool_new((size_t)cell_nbytes(spec, number), 0);
    if (number + 1 < spec->level_count && !pyramid->fed[number + 1]) {
        Level *above = level + 1;
        const Span *rows = &pyramid->rows[number + 1].pixels;
        const Grid grid = {.columns = divide_up(above->x.size, CELL_WIDTH),
                           .first_row = rows->begin / CELL_HEIGHT,
                           .rows = divide_up(rows->end, CELL_HEIGHT),
                           .column = needed_columns,
                           .row = needed_rows,
                           .of = above};
        level->cells = gather_new(level->layouts, spec->image_count, &grid,
                                  emit_cell, above);
        if (level->cells == NULL)
            return false;
    }
    if (level->carver == NULL)
        return false;
    carver_set_first_plane(level->carver, spec->first_band);
    level_set_holes(level);
    return number == 0 || level->made != NULL;
}

Pyramid *pyramid_new(const PyramidSpec *spec)
{
    Pyramid *pyramid = calloc(1, sizeof *pyramid);
    bool ok = true;
    if (pyramid == NULL)
        return NULL;
    pyramid->spec = *spec;
    for (int i = 0; i < spec->level_count; i++) {
        Level *level = &pyramid->levels[i];
        pyramid->fed[i] = spec->fed != NULL && spec->fed[i];
        pyramid->rows[i] = spec->rows != NULL
                               ? spec->rows[i]
                               : level_rows_all(layouts_of(spec, i));
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
    for (int i = 0; i < spec->level_count; i++)
        carver_set_validity(pyramid->levels[i].carver, &spec->validity);
    return pyramid;
}

void pyramid_free(Pyramid *pyramid)
{
    if (pyramid == NULL)
        return;
    const uint64_t nbytes = pyramid_peak_nbytes(pyramid);
    /* What is carried at one level may lie in a cell made at the one below. */
    for (int i = pyramid->spec.level_count - 1; i >= 0; i--) {
        Level *level = &pyramid->levels[i];
        carver_free(level->carver);
        gather_free(level->cells);
        pool_free(level->made);
        pthread_mutex_destroy(&level->mutex);
    }
    free(pyramid);
    pages_freed((size_t)nbytes);
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
                             .first_band = spec->first_band,
                             .held = job->held,
                             .source = job->owner->data,
                             .cell = job->cell,
                             .out = made->data};
    const bool ok = spec->resampler->run(state, &task, status) &&
                    pyramid_feed(pyramid, job->level, &job->cell, made, status);
    buffer_release(made);
    return ok;
}

int64_t pyramid_open_count(const Pyramid *pyramid)
{
    int64_t count = 0;
    for (int i = 0; i < pyramid->spec.level_count; i++) {
        const Level *level = &pyramid->levels[i];
        count += carver_open_count(level->carver);
        if (level->cells != NULL)
            count += gather_open_count(level->cells);
    }
    return count;
}

uint64_t pyramid_peak_nbytes(const Pyramid *pyramid)
{
    uint64_t nbytes = 0;
    for (int i = 0; i < pyramid->spec.level_count; i++) {
        const Level *level = &pyramid->levels[i];
        if (level->carver != NULL)
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

OverviewCost pyramid_cost(const PyramidSpec *spec)
{
    const uint64_t pixel = swath_pixel_nbytes(spec->layouts, spec->image_count);
    OverviewCost cost = {.rows_nbytes = 0};
    for (int i = 1; i < spec->level_count; i++) {
        const Scale x = scale_x(spec, i), y = scale_y(spec, i);
        const LayoutSpec *own = &layouts_of(spec, i)->spec;
        const int64_t width = needed_length(spec, x, CELL_WIDTH);
        const int64_t height = needed_length(spec, y, CELL_HEIGHT);
        if (i == 1) {
            cost.cell_width = width;
            cost.cell_height = height;
        }
        /* A cut through the overlap of two cells leaves both unfinished. */
        cost.rows_nbytes +=
            pixel *
            (uint64_t)(min64(2 * height, y.source_size) * x.source_size +
                       min64(own->tile_height, y.size) * x.size);
        cost.columns_nbytes +=
            pixel * (uint64_t)(min64(2 * width, x.source_size) * y.source_size +
                               min64(own->tile_width, x.size) * y.size);
    }
    return cost;
}

uint64_t pyramid_fixed_nbytes(const PyramidSpec *spec)
{
    uint64_t positions = 0;
    for (int i = 0; i < spec->level_count; i++) {
        const Layout *layout = layouts_of(spec, i);
        const LevelRows rows =
            spec->rows != NULL ? spec->rows[i] : level_rows_all(layout);
        const Span *pixels = &rows.pixels;
        positions += (uint64_t)(layout->tiles_across *
                                max64(rows.tiles.end - rows.tiles.begin, 0));
        if (i > 0)
            positions += (uint64_t)(divide_up(layout->spec.width, CELL_WIDTH) *
                                    (divide_up(pixels->end, CELL_HEIGHT) -
                                     pixels->begin / CELL_HEIGHT));
    }
    return positions * gather_position_nbytes();
}

/** What one job of a level holds, at most: the cell that is made, what it is
 * made from, and a tile that it finishes. */
static uint64_t job_nbytes(const PyramidSpec *spec, int level)
{
    const LayoutSpec *own = &layouts_of(spec, level)->spec;
    const Scale x = scale_x(spec, level), y = scale_y(spec, level);
    const int64_t source = needed_length(spec, x, CELL_WIDTH) *
                           needed_length(spec, y, CELL_HEIGHT);
    const int64_t tile = min64(own->tile_width, own->width) *
                         min64(own->tile_height, own->height);
    return cell_nbytes(spec, level) +
           (uint64_t)(source + tile) *
               swath_pixel_nbytes(spec->layouts, spec->image_count);
}

uint64_t pyramid_worker_nbytes(const PyramidSpec *spec)
{
    if (spec->level_count == 1)
        return 0;
    uint64_t nbytes = PYRAMID_CELLS_IN_FLIGHT * job_nbytes(spec, 1);
    for (int i = 2; i < spec->level_count; i++)
        nbytes += job_nbytes(spec, i);
    return nbytes + spec->resampler->state_nbytes(spec->custom);
}
