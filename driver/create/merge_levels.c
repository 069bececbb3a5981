/* SPDX-License-Identifier: MIT */
#include "merge_levels.h"

#include "cpl_conv.h"
#include "cpl_string.h"
#include "dataset.h"
#include "error_trap.h"
#include "file_layout.h"
#include "int_math.h"
#include "part_meaning.h"
#include "parts_dataset.h"
#include "plan_copy.h"
#include "read_ahead.h"

/** @return whether the parts have done what an option asks for */
static bool is_done(const char *name)
{
    static const char *const names[] = {"STATISTICS",     "LOSSLESS_COPY",
                                        "OVERVIEWS",      "CRS_IDENTIFY",
                                        "TARGET_SRS",     "TILING_SCHEME",
                                        "ZOOM_LEVEL",     "ZOOM_LEVEL_STRATEGY",
                                        "EXTENT",         "RES",
                                        "ADD_ALPHA",      "BIGTIFF",
                                        "PREDICTOR",      "ALIGNED_LEVELS",
                                        "TILED",          "WARP_RESAMPLING",
                                        "BLOCKXSIZE",     "BLOCKYSIZE",
                                        "BLOCKSIZE",      "INTERLEAVE",
                                        "OVERVIEW_COUNT", NULL};
    return CSLFindString((CSLConstList)names, name) >= 0;
}

static char **set_number(char **list, const char *name, int64_t number)
{
    return CSLSetNameValue(list, name, CPLSPrintf("%lld", (long long)number));
}

/** Says what the images of the file are like. */
static char **add_shape(char **list, const PartRun *run)
{
    static const char *const interleaves[] = {[INTERLEAVE_PIXEL] = "PIXEL",
                                              [INTERLEAVE_BAND] = "BAND",
                                              [INTERLEAVE_TILE] = "TILE"};
    const PartImage *image = &run->images[0];
    const LayoutSpec *spec = &image->layout;
    list = CSLSetNameValue(list, "LOSSLESS_COPY", "NO");
    list = CSLSetNameValue(list, "INTERLEAVE", interleaves[run->interleave]);
    if (run->cog)
        return set_number(list, "BLOCKSIZE", spec->tile_width);
    list = CSLSetNameValue(list, "TILED", spec->strips ? "NO" : "YES");
    if (!spec->strips)
        list = set_number(list, "BLOCKXSIZE", spec->tile_width);
    return set_number(list, "BLOCKYSIZE", spec->tile_height);
}

/** The options with which the file is described once more, with its parts as
 * the source. */
static char **options_of(const PartRun *run, CSLConstList options)
{
    char **list = CSLDuplicate(options);
    for (int i = 0; i < CSLCount(run->options); i++) {
        char *name = NULL;
        const char *value = CPLParseNameValue(run->options[i], &name);
        if (name != NULL && !is_done(name))
            list = CSLSetNameValue(list, name, value);
        CPLFree(name);
    }
    list = add_shape(list, run);
    const char *predictor = CSLFetchNameValue(run->options, "PREDICTOR");
    if (predictor != NULL && EQUAL(predictor, "AUTO"))
        list = set_number(list, "PREDICTOR", run->images[0].predictor);
    else if (predictor != NULL)
        list = CSLSetNameValue(list, "PREDICTOR", predictor);
    list = CSLSetNameValue(list, "OVERVIEWS", "IGNORE_EXISTING");
    return CSLSetNameValue(list, "RESAMPLING", run->resampling);
}

static bool same_layout(const LayoutSpec *a, const LayoutSpec *b)
{
    return a->width == b->width && a->height == b->height &&
           a->bands == b->bands && a->sample_nbytes == b->sample_nbytes &&
           a->sample_nbits == b->sample_nbits && a->planar == b->planar &&
           a->strips == b->strips && a->tile_width == b->tile_width &&
           a->tile_height == b->tile_height;
}

/** @return whether the file comes out as it was for the parts */
static bool is_as_it_was(const FileSpec *file, const PartRun *run)
{
    bool same = file->image_count == run->image_count &&
                file->level_count == run->level_count;
    for (int i = 0; same && i < file_spec_image_count(file); i++)
        same = same_layout(&file->layouts[i].spec, &run->images[i].layout) &&
               file->images[i].codec->tag == run->images[i].compression &&
               file->images[i].predictor == run->images[i].predictor;
    return same;
}

/** What the parts say of the file. */
static BegunFile begun_file(const PartRun *run)
{
    BegunFile begun = {.level_count = run->level_count, .tags = run->ifds[0]};
    for (int i = 0; i < run->level_count; i++) {
        const ptrdiff_t image = (ptrdiff_t)i * run->image_count;
        begun.widths[i] = run->images[image].layout.width;
        begun.heights[i] = run->images[image].layout.height;
        if (i == 1)
            begun.tags_of_overview = run->ifds[image];
    }
    return begun;
}

static bool describe(MergeLevels *levels, const PartSet *set,
                     CSLConstList options, const char *target, Status *status)
{
    const PartRun *run = &set->run;
    FileSpec *file = &levels->file;
    char **list = options_of(run, options);
    const BegunFile begun = begun_file(run);
    ParsedOptions said;
    ErrorTrap trap;
    file->begun = &begun;
    /* It has been warned of when the parts were made. */
    error_trap_begin(&trap, TRAP_ALL);
    const bool ok =
        options_parse(&said, list, status) &&
        file_spec_resolve(file, &said, levels->raster, status) &&
        file_spec_describe(file, levels->raster, run->image_count > 1, target,
                           false, status);
    error_trap_end(&trap);
    file->begun = NULL;
    parsed_options_free(&said);
    CSLDestroy(list);
    file->resampling.mask_of_bits = run->mask_of_bits;
    file->resampling.masks_stay_masks = run->masks_stay_masks;
    ByteReader meaning = {.bytes = run->meaning, .nbytes = run->meaning_nbytes};
    if (ok && !part_meaning_take(&meaning, file->raster.tags.proxy))
        return status_fail(status, STATUS_INVALID,
                           "what parts say of their bands is cut");
    return ok && (is_as_it_was(file, run) ||
                  status_fail(status, STATUS_INVALID,
                              "levels above those of the parts would not be "
                              "like those"));
}

/** As many may read as would read a source. */
static void plan_reading(MergeLevels *levels, int top)
{
    const FileSpec *file = &levels->file;
    Plan *plan = &levels->plan;
    const bool named = file->raster.options.read_threads > 0;
    PlanInput input =
        plan_copy_input(file, top, file->layouts[0].spec.bands, true);
    input.readers =
        plan_copy_readers(file, source_why_one_reader(levels->source, named));
    source_fill_plan(levels->source, &input);
    plan_make(plan, &input);
    plan->readers = (int)min64(plan->readers, plan_window_count(plan));
}

static bool open_source(MergeLevels *levels, const PartSet *set,
                        const char *name, Status *status)
{
    const int top = set->run.top;
    parts_rows_of_merging(&set->shape, top, levels->rows);
    levels->file.rows = levels->rows;
    levels->top = parts_dataset_of_level(set, top, true, status);
    if (levels->top == NULL)
        return false;
    levels->source = source_open(levels->top, levels->top, name, status);
    if (levels->source == NULL)
        return false;
    plan_reading(levels, top);
    levels->windows = source_windows(levels->source);
    return source_begin(
        levels->source, &levels->plan, levels->file.raster.tags.type,
        &levels->file.layouts[(ptrdiff_t)top * levels->file.image_count],
        status);
}

/** Runs the pass over the top level that parts have. */
static bool run_pass(MergeLevels *levels, const PartSet *set, TileSpool *spool,
                     CopyProgress *progress, Status *status)
{
    FileSpec *file = &levels->file;
    const int top = set->run.top;
    const int readers = source_open_readers(
        levels->source,
        (int)min64(file->raster.options.read_threads, levels->plan.readers));
    Pass pass =
        pass_over_all(&levels->windows, &levels->plan, readers,
                      &file->layouts[(ptrdiff_t)top * file->image_count]);
    PipelineSpec spec = {.images = file->images,
                         .image_count = file->image_count,
                         .level_count = file->level_count,
                         .resampler = file->resampler,
                         .resampler_custom = &file->resampling,
                         .validity = file->validity,
                         .passes = &pass,
                         .pass_count = 1,
                         .rows = levels->rows,
                         .output = {tile_spool_append, spool},
                         .output_position = FILE_LAYOUT_TILES_BEGIN,
                         .tick = copy_progress_encode,
                         .tick_user = progress};
    pass.level = top;
    for (int i = 0; i < part_set_image_count(set); i++)
        spec.tiles_elsewhere += file->layouts[i].tile_count;
    progress->tiles = file_spec_tile_count(file) - spec.tiles_elsewhere;
    levels->pipeline = pipeline_start(&spec, status);
    const bool ok = levels->pipeline != NULL &&
                    read_ahead(&pass, levels->pipeline, status) &&
                    pipeline_finish(levels->pipeline, status);
    source_end(levels->source);
    return ok;
}

bool merge_levels_make(MergeLevels *levels, PartSet *set, CSLConstList options,
                       const char *target, const char *name, TileSpool *spool,
                       CopyProgress *progress, const TileIndex **index,
                       Status *status)
{
    levels->raster = parts_dataset_of_level(set, 0, false, status);
    if (levels->raster == NULL ||
        !describe(levels, set, options, target, status) ||
        !open_source(levels, set, name, status) ||
        !run_pass(levels, set, spool, progress, status))
        return false;
    for (int i = part_set_image_count(set);
         i < file_spec_image_count(&levels->file); i++)
        index[i] = pipeline_index(levels->pipeline, i);
    return true;
}

void merge_levels_end(MergeLevels *levels)
{
    pipeline_free(levels->pipeline);
    source_close(levels->source);
    dataset_close_silently(levels->top);
    file_spec_free(&levels->file);
    dataset_close_silently(levels->raster);
}
