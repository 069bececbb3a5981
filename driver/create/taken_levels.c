/* SPDX-License-Identifier: MIT */
#include "taken_levels.h"

#include "plan_copy.h"
#include "read_ahead.h"

static const Layout *layouts_of(const FileSpec *file, int level)
{
    return &file->layouts[(ptrdiff_t)level * file->image_count];
}

static bool open_level(TakenLevels *taken, const FileSpec *file,
                       LosslessCopy *lossless, const char *name, Status *status)
{
    const int level = ++taken->count;
    const GDALDatasetH overview = file_spec_taken(file, level);
    Plan *plan = &taken->levels[level - 1].plan;
    Source *source = source_open(overview, overview, name, status);
    taken->levels[level - 1].source = source;
    if (source == NULL)
        return false;
    if (file->image_count > 1 && source_mask(source) == NULL)
        return status_fail(status, STATUS_READ, "overview %d of %s has no mask",
                           level, name);
    plan_copy_overview(plan, file, level, source);
    source_skip_holes(source,
                      lossless_copy_unneeded(lossless, file, level, NULL), 0);
    taken->levels[level - 1].windows = source_windows(source);
    return true;
}

bool taken_levels_open(TakenLevels *taken, const FileSpec *file,
                       LosslessCopy *lossless, const char *name, Status *status)
{
    bool ok = true;
    while (ok && file->overviews.taken && taken->count < file->level_count - 1)
        ok = open_level(taken, file, lossless, name, status);
    return ok;
}

bool taken_levels_in_order(const TakenLevels *taken)
{
    bool in_order = true;
    for (int i = 0; i < taken->count; i++)
        in_order = in_order && taken->levels[i].plan.tiles_in_order;
    return in_order;
}

void taken_levels_passes(const TakenLevels *taken, const FileSpec *file,
                         Pass *passes)
{
    for (int i = 0; i < taken->count; i++) {
        passes[i] =
            pass_over_all(&taken->levels[i].windows, &taken->levels[i].plan, 1,
                          layouts_of(file, i + 1));
        passes[i].level = i + 1;
    }
}

static bool begin_level(TakenLevels *taken, const FileSpec *file, int level,
                        Status *status)
{
    Source *source = taken->levels[level - 1].source;
    if (!source_begin(source, &taken->levels[level - 1].plan,
                      file->raster.tags.type, layouts_of(file, level), status))
        return false;
    source_open_readers(source, 1);
    return true;
}

bool taken_levels_read(TakenLevels *taken, const FileSpec *file, Source *raster,
                       const Pass *pass, Pipeline *pipeline, Status *status)
{
    const int level = pass->level;
    const bool ok = (level == 0 || begin_level(taken, file, level, status)) &&
                    read_ahead(pass, pipeline, status);
    if (level > 0)
        source_end(taken->levels[level - 1].source);
    else if (taken->count > 0)
        source_end(raster);
    return ok;
}

void taken_levels_close(TakenLevels *taken)
{
    for (int i = 0; i < taken->count; i++)
        source_close(taken->levels[i].source);
    taken->count = 0;
}
