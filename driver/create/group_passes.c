/* SPDX-License-Identifier: MIT */
#include "group_passes.h"

#include <stdlib.h>

#include "int_math.h"
#include "read_ahead.h"

static bool allocate(GroupPasses *passes, int count, int bands, Status *status)
{
    const size_t n = (size_t)count;
    passes->count = count;
    passes->passes = calloc(n, sizeof *passes->passes);
    passes->layouts = calloc(n * SWATH_IMAGES_MAX, sizeof *passes->layouts);
    passes->windows = calloc(n, sizeof *passes->windows);
    passes->of_source = calloc(n, sizeof *passes->of_source);
    passes->of_raw = calloc(n, sizeof *passes->of_raw);
    passes->numbers = calloc((size_t)bands, sizeof *passes->numbers);
    if (passes->passes == NULL || passes->layouts == NULL ||
        passes->windows == NULL || passes->of_source == NULL ||
        passes->of_raw == NULL || passes->numbers == NULL)
        return status_fail(status, STATUS_NO_MEMORY, "out of memory");
    for (int i = 0; i < bands; i++)
        passes->numbers[i] = i + 1;
    return true;
}

/** Says where the windows of pass @p i come from. */
static void set_source(GroupPasses *passes, int i, const GroupSource *from,
                       int image_count)
{
    Pass *pass = &passes->passes[i];
    Layout *layouts = &passes->layouts[(ptrdiff_t)i * SWATH_IMAGES_MAX];
    if (from->raw != NULL) {
        passes->of_raw[i] = (RawRange){.raw = from->raw,
                                       .level = pass->level,
                                       .first_band = pass->first_band,
                                       .layouts = layouts,
                                       .image_count = image_count};
        passes->windows[i] = raw_tiles_windows(&passes->of_raw[i]);
    } else {
        passes->of_source[i] =
            (SourceRange){.source = from->source,
                          .layouts = layouts,
                          .numbers = &passes->numbers[pass->first_band],
                          .without_mask = image_count < 2};
        passes->windows[i] = source_windows_of(&passes->of_source[i]);
    }
    pass->source = &passes->windows[i];
}

static void set_pass(GroupPasses *passes, int i, const FileSpec *file,
                     const GroupSource *from, const Pass *pass)
{
    const ptrdiff_t first = (ptrdiff_t)pass->level * file->image_count;
    passes->passes[i] = *pass;
    passes->passes[i].region =
        (Window){.width = file->layouts[first].spec.width,
                 .height = file->layouts[first].spec.height};
    const int held =
        pass_layouts(pass, &file->layouts[first], file->image_count,
                     &passes->layouts[(ptrdiff_t)i * SWATH_IMAGES_MAX]);
    set_source(passes, i, from, held);
}

bool group_passes_of_bands(GroupPasses *passes, const FileSpec *file,
                           const GroupSource *from, const Plan *plan, int group,
                           bool mask_again, Status *status)
{
    const int bands = file->layouts[0].spec.bands;
    const int count = (int)divide_up(bands, group);
    if (!allocate(passes, count, bands, status))
        return false;
    for (int i = 0; i < count; i++) {
        const Pass pass = {.readers = 1,
                           .plan = plan,
                           .first_band = i * group,
                           .band_count = (int)min64(group, bands - i * group),
                           .mask_again = mask_again};
        set_pass(passes, i, file, from, &pass);
    }
    return true;
}

bool group_passes_of_levels(GroupPasses *passes, const FileSpec *file,
                            const RawTiles *raw, const Plan *plans,
                            Status *status)
{
    const int bands = file->layouts[0].spec.bands;
    const GroupSource from = {.raw = raw};
    if (!allocate(passes, file->level_count, bands, status))
        return false;
    for (int i = 0; i < file->level_count; i++) {
        const Pass pass = {
            .readers = 1, .plan = &plans[i], .level = i, .band_count = bands};
        set_pass(passes, i, file, &from, &pass);
    }
    return true;
}

bool group_passes_run(GroupPasses *passes, Source *source, Pipeline *pipeline,
                      Status *status)
{
    bool ok = true;
    for (int i = 0; ok && i < passes->count; i++) {
        Pass *pass = &passes->passes[i];
        /* Those that a pass before has come to need are there already. */
        if (source != NULL)
            pass->readers = source_reader_count(source);
        ok = read_ahead(pass, pipeline, status);
    }
    return ok && pipeline_finish(pipeline, status);
}

void group_passes_free(GroupPasses *passes)
{
    free(passes->numbers);
    free(passes->of_raw);
    free(passes->of_source);
    free(passes->windows);
    free(passes->layouts);
    free(passes->passes);
    *passes = (GroupPasses){.count = 0};
}
