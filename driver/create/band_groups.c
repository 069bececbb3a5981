/* SPDX-License-Identifier: MIT */
#include "band_groups.h"
#include "pages.h"

#include <stdlib.h>

bool band_groups_begin_source(const BandGroups *groups, const Plan *one,
                              const FileSpec *file, Source *source,
                              Status *status)
{
    const RawStage *gathered = &groups->gathered, *grouped = &groups->grouped;
    const Plan *plan = groups->active ? &groups->plan : one;
    const Layout *layouts = file->layouts;
    if (groups->active && gathered->spec != NULL) {
        plan = &gathered->plan;
        layouts = gathered->spec->layouts;
    } else if (groups->active && grouped->spec != NULL) {
        plan = &grouped->plan;
        layouts = grouped->spec->layouts;
    }
    return source_begin(source, plan, file->raster.tags.type, layouts, status);
}

bool band_groups_gathers(const BandGroups *groups)
{
    return groups->active &&
           (groups->gathered.spec != NULL || groups->grouped.spec != NULL);
}

bool band_groups_in_order(const BandGroups *groups, bool together)
{
    if (!groups->active)
        return together;
    return groups->assembles && groups->level_plans[0].tiles_in_order;
}

/** How far the making of raw tiles has come. */
typedef struct Gathering {
    GatherTick *tick;
    void *user;
    int64_t before, all; /**< tiles of stages before, and of all */
} Gathering;

/** A pipeline's Tick. */
static bool report_tiles(void *user, int64_t tiles_written)
{
    const Gathering *gathering = user;
    return gathering->tick(gathering->user,
                           (double)(gathering->before + tiles_written) /
                               (double)gathering->all);
}

static Pipeline *start(const FileSpec *raw, const GroupPasses *passes,
                       TileSpool *spool, Gathering *gathering, Status *status)
{
    const PipelineSpec spec = {.images = raw->images,
                               .image_count = raw->image_count,
                               .level_count = raw->level_count,
                               .resampler = raw->resampler,
                               .resampler_custom = &raw->resampling,
                               .passes = passes->passes,
                               .pass_count = passes->count,
                               .output = {tile_spool_append, spool},
                               .tick = report_tiles,
                               .tick_user = gathering};
    return pipeline_start(&spec, status);
}

/** Runs the passes of a stage, and takes what they make. */
static bool run_stage(BandGroups *groups, RawStage *stage, GroupPasses *passes,
                      Source *source, Gathering *gathering, Status *status)
{
    const FileSpec *raw = stage->spec;
    const TileStore store = {tile_spool_read, stage->spool};
    Pipeline *pipeline = start(raw, passes, stage->spool, gathering, status);
    const bool ok = pipeline != NULL &&
                    group_passes_run(passes, source, pipeline, status) &&
                    raw_tiles_take(&stage->tiles, pipeline, raw->image_count,
                                   raw->level_count, &store, 0, status);
    if (ok && pipeline_peak_nbytes(pipeline) > groups->ran_nbytes)
        groups->ran_nbytes = pipeline_peak_nbytes(pipeline);
    pipeline_free(pipeline);
    /* The next stage wants buffers of other sizes. */
    pages_freed((size_t)groups->ran_nbytes);
    gathering->before += file_spec_tile_count(raw);
    return ok && tile_spool_end(stage->spool, status);
}

/** @param group bands that are read together */
static bool make_stage(BandGroups *groups, RawStage *stage,
                       const GroupSource *from, int group, const char *target,
                       Gathering *gathering, Status *status)
{
    GroupPasses passes = {.count = 0};
    stage->spool = tile_spool_open(target, status);
    const bool ok =
        stage->spool != NULL &&
        group_passes_of_bands(&passes, stage->spec, from, &stage->plan, group,
                              groups->mask_again, status) &&
        run_stage(groups, stage, &passes, from->source, gathering, status);
    group_passes_free(&passes);
    return ok;
}

static void end_stage(RawStage *stage)
{
    raw_tiles_clear(&stage->tiles);
    tile_spool_free(stage->spool);
    stage->spool = NULL;
}

static int64_t tiles_of(const RawStage *stage)
{
    return stage->spec != NULL ? file_spec_tile_count(stage->spec) : 0;
}

bool band_groups_gather(BandGroups *groups, const FileSpec *file,
                        Source *source, const char *target, GatherTick *tick,
                        void *user, Status *status)
{
    RawStage *gathered = &groups->gathered, *grouped = &groups->grouped;
    GroupSource from = {.source = source};
    Gathering gathering = {.tick = tick,
                           .user = user,
                           .all = tiles_of(gathered) + tiles_of(grouped)};
    if (gathered->spec != NULL) {
        if (!make_stage(groups, gathered, &from, file->layouts[0].spec.bands,
                        target, &gathering, status))
            return false;
        from = (GroupSource){.raw = &gathered->tiles};
    }
    if (grouped->spec != NULL) {
        if (!make_stage(groups, grouped, &from, groups->group, target,
                        &gathering, status))
            return false;
        end_stage(gathered);
    }
    return true;
}

int band_groups_passes(BandGroups *groups, const FileSpec *file, Source *source,
                       Pass **passes, Status *status)
{
    const RawStage *gathered = &groups->gathered, *grouped = &groups->grouped;
    const GroupSource from = {.source = source,
                              .raw = gathered->spec != NULL ? &gathered->tiles
                                                            : NULL};
    const bool ok =
        groups->assembles
            ? group_passes_of_levels(&groups->passes, file,
                                     grouped->spec != NULL ? &grouped->tiles
                                                           : &gathered->tiles,
                                     groups->level_plans, status)
            : group_passes_of_bands(&groups->passes, file, &from, &groups->plan,
                                    groups->group, groups->mask_again, status);
    *passes = groups->passes.passes;
    return ok ? groups->passes.count : 0;
}

uint64_t band_groups_peak_nbytes(const BandGroups *groups, Pipeline *pipeline)
{
    const uint64_t nbytes = pipeline_peak_nbytes(pipeline);
    return nbytes > groups->ran_nbytes ? nbytes : groups->ran_nbytes;
}

void band_groups_end(BandGroups *groups)
{
    group_passes_free(&groups->passes);
    end_stage(&groups->gathered);
    end_stage(&groups->grouped);
    free(groups->gathered.spec);
    free(groups->grouped.spec);
    groups->gathered.spec = groups->grouped.spec = NULL;
}
