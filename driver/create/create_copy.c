/* SPDX-License-Identifier: MIT */
#include "create_copy.h"

#include <string.h>

#include "band_groups.h"
#include "band_masks.h"
#include "copy.h"
#include "copy_holes.h"
#include "cpl_conv.h"
#include "cpl_error.h"
#include "cpl_string.h"
#include "dataset.h"
#include "file_spec.h"
#include "lossless_copy.h"
#include "lossless_options.h"
#include "lossless_windows.h"
#include "made_source.h"
#include "merge_parts.h"
#include "overview_options.h"
#include "part_copy.h"
#include "part_predictor.h"
#include "plan_report.h"
#include "publication.h"
#include "report.h"
#include "source.h"
#include "source_checks.h"
#include "taken_levels.h"
#include "target.h"
#include "told_file.h"

/** Decides what is copied. */
static bool adapt_source(Copy *copy, ParsedOptions *said, Status *status)
{
    MadeSource *made = &copy->made;
    if (!made_source_make(made, copy->given, said, &copy->file.told,
                          copy->target, status))
        return false;
    copy->dataset = made->dataset;
    copy->file.warp = made->has_target ? &made->target : NULL;
    copy->file.is_warped = made->warped != NULL;
    return true;
}

/** Decides about masks of single bands.
 * @param target beside which they are written; "": of any name */
static bool keep_masks(Copy *copy, const char *target, Status *status)
{
    const FileSpec *file = &copy->file;
    if (!source_checks_masks(copy->dataset, file, target, &copy->has_masks,
                             status))
        return false;
    return !copy->has_masks ||
           source_keep_masks(copy->source, target,
                             band_masks_memory_nbytes(&file->raster.options),
                             status);
}

/** Opens the overviews that are taken, for what is needed of them. */
static bool open_taken(Copy *copy, Status *status)
{
    TakenLevels *taken = &copy->taken;
    const bool ok = taken_levels_open(taken, &copy->file, &copy->lossless,
                                      copy->source_name, status);
    for (int i = 0; ok && i < taken->count; i++)
        part_copy_set_plan(&copy->part, i + 1, &taken->levels[i].plan);
    return ok;
}

/** Decides what the first tile decides, where this part does not have it. */
static bool decide_elsewhere(Copy *copy, Status *status)
{
    if (!part_copy_begins_later(&copy->part))
        return true;
    return part_predictor_find(&copy->file, copy->dataset, copy->given,
                               copy->source_name, status);
}

/** Plans, for the part that is made, if not all is. */
static bool plan(Copy *copy, Status *status)
{
    FileSpec *file = &copy->file;
    const bool may_group = !copy->has_masks && !copy->lossless.active &&
                           copy->part.part.count == 0;
    lossless_windows_choose(&copy->lossless, file, copy->has_masks);
    if (!band_groups_plan(&copy->groups, &copy->plan, file, copy->source,
                          copy->target, may_group, status))
        return false;
    part_copy_keep_to_tiles(&copy->part, file);
    part_copy_set_plan(&copy->part, 0, &copy->plan);
    part_copy_report(&copy->part, file, &copy->plan);
    return true;
}

/** Decides what is made of what is open now, and plans it. */
static bool plan_source(Copy *copy, const ParsedOptions *said,
                        CSLConstList options, Status *status)
{
    FileSpec *file = &copy->file;
    if (!file_spec_resolve(file, said, copy->dataset, status) ||
        (file->raster.options.fsync && !said->plan &&
         !target_check_local(copy->target, status)))
        return false;
    if (source_reads_file(copy->source, copy->target))
        return status_fail(status, STATUS_INVALID,
                           "the target is also a file of the source");
    if (!file_spec_describe(file, copy->dataset,
                            source_mask(copy->source) != NULL, copy->target,
                            copy->strict, status))
        return false;
    if (!keep_masks(copy, said->plan ? "" : copy->target, status) ||
        !part_copy_begin(&copy->part, file, copy->given, options,
                         copy->has_masks, status) ||
        !lossless_copy_begin(&copy->lossless, file, copy->dataset,
                             copy->has_masks, status))
        return false;
    if (!copy->has_masks && !file->reads_no_pixels &&
        !copy_holes_find(file, copy->source, copy->dataset, status))
        return false;
    if (!plan(copy, status))
        return false;
    copy_holes_skip(file, &copy->lossless, copy->source);
    return (said->plan || decide_elsewhere(copy, status)) &&
           open_taken(copy, status);
}

/** Makes what is planned. */
static bool make_file(Copy *copy, Status *status)
{
    const FileSpec *file = &copy->file;
    copy->publication =
        publication_new(copy->target, file->raster.options.fsync, status);
    const bool ok = copy->publication != NULL &&
                    (file->reads_no_pixels ||
                     band_groups_begin_source(&copy->groups, &copy->plan, file,
                                              copy->source, status)) &&
                    copy_write(copy, status);
    publication_free(copy->publication);
    return ok;
}

/** Copies what is open now, or tells how that would be done. */
static bool copy_source(Copy *copy, const ParsedOptions *said,
                        CSLConstList options, Status *status)
{
    const bool ok = plan_source(copy, said, options, status) &&
                    (said->plan ? plan_report_write(copy, status)
                                : make_file(copy, status));
    taken_levels_close(&copy->taken);
    return ok;
}

/** Overviews that are taken are encoded as GTiff's are. */
static void note_overview_options(Copy *copy, const ParsedOptions *said,
                                  CSLConstList options)
{
    if (said->cog || copy->file.told != NULL)
        return;
    copy->overview_list = overview_options(options, NULL);
    copy->file.overview_options = copy->overview_list;
}

static bool run(Copy *copy, CSLConstList options, Status *status)
{
    ParsedOptions said = {.cog = false};
    char **complete;
    bool ok = lossless_options(&complete, options, copy->dataset, status) &&
              options_parse(&said, complete, status) &&
              (!said.plan || plan_report_check_target(copy->target, status)) &&
              source_checks_all(copy->dataset, copy->source_name, status) &&
              adapt_source(copy, &said, status);
    if (ok) {
        note_overview_options(copy, &said, options);
        copy->source =
            source_open(copy->dataset, copy->given, copy->source_name, status);
        ok = copy->source != NULL && copy_source(copy, &said, complete, status);
        source_close(copy->source);
    }
    parsed_options_free(&said);
    CSLDestroy(complete);
    return ok;
}

/** Puts parts together. */
static bool merge(Copy *copy, CSLConstList options, Status *status)
{
    if (CPLFetchBool(options, "PLAN", false))
        return status_fail(status, STATUS_UNSUPPORTED,
                           "PLAN=YES: parts are put together as they are");
    copy->result =
        merge_parts(copy->target, copy->given, options, copy->progress.report,
                    copy->progress.data, status);
    return copy->result != NULL;
}

/** Does all of it.
 * @return what was made, or NULL after one CPLError(CE_Failure) */
static GDALDatasetH copy_all(Copy *copy, CSLConstList options)
{
    Status status = {.code = STATUS_OK};
    /* GDAL moves it when it writes out a warped VRT. */
    copy->source_name = dataset_name_for_messages(copy->given);
    copy->dataset = copy->given;
    const bool ok = merge_parts_is_of(copy->given)
                        ? merge(copy, options, &status)
                        : run(copy, options, &status);
    CPLFree(copy->source_name);
    CSLDestroy(copy->overview_list);
    lossless_windows_end(&copy->decoded);
    lossless_copy_end(&copy->lossless);
    part_copy_end(&copy->part);
    band_groups_end(&copy->groups);
    file_spec_free(&copy->file);
    made_source_close(&copy->made);
    if (!ok)
        report_failure(copy->target, &status);
    return copy->result;
}

GDALDatasetH create_copy(const char *target, GDALDatasetH source, bool strict,
                         CSLConstList options, GDALProgressFunc progress,
                         void *progress_data)
{
    Copy copy = {.target = target,
                 .given = source,
                 .strict = strict,
                 .progress = {.report = progress, .data = progress_data}};
    return copy_all(&copy, options);
}

bool create_copy_of_pixels(const char *target, GDALDatasetH pixels,
                           const ToldFile *told, CSLConstList options,
                           CSLConstList overview_options)
{
    Copy copy = {.target = target,
                 .given = pixels,
                 .progress = {.report = GDALDummyProgress},
                 .file = {.told = told, .overview_options = overview_options}};
    const GDALDatasetH made = copy_all(&copy, options);
    if (made == NULL)
        return false;
    dataset_close_silently(made);
    return true;
}
