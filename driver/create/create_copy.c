/* SPDX-License-Identifier: MIT */
#include "create_copy.h"

#include <string.h>

#include "band_groups.h"
#include "band_masks.h"
#include "band_statistics.h"
#include "cog_layout.h"
#include "copy_holes.h"
#include "copy_progress.h"
#include "copy_result.h"
#include "cpl_conv.h"
#include "cpl_error.h"
#include "cpl_string.h"
#include "dataset.h"
#include "file_directories.h"
#include "file_layout.h"
#include "file_spec.h"
#include "gtiff_tags.h"
#include "int_math.h"
#include "lossless_copy.h"
#include "lossless_options.h"
#include "lossless_windows.h"
#include "made_source.h"
#include "output_file.h"
#include "overview_options.h"
#include "pipeline.h"
#include "plan.h"
#include "publication.h"
#include "report.h"
#include "source.h"
#include "source_checks.h"
#include "taken_levels.h"
#include "target.h"
#include "tile_spool.h"
#include "told_file.h"

/** Everything that one call holds. */
typedef struct Copy {
    const char *target;
    char *source_name;    /**< for messages */
    GDALDatasetH given;   /**< by the caller */
    MadeSource made;      /**< of it */
    GDALDatasetH dataset; /**< what is copied: the same, or made of it */
    char **overview_list; /**< options for overviews, if they are ours */
    bool strict;
    bool has_masks; /**< of single bands, which go into a file of their own */
    CopyProgress progress;

    FileSpec file;
    Source *source;
    TakenLevels taken;
    LosslessCopy lossless;
    LosslessWindows decoded;
    Plan plan;
    BandGroups groups;
    Publication *publication;
    OutputFile *output;
    TileSpool *spool; /**< NULL: tiles go to the output as they come */
    Pipeline *pipeline;
    GDALDatasetH result;
} Copy;

/** Where tiles go as they come. */
static Output tile_output(const Copy *copy)
{
    if (copy->spool != NULL)
        return (Output){tile_spool_append, copy->spool};
    return (Output){output_file_append, copy->output};
}

/** Runs the passes that are needed and waits for their tiles. */
static bool run_passes(Copy *copy, const Pass *passes, int count,
                       Status *status)
{
    bool ok = !copy->lossless.active ||
              lossless_copy_put_rest(&copy->lossless, &copy->file,
                                     copy->pipeline, status);
    for (int i = 0; ok && i < count; i++)
        ok = !lossless_copy_reads(&copy->lossless, passes[i].level) ||
             taken_levels_read(&copy->taken, &copy->file, copy->source,
                               &passes[i], copy->pipeline, status);
    return ok && pipeline_finish(copy->pipeline, status);
}

/** Encodes and writes every tile of the file. */
static bool encode(Copy *copy, const Pass *passes, int pass_count,
                   Status *status)
{
    FileSpec *file = &copy->file;
    const PipelineSpec spec = {
        .images = file->images,
        .image_count = file->image_count,
        .level_count = file->level_count,
        .resampler = file->resampler,
        .resampler_custom = &file->resampling,
        .validity = file->validity,
        .passes = passes,
        .pass_count = pass_count,
        .holes = file->holes,
        .tiles_elsewhere = lossless_copy_tiles_elsewhere(&copy->lossless, file),
        .output = tile_output(copy),
        .output_position = FILE_LAYOUT_TILES_BEGIN,
        .tick = copy_progress_encode,
        .tick_user = &copy->progress};
    copy->pipeline = pipeline_start(&spec, status);
    return copy->pipeline != NULL &&
           (copy->groups.active
                ? group_passes_run(&copy->groups.passes, copy->source,
                                   copy->pipeline, status)
                : run_passes(copy, passes, pass_count, status));
}

/** Reads, carves, encodes and writes every tile, all bands together. */
static bool copy_together(Copy *copy, int readers, Status *status)
{
    const FileSpec *file = &copy->file;
    const WindowSource windows =
        lossless_windows_begin(&copy->decoded, &copy->lossless, file,
                               copy->source, &copy->plan, &readers);
    Pass passes[LEVELS_MAX + 1] = {
        pass_over_all(&windows, &copy->plan, readers, &file->layouts[0])};
    taken_levels_passes(&copy->taken, file, &passes[1]);
    return encode(copy, passes, 1 + copy->taken.count, status);
}

/** The same where bands go in groups. */
static bool copy_groups(Copy *copy, int readers, Status *status)
{
    Pass *passes;
    source_open_readers(copy->source, readers);
    if (!band_groups_gather(&copy->groups, &copy->file, copy->source,
                            copy->target, copy_progress_gather, &copy->progress,
                            status))
        return false;
    const int count = band_groups_passes(&copy->groups, &copy->file,
                                         copy->source, &passes, status);
    return count > 0 && encode(copy, passes, count, status);
}

static bool copy_pixels(Copy *copy, Status *status)
{
    FileSpec *file = &copy->file;
    const int readers =
        (int)min64(file->raster.options.read_threads, copy->plan.readers);
    copy->progress.tiles = file_spec_tile_count(file);
    copy->progress.encodes_no = file->reads_no_pixels;
    copy->progress.gathers = band_groups_gathers(&copy->groups);
    if (!(copy->groups.active ? copy_groups(copy, readers, status)
                              : copy_together(copy, readers, status)))
        return false;
    for (int i = 0; i < file_spec_image_count(file); i++)
        file->images[i].predictor =
            pipeline_images(copy->pipeline)[i].predictor;
    return copy->spool == NULL || tile_spool_end(copy->spool, status);
}

/** Has the tags say the statistics. */
static bool add_statistics(Copy *copy, Status *status)
{
    Encoding *raster = &copy->file.raster;
    if (!raster->options.statistics)
        return true;
    band_statistics_report(&copy->file.images[0], &raster->tags);
    return gtiff_tags_make(&raster->tags, &raster->options, copy->target,
                           copy->strict, status);
}

static bool assemble(Copy *copy, Status *status)
{
    const FileSpec *file = &copy->file;
    Ifd *ifds[PIPELINE_IMAGES_MAX] = {NULL};
    const TileIndex *index[PIPELINE_IMAGES_MAX];
    for (int i = 0; i < file_spec_image_count(file); i++)
        index[i] = pipeline_index(copy->pipeline, i);
    const TileStore tiles = lossless_copy_store(&copy->lossless);
    const FileLayout layout = {.output = {output_file_append, copy->output},
                               .set_header = output_file_set_header,
                               .tiles = copy->spool != NULL ? &tiles : NULL,
                               .images = file->images,
                               .index = index,
                               .ifds = ifds,
                               .image_count = file->image_count,
                               .level_count = file->level_count,
                               .interleave = file->raster.options.interleave,
                               .bigtiff = file_spec_bigtiff(file),
                               .tiles_end = pipeline_position(copy->pipeline),
                               .go_on = copy_progress_lay_out,
                               .user = &copy->progress};
    const bool ok =
        file_directories_make(file, copy->dataset, ifds, status) &&
        lossless_copy_lay_out(&copy->lossless, copy->spool, index, ifds,
                              file_spec_image_count(file), status) &&
        (file->cog.cog ? cog_layout_write : file_layout_write)(&layout, status);
    file_directories_release(file, ifds);
    return ok;
}

static bool write_masks(Copy *copy, Status *status)
{
    const LayoutSpec *spec = &copy->file.layouts[0].spec;
    const BandMasks masks = {
        .source = copy->dataset,
        .kept = source_kept_masks(copy->source),
        .block_width = (int)spec->tile_width,
        .block_height = (int)spec->tile_height,
        .memory_nbytes = band_masks_memory_nbytes(&copy->file.raster.options)};
    const GoOn go_on = {copy_progress_end, &copy->progress};
    return band_masks_write(&masks, copy->target, copy->publication, &go_on,
                            status);
}

static bool write_sidecars(Copy *copy, Status *status)
{
    return (!copy->has_masks || write_masks(copy, status)) &&
           gtiff_tags_write_sidecars(&copy->file.raster.tags, copy->target,
                                     copy->publication, status);
}

/** Puts the file together, then writes the sidecars. The header, which makes
 * the file a TIFF, is the output's to write when it is closed. */
static bool finish_file(Copy *copy, Status *status)
{
    return add_statistics(copy, status) && assemble(copy, status) &&
           (!output_file_can_seek(copy->output) ||
            write_sidecars(copy, status));
}

/** An archive takes one file after the other. */
static bool close_output(Copy *copy, Status *status)
{
    const bool can_seek = output_file_can_seek(copy->output);
    return output_file_close(copy->output, status) &&
           (can_seek || write_sidecars(copy, status));
}

/** Opens what is written to. */
static bool open_outputs(Copy *copy, Status *status)
{
    copy->output =
        output_file_open(publication_raster(copy->publication),
                         copy->file.cog.cog ? COG_LAYOUT_HEADER_NBYTES
                                            : FILE_LAYOUT_HEADER_NBYTES,
                         status);
    if (copy->output == NULL)
        return false;
    /* Overviews' tiles, which go first, are ready last; so is the header, which
     * a pipe must have first; and windows of part of the width bring tiles in
     * another order than the file has, which does not depend on the plan. */
    if (!copy->file.cog.cog && !copy->lossless.active &&
        output_file_can_seek(copy->output) &&
        band_groups_in_order(&copy->groups,
                             copy->plan.tiles_in_order &&
                                 taken_levels_in_order(&copy->taken)))
        return true;
    copy->spool = tile_spool_open(copy->target, status);
    copy->progress.spools = true;
    return copy->spool != NULL;
}

/** Hands over the file, which is whole, under its name. After a failure what
 * was there before is there again.
 * @param can_take_back what a pipe or an archive has in whole it keeps */
static bool hand_over(Copy *copy, bool can_take_back, Status *status)
{
    if (!copy_progress_whole(&copy->progress) && can_take_back)
        return status_fail(status, STATUS_CANCELLED, "cancelled");
    if (!publication_take_names(copy->publication, status))
        return false;
    copy->result = copy_result_open(copy->target, status);
    if (copy->result != NULL)
        publication_keep(copy->publication);
    return copy->result != NULL;
}

static bool write_file(Copy *copy, Status *status)
{
    bool ok = open_outputs(copy, status) && copy_pixels(copy, status) &&
              finish_file(copy, status);
    if (ok) {
        copy_result_warn(&copy->file, copy->pipeline);
        copy_holes_report(&copy->file, copy->pipeline);
        copy_result_report_levels(copy->pipeline);
    }
    const uint64_t peak_nbytes =
        ok ? band_groups_peak_nbytes(&copy->groups, copy->pipeline) : 0;
    const PipelineWaits waits =
        ok ? pipeline_waits(copy->pipeline) : (PipelineWaits){0};
    /* The workers end before what they write to. */
    pipeline_free(copy->pipeline);
    tile_spool_free(copy->spool);
    const bool can_take_back = ok && output_file_can_seek(copy->output);
    if (ok)
        ok = close_output(copy, status) &&
             hand_over(copy, can_take_back, status);
    else
        output_file_discard(copy->output);
    if (ok) {
        const SourceCounts counts = source_counts(copy->source);
        copy_result_report(&counts, &copy->file, peak_nbytes, &waits);
        lossless_copy_report(&copy->lossless);
    }
    return ok;
}

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

/** Decides about masks of single bands. */
static bool keep_masks(Copy *copy, Status *status)
{
    const FileSpec *file = &copy->file;
    if (!source_checks_masks(copy->dataset, file, copy->target,
                             &copy->has_masks, status))
        return false;
    return !copy->has_masks ||
           source_keep_masks(copy->source, copy->target,
                             band_masks_memory_nbytes(&file->raster.options),
                             status);
}

/** Copies what is open now. */
static bool copy_source(Copy *copy, const ParsedOptions *said, Status *status)
{
    FileSpec *file = &copy->file;
    if (!file_spec_resolve(file, said, copy->dataset, status) ||
        (file->raster.options.fsync &&
         !target_check_local(copy->target, status)))
        return false;
    if (source_reads_file(copy->source, copy->target))
        return status_fail(status, STATUS_INVALID,
                           "the target is also a file of the source");
    if (!file_spec_describe(file, copy->dataset,
                            source_mask(copy->source) != NULL, copy->target,
                            copy->strict, status))
        return false;
    if (!keep_masks(copy, status) ||
        !lossless_copy_begin(&copy->lossless, file, copy->dataset,
                             copy->has_masks, status))
        return false;
    if (!copy->has_masks && !file->reads_no_pixels &&
        !copy_holes_find(file, copy->source, copy->dataset, status))
        return false;
    lossless_windows_choose(&copy->lossless, file, copy->has_masks);
    if (!band_groups_plan(&copy->groups, &copy->plan, file, copy->source,
                          copy->target,
                          !copy->has_masks && !copy->lossless.active, status))
        return false;
    copy->publication =
        publication_new(copy->target, file->raster.options.fsync, status);
    copy_holes_skip(file, &copy->lossless, copy->source);
    const bool ok = copy->publication != NULL &&
                    taken_levels_open(&copy->taken, file, &copy->lossless,
                                      copy->source_name, status) &&
                    (file->reads_no_pixels ||
                     band_groups_begin_source(&copy->groups, &copy->plan, file,
                                              copy->source, status)) &&
                    write_file(copy, status);
    taken_levels_close(&copy->taken);
    publication_free(copy->publication);
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
              source_checks_all(copy->dataset, copy->source_name, status) &&
              adapt_source(copy, &said, status);
    if (ok) {
        note_overview_options(copy, &said, options);
        copy->source =
            source_open(copy->dataset, copy->given, copy->source_name, status);
        ok = copy->source != NULL && copy_source(copy, &said, status);
        source_close(copy->source);
    }
    parsed_options_free(&said);
    CSLDestroy(complete);
    return ok;
}

/** Does all of it.
 * @return what was made, or NULL after one CPLError(CE_Failure) */
static GDALDatasetH copy_all(Copy *copy, CSLConstList options)
{
    Status status = {.code = STATUS_OK};
    /* GDAL moves it when it writes out a warped VRT. */
    copy->source_name = dataset_name_for_messages(copy->given);
    copy->dataset = copy->given;
    const bool ok = run(copy, options, &status);
    CPLFree(copy->source_name);
    CSLDestroy(copy->overview_list);
    lossless_windows_end(&copy->decoded);
    lossless_copy_end(&copy->lossless);
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
