/* SPDX-License-Identifier: MIT */
#include "band_masks.h"
#include "band_statistics.h"
#include "cog_layout.h"
#include "copy.h"
#include "copy_holes.h"
#include "copy_result.h"
#include "file_directories.h"
#include "file_layout.h"
#include "gtiff_tags.h"
#include "int_math.h"
#include "statistics_places.h"

/** A part is laid out as other files are. */
static bool is_cog(const Copy *copy)
{
    return copy->file.cog.cog && copy->part.part.count == 0;
}

/** Where tiles go as they come. */
static Output tile_output(const Copy *copy)
{
    if (copy->spool != NULL)
        return (Output){tile_spool_append, copy->spool};
    return (Output){output_file_append, copy->output};
}

bool copy_reads_level(const Copy *copy, int level)
{
    return lossless_copy_reads(&copy->lossless, level) &&
           part_copy_reads(&copy->part, level);
}

/** Runs the passes that are needed and waits for their tiles. */
static bool run_passes(Copy *copy, const Pass *passes, int count,
                       Status *status)
{
    bool ok = !copy->lossless.active ||
              lossless_copy_put_rest(&copy->lossless, &copy->file,
                                     part_copy_rows(&copy->part),
                                     copy->pipeline, status);
    for (int i = 0; ok && i < count; i++)
        ok = !copy_reads_level(copy, passes[i].level) ||
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
        .rows = part_copy_rows(&copy->part),
        .twice = copy->part.keeps ? copy->part.kept : NULL,
        .twice_level = copy->part.level_count - 1,
        .tiles_elsewhere =
            lossless_copy_tiles_elsewhere(&copy->lossless, file,
                                          part_copy_rows(&copy->part)) +
            part_copy_kept_elsewhere(&copy->part, file),
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
    copy->progress.tiles = part_copy_tile_count(&copy->part, file);
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
    if (copy->part.part.count > 0)
        statistics_places_set(&raster->tags);
    else
        band_statistics_report(&copy->file.images[0], &raster->tags);
    return gtiff_tags_make(&raster->tags, &raster->options, copy->target,
                           copy->strict, status);
}

/** Has the directories say all that there is to say. */
static bool describe(Copy *copy, const TileIndex **index, Ifd **ifds,
                     Status *status)
{
    FileSpec *file = &copy->file;
    if (copy->part.part.count > 0)
        lossless_copy_keep_rows(&copy->lossless, file, copy->part.rows);
    return file_directories_make(file, copy->dataset, ifds, status) &&
           lossless_copy_lay_out(&copy->lossless, copy->spool, index, ifds,
                                 file_spec_image_count(file), status) &&
           (copy->part.part.count == 0 ||
            part_copy_describe(&copy->part, file, copy->target, ifds, status));
}

static bool assemble(Copy *copy, Status *status)
{
    const FileSpec *file = &copy->file;
    const bool is_part = copy->part.part.count > 0;
    Ifd *ifds[PIPELINE_IMAGES_MAX] = {NULL};
    const TileIndex *index[PIPELINE_IMAGES_MAX];
    for (int i = 0; i < file_spec_image_count(file); i++)
        index[i] = pipeline_index(copy->pipeline, i);
    const TileStore tiles = lossless_copy_store(&copy->lossless);
    FileLayout layout = {.output = {output_file_append, copy->output},
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
        describe(copy, index, ifds, status) &&
        (!is_part || part_copy_lay_out(&copy->part, file, copy->pipeline,
                                       &layout, index, status)) &&
        (is_cog(copy) ? cog_layout_write : file_layout_write)(&layout, status);
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

bool copy_is_in_order(const Copy *copy)
{
    if (copy->lossless.active)
        return false;
    return copy->part.part.count > 0 ||
           (!copy->file.cog.cog &&
            band_groups_in_order(&copy->groups,
                                 copy->plan.tiles_in_order &&
                                     taken_levels_in_order(&copy->taken)));
}

/** Opens what is written to. */
static bool open_outputs(Copy *copy, Status *status)
{
    copy->output = output_file_open(publication_raster(copy->publication),
                                    is_cog(copy) ? COG_LAYOUT_HEADER_NBYTES
                                                 : FILE_LAYOUT_HEADER_NBYTES,
                                    status);
    if (copy->output == NULL)
        return false;
    /* Overviews' tiles, which go first, are ready last; so is the header, which
     * a pipe must have first; and windows of part of the width bring tiles in
     * another order than the file has, which does not depend on the plan. */
    if (copy_is_in_order(copy) && output_file_can_seek(copy->output))
        return true;
    copy->spool = tile_spool_open(copy->target, status);
    copy->progress.spools = true;
    return copy->spool != NULL;
}

bool copy_write(Copy *copy, Status *status)
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
    if (!ok)
        output_file_discard(copy->output);
    else if (close_output(copy, status))
        copy->result =
            copy_result_publish(copy->target, copy->publication,
                                &copy->progress, can_take_back, status);
    ok = copy->result != NULL;
    if (ok) {
        const SourceCounts counts = source_counts(copy->source);
        copy_result_report(&counts, &copy->file, peak_nbytes, &waits);
        lossless_copy_report(&copy->lossless);
    }
    return ok;
}
