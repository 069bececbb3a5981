/* SPDX-License-Identifier: MIT */
#include "plan_passes.h"

#include "int_math.h"

/** One run over windows, or several alike. */
typedef struct ToldPass {
    const char *stage;
    int level;
    int bands; /**< read together */
    int times; /**< as often as there are groups of bands */
    const char *reads;
    const Source *source; /**< NULL: raw tiles are read, all of them */
    const Plan *plan;
} ToldPass;

void plan_passes_add_window(JsonText *json, const char *name,
                            const Window *window)
{
    json_text_begin_array(json, name);
    json_text_add_integer(json, NULL, window->x);
    json_text_add_integer(json, NULL, window->y);
    json_text_add_integer(json, NULL, window->width);
    json_text_add_integer(json, NULL, window->height);
    json_text_end(json);
}

void plan_passes_add_grid(JsonText *json, const BlockGrid *grid)
{
    json_text_add_integer(json, "x0", grid->x0);
    json_text_add_integer(json, "y0", grid->y0);
    json_text_add_integer(json, "block_width", grid->block_width);
    json_text_add_integer(json, "block_height", grid->block_height);
}

void plan_passes_add_count(JsonText *json, const char *name, int64_t count)
{
    if (count < 0)
        json_text_add_null(json, name);
    else
        json_text_add_integer(json, name, count);
}

void plan_passes_add_nbytes(JsonText *json, const char *name, uint64_t nbytes)
{
    json_text_add_integer(json, name,
                          nbytes > INT64_MAX ? INT64_MAX : (int64_t)nbytes);
}

/* Looking at more of them would take seconds. */
#define WINDOWS_LOOKED_AT_MAX ((int64_t)1 << 22)

/** Windows, those in holes left out. */
static void add_windows(JsonText *json, const ToldPass *pass)
{
    const int64_t count = plan_window_count(pass->plan);
    int64_t looked_at = 0, read = 0;
    Window window = {0};
    json_text_begin_array(json, "windows");
    while (looked_at < WINDOWS_LOOKED_AT_MAX &&
           plan_next(pass->plan, &window)) {
        looked_at++;
        if (pass->source != NULL && !source_reads_window(pass->source, &window))
            continue;
        if (read++ < PLAN_LISTED_MAX)
            plan_passes_add_window(json, NULL, &window);
    }
    json_text_end(json);
    json_text_add_integer(json, "windows_planned", count);
    plan_passes_add_count(json, "windows_read", looked_at < count ? -1 : read);
    json_text_add_bool(json, "all_windows_listed",
                       looked_at == count && read <= PLAN_LISTED_MAX);
}

/** What all windows follow from. */
static void add_generators(JsonText *json, const Plan *plan)
{
    plan_passes_add_grid(json, &plan->grid);
    json_text_add_integer(json, "step_x", plan->step_x);
    json_text_add_integer(json, "step_y", plan->step_y);
    json_text_add_string(json, "traversal",
                         plan->traversal == TRAVERSE_ROWS ? "rows" : "columns");
    json_text_add_bool(json, "full_width", plan->full_width);
}

static void add_pass(JsonText *json, const ToldPass *pass)
{
    const Plan *plan = pass->plan;
    json_text_begin_object(json, NULL);
    json_text_add_string(json, "stage", pass->stage);
    json_text_add_string(json, "reads", pass->reads);
    json_text_add_integer(json, "level", pass->level);
    json_text_add_integer(json, "bands", pass->bands);
    json_text_add_integer(json, "times", pass->times);
    add_generators(json, plan);
    plan_passes_add_nbytes(json, "carry_tiles", plan->carry_positions);
    json_text_add_bool(json, "tiles_in_order", plan->tiles_in_order);
    json_text_add_integer(json, "workers", plan->workers);
    json_text_add_integer(json, "readers_at_most", plan->readers);
    json_text_add_integer(json, "window_buffers", plan->window_buffers);
    plan_passes_add_nbytes(json, "window_nbytes", plan->window_nbytes);
    plan_passes_add_nbytes(json, "source_nbytes", plan->source_nbytes);
    plan_passes_add_nbytes(json, "predicted_nbytes", plan->peak_nbytes);
    add_windows(json, pass);
    json_text_end(json);
}

/** Of all bands together, and of overviews that the source has. */
static void add_together(JsonText *json, const Copy *copy)
{
    const FileSpec *file = &copy->file;
    const int bands = file->layouts[0].spec.bands;
    ToldPass pass = {.stage = "copy",
                     .bands = bands,
                     .times = 1,
                     .reads = file->decodes_copied ? "copied tiles" : "source",
                     .source = copy->source,
                     .plan = &copy->plan};
    if (copy_reads_level(copy, 0))
        add_pass(json, &pass);
    for (int i = 0; i < copy->taken.count; i++) {
        pass = (ToldPass){.stage = "overview",
                          .level = i + 1,
                          .bands = bands,
                          .times = 1,
                          .reads = "source",
                          .source = copy->taken.levels[i].source,
                          .plan = &copy->taken.levels[i].plan};
        if (copy_reads_level(copy, i + 1))
            add_pass(json, &pass);
    }
}

/** See band_groups.h. */
static void add_groups(JsonText *json, const Copy *copy)
{
    const BandGroups *groups = &copy->groups;
    const bool gathers = groups->gathered.spec != NULL;
    const int bands = copy->file.layouts[0].spec.bands;
    ToldPass pass = {.stage = "gather",
                     .bands = bands,
                     .times = 1,
                     .reads = "source",
                     .source = copy->source,
                     .plan = &groups->gathered.plan};
    if (gathers) {
        add_pass(json, &pass);
        pass.reads = "raw tiles";
        pass.source = NULL;
    }
    if (groups->group > 0) {
        pass.stage = "group";
        pass.bands = groups->group;
        pass.times = (int)divide_up(bands, groups->group);
        pass.plan = groups->grouped.spec != NULL ? &groups->grouped.plan
                                                 : &groups->plan;
        add_pass(json, &pass);
    }
    for (int i = 0; groups->assembles && i < copy->file.level_count; i++) {
        pass = (ToldPass){.stage = "assemble",
                          .level = i,
                          .bands = bands,
                          .times = 1,
                          .reads = "raw tiles",
                          .plan = &groups->level_plans[i]};
        add_pass(json, &pass);
    }
}

void plan_passes_add(JsonText *json, const Copy *copy)
{
    json_text_begin_array(json, "passes");
    if (copy->groups.active)
        add_groups(json, copy);
    else
        add_together(json, copy);
    json_text_end(json);
}

uint64_t plan_passes_peak_nbytes(const Copy *copy)
{
    return copy->groups.active ? copy->groups.peak_nbytes
                               : copy->plan.peak_nbytes;
}
