/* SPDX-License-Identifier: MIT */
#include "part_predictor.h"

#include "carve.h"
#include "cpl_error.h"
#include "int_math.h"
#include "plan_copy.h"
#include "pool.h"
#include "predictor_trial.h"
#include "source.h"

/** The first tile, while it is put together. */
typedef struct FirstTile {
    FileSpec *file;
    Source *source;
    Plan plan;
    WindowSource windows;
    Pool *pool;
    Carver *carver;
    Status *status;
    bool decided;
} FirstTile;

/** The carver's sink: what is whole first decides. */
static bool decide(void *user, const TileJob *job)
{
    FirstTile *first = user;
    FileSpec *file = first->file;
    Predictor found = PREDICTOR_NONE;
    const bool decides =
        !first->decided && file->images[job->image].predictor == PREDICTOR_AUTO;
    const bool ok = !decides || predictor_trial(&file->images[job->image], job,
                                                &found, first->status);
    for (int i = 0; ok && decides && i < file_spec_image_count(file); i++)
        if (file->images[i].predictor == PREDICTOR_AUTO)
            file->images[i].predictor = found;
    first->decided |= ok && decides;
    buffer_release(job->owner);
    return ok;
}

static bool always(void *user)
{
    (void)user;
    return true;
}

/** Reads one window and hands it on. */
static bool read_window(FirstTile *first, const Window *window)
{
    const GoOn go_on = {always, NULL};
    const WindowSource *from = &first->windows;
    int no_memory;
    Buffer *buffer = pool_take(first->pool, 0, &no_memory);
    if (buffer == NULL)
        return status_fail(first->status, STATUS_NO_MEMORY, "out of memory");
    const bool ok = from->read(from->user, 0, window, buffer->data, &go_on,
                               first->status) &&
                    (from->complete == NULL ||
                     from->complete(from->user, window, buffer->data, &go_on,
                                    first->status)) &&
                    carver_feed(first->carver, window, buffer, first->status);
    from->done(from->user, window);
    buffer_release(buffer);
    return ok;
}

/** Windows of blocks that are about as large as the tile. */
static void plan_windows(FirstTile *first, const Window *tile)
{
    Plan *plan = &first->plan;
    PlanInput input = plan_copy_input(
        first->file, 0, first->file->layouts[0].spec.bands, false);
    source_fill_plan(first->source, &input);
    input.readers = 1;
    plan_make(plan, &input);
    plan->grid = input.grid;
    plan->step_x =
        divide_up(tile->width, plan->grid.block_width) * plan->grid.block_width;
    plan->step_y = divide_up(tile->height, plan->grid.block_height) *
                   plan->grid.block_height;
    plan->traversal = TRAVERSE_ROWS;
    plan->full_width = plan->grid.x0 == 0 && plan->step_x >= plan->width;
    const Span rows = {0, tile->height};
    plan_set_rows(plan, &rows);
}

static bool read_tile(FirstTile *first)
{
    const FileSpec *file = first->file;
    const Layout *layouts = file->layouts;
    const Window tile = layout_tile_window(&layouts[0], 0, 0);
    plan_windows(first, &tile);
    const size_t pixel_nbytes = swath_pixel_nbytes(layouts, file->image_count);
    const int64_t pixels = min64(first->plan.step_x, first->plan.width) *
                           min64(first->plan.step_y, first->plan.height);
    first->windows = source_windows(first->source);
    first->pool = pool_new((size_t)pixels * pixel_nbytes, 1);
    first->carver = carver_new(layouts, file->image_count, 0, decide, first);
    if (first->pool == NULL || first->carver == NULL)
        return status_fail(first->status, STATUS_NO_MEMORY, "out of memory");
    carver_set_validity(first->carver, &file->validity);
    if (!source_begin(first->source, &first->plan, file->raster.tags.type,
                      layouts, first->status))
        return false;
    source_open_readers(first->source, 1);
    Window window = {.width = 0};
    bool ok = true;
    while (ok && !first->decided && plan_next(&first->plan, &window))
        if (window.x < tile.width)
            ok = read_window(first, &window);
    source_end(first->source);
    return ok;
}

bool part_predictor_find(FileSpec *file, GDALDatasetH dataset,
                         GDALDatasetH given, const char *name, Status *status)
{
    FirstTile first = {.file = file, .status = status};
    if (file->images[0].predictor != PREDICTOR_AUTO)
        return true;
    CPLDebug("ROWBAND",
             "plan: PREDICTOR=AUTO: the first tile, which is another "
             "part's, is read, too");
    first.source = source_open(dataset, given, name, status);
    const bool ok = first.source != NULL && read_tile(&first);
    carver_free(first.carver);
    if (first.pool != NULL)
        pool_free(first.pool);
    source_close(first.source);
    return ok;
}
