/* SPDX-License-Identifier: MIT */
#include "merge_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cog_layout.h"
#include "copy_progress.h"
#include "copy_result.h"
#include "cpl_conv.h"
#include "cpl_error.h"
#include "cpl_string.h"
#include "file_layout.h"
#include "merge_levels.h"
#include "option_table.h"
#include "output_file.h"
#include "parsed_options.h"
#include "part_names.h"
#include "part_set.h"
#include "publication.h"
#include "same_file.h"
#include "statistics_places.h"
#include "target.h"

/** Everything that one call holds. */
typedef struct Merge {
    const char *target, *name;
    CSLConstList options;
    CopyProgress progress;
    PartSet set;
    MergeLevels levels;
    Codec codecs[PIPELINE_IMAGES_MAX];     /**< of which the tags count */
    ImageSpec images[PIPELINE_IMAGES_MAX]; /**< of which the layouts count */
    TileIndex own[PIPELINE_IMAGES_MAX];    /**< of images that parts have */
    const TileIndex *index[PIPELINE_IMAGES_MAX];
    Statistics *statistics; /**< of each band; or NULL */
    TileSpool *spool;       /**< of levels that are made; or NULL */
    Publication *publication;
    OutputFile *output;
} Merge;

bool merge_parts_is_of(GDALDatasetH source)
{
    return part_names_has_prefix(GDALGetDescription(source));
}

/** @return whether what is said is what the parts were made with */
static bool agrees(const char *name, const char *value, const PartRun *run)
{
    const OptionEntry *entry = option_table_find(name);
    const char *by_default = entry != NULL ? entry->by_default : NULL;
    const char *made = CSLFetchNameValueDef(run->options, name, by_default);
    return made != NULL && EQUAL(made, value);
}

/** What the file is to be the parts say; it may be said again. */
static bool check_options(const Merge *merge, Status *status)
{
    const PartRun *run = &merge->set.run;
    if (CSLFetchNameValue(merge->options, "PART") != NULL)
        return status_fail(status, STATUS_UNSUPPORTED,
                           "creation option PART is not supported for a source "
                           "of parts");
    char **said = part_options(merge->options);
    bool ok = true;
    for (int i = 0; ok && i < CSLCount(said); i++) {
        char *name = NULL;
        const char *value = CPLParseNameValue(said[i], &name);
        ok = name == NULL || option_table_find(name) == NULL ||
             agrees(name, value, run) ||
             status_fail(
                 status, STATUS_INVALID,
                 "creation option %s=%s contradicts the parts, which "
                 "were made with %s=%s",
                 name, value, name,
                 CSLFetchNameValueDef(run->options, name, "its default"));
        CPLFree(name);
    }
    CSLDestroy(said);
    return ok;
}

/** Reads the options of how.
 * @param[out] durable FSYNC */
static bool parse_options(const Merge *merge, bool *durable, Status *status)
{
    char **list = NULL;
    ParsedOptions parsed;
    for (int i = 0; i < CSLCount(merge->options); i++) {
        char *name = NULL;
        CPLParseNameValue(merge->options[i], &name);
        if (name != NULL && part_option_is_of_run(name))
            list = CSLAddString(list, merge->options[i]);
        CPLFree(name);
    }
    const bool ok = options_parse(&parsed, list, status);
    *durable = parsed.fsync;
    parsed_options_free(&parsed);
    CSLDestroy(list);
    return ok && (!*durable || target_check_local(merge->target, status));
}

static bool check_target(const Merge *merge, Status *status)
{
    const PartSet *set = &merge->set;
    for (int i = 0; i < set->run.count; i++)
        if (same_file(merge->target, set->parts[i].name))
            return status_fail(status, STATUS_INVALID,
                               "the target is also a part");
    return true;
}

/** Describes the images as the file's layout wants them. */
static void describe_images(Merge *merge)
{
    const PartRun *run = &merge->set.run;
    for (int i = 0; i < run->image_count * run->level_count; i++) {
        merge->codecs[i] = (Codec){.tag = run->images[i].compression};
        merge->images[i] = (ImageSpec){.layout = merge->set.layouts[i],
                                       .codec = &merge->codecs[i],
                                       .predictor = run->images[i].predictor};
    }
}

/** Finds where the tiles of the parts lie. */
static bool find_tiles(Merge *merge, Status *status)
{
    bool ok = true;
    for (int i = 0; ok && i < part_set_image_count(&merge->set); i++) {
        TileIndex *index = &merge->own[i];
        index->count = merge->set.layouts[i].tile_count;
        index->offsets = calloc((size_t)index->count, sizeof *index->offsets);
        index->nbytes = calloc((size_t)index->count, sizeof *index->nbytes);
        merge->index[i] = index;
        ok = index->offsets != NULL && index->nbytes != NULL;
    }
    if (!ok)
        return status_fail(status, STATUS_NO_MEMORY, "out of memory");
    return part_set_index(&merge->set, merge->own, status);
}

static bool make_levels(Merge *merge, Status *status)
{
    PartSet *set = &merge->set;
    if (set->run.top + 1 == set->run.level_count) {
        merge->progress.encodes_no = true;
        return true;
    }
    merge->spool = tile_spool_open(merge->target, status);
    if (merge->spool == NULL ||
        !merge_levels_make(&merge->levels, set, merge->options, merge->target,
                           merge->name, merge->spool, &merge->progress,
                           merge->index, status) ||
        !tile_spool_end(merge->spool, status))
        return false;
    set->spool = merge->spool;
    return true;
}

static BandsCounted counted_of(const Merge *merge)
{
    const LayoutSpec *spec = &merge->set.layouts[0].spec;
    return (BandsCounted){.of_bands = merge->statistics,
                          .count = spec->bands,
                          .pixels = (double)spec->width * (double)spec->height};
}

/** Has the tags say the statistics. */
static bool add_statistics(Merge *merge, Status *status)
{
    PartSet *set = &merge->set;
    if (!set->run.statistics)
        return true;
    merge->statistics =
        calloc((size_t)set->layouts[0].spec.bands, sizeof *merge->statistics);
    if (merge->statistics == NULL)
        return status_fail(status, STATUS_NO_MEMORY, "out of memory");
    if (!part_set_statistics(set, merge->statistics, status))
        return false;
    const BandsCounted counted = counted_of(merge);
    return statistics_places_fill_tag(set->run.ifds[0], &counted, status);
}

static bool lay_out(Merge *merge, Status *status)
{
    PartRun *run = &merge->set.run;
    const TileStore tiles = {part_set_read, &merge->set};
    const FileLayout layout = {.output = {output_file_append, merge->output},
                               .set_header = output_file_set_header,
                               .tiles = &tiles,
                               .images = merge->images,
                               .index = merge->index,
                               .ifds = run->ifds,
                               .image_count = run->image_count,
                               .level_count = run->level_count,
                               .interleave = run->interleave,
                               .bigtiff = run->bigtiff,
                               .go_on = copy_progress_lay_out,
                               .user = &merge->progress};
    return (run->cog ? cog_layout_write : file_layout_write)(&layout, status);
}

static bool write_sidecar(const Merge *merge, const PartSidecar *sidecar,
                          Status *status)
{
    const BandsCounted counted = counted_of(merge);
    char *name = part_sidecar_name(sidecar, CPLGetFilename(merge->target));
    char *filled = merge->statistics != NULL
                       ? statistics_places_fill_file(sidecar->bytes,
                                                     sidecar->nbytes, &counted)
                       : NULL;
    const bool ok =
        filled != NULL
            ? publication_add_sidecar(merge->publication, name, filled,
                                      strlen(filled), status)
            : publication_add_sidecar(merge->publication, name, sidecar->bytes,
                                      sidecar->nbytes, status);
    CPLFree(filled);
    CPLFree(name);
    return ok;
}

static bool write_sidecars(const Merge *merge, Status *status)
{
    const PartRun *run = &merge->set.run;
    bool ok = true;
    for (int i = 0; ok && i < run->sidecar_count; i++)
        if (STARTS_WITH(merge->target, "/vsistdout"))
            CPLError(CE_Warning, CPLE_AppDefined,
                     "ROWBAND: cannot write a sidecar beside %s: anything the "
                     "file itself cannot hold is lost",
                     merge->target);
        else
            ok = write_sidecar(merge, &run->sidecars[i], status);
    return ok;
}

/** Writes the raster and its sidecars, under other names yet. */
static bool write_files(Merge *merge, Status *status)
{
    merge->output =
        output_file_open(publication_raster(merge->publication),
                         merge->set.run.cog ? COG_LAYOUT_HEADER_NBYTES
                                            : FILE_LAYOUT_HEADER_NBYTES,
                         status);
    if (merge->output == NULL)
        return false;
    if (!lay_out(merge, status)) {
        output_file_discard(merge->output);
        return false;
    }
    return output_file_close(merge->output, status) &&
           write_sidecars(merge, status);
}

static void report(const Merge *merge)
{
    const PartRun *run = &merge->set.run;
    int64_t copied = 0;
    for (int i = 0; i < part_set_image_count(&merge->set); i++)
        for (int64_t tile = 0; tile < merge->own[i].count; tile++)
            copied += merge->own[i].nbytes[tile] > 0;
    CPLDebug("ROWBAND",
             "result: %d parts, %" PRId64
             " tiles copied as they are, levels from %d on made of %d",
             run->count, copied, run->top + 1, run->level_count - 1);
}

/** @return the file, or NULL with a reason */
static GDALDatasetH run(Merge *merge, Status *status)
{
    bool durable = false;
    if (!part_set_open(&merge->set, merge->name, status) ||
        !check_options(merge, status) ||
        !parse_options(merge, &durable, status) || !check_target(merge, status))
        return NULL;
    describe_images(merge);
    merge->publication = publication_new(merge->target, durable, status);
    const bool ok = merge->publication != NULL && find_tiles(merge, status) &&
                    make_levels(merge, status) &&
                    add_statistics(merge, status) && write_files(merge, status);
    const GDALDatasetH result =
        ok ? copy_result_publish(merge->target, merge->publication,
                                 &merge->progress,
                                 target_can_seek(merge->target), status)
           : NULL;
    publication_free(merge->publication);
    if (result != NULL)
        report(merge);
    return result;
}

static void end(Merge *merge)
{
    merge_levels_end(&merge->levels);
    tile_spool_free(merge->spool);
    part_set_close(&merge->set);
    for (int i = 0; i < PIPELINE_IMAGES_MAX; i++) {
        free(merge->own[i].offsets);
        free(merge->own[i].nbytes);
    }
    free(merge->statistics);
}

GDALDatasetH merge_parts(const char *target, GDALDatasetH source,
                         CSLConstList options, GDALProgressFunc progress,
                         void *progress_data, Status *status)
{
    Merge *merge = calloc(1, sizeof *merge);
    if (merge == NULL) {
        status_fail(status, STATUS_NO_MEMORY, "out of memory");
        return NULL;
    }
    merge->target = target;
    merge->name = GDALGetDescription(source);
    merge->options = options;
    merge->progress = (CopyProgress){
        .report = progress, .data = progress_data, .tiles = 1, .spools = true};
    const GDALDatasetH result = run(merge, status);
    end(merge);
    free(merge);
    return result;
}
