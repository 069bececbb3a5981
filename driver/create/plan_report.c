/* SPDX-License-Identifier: MIT */
#include "plan_report.h"

#include <string.h>

#include "copy_result.h"
#include "cpl_conv.h"
#include "encoder.h"
#include "json_text.h"
#include "output_file.h"
#include "plan_passes.h"
#include "publication.h"
#include "target.h"
#include "told_blocks.h"
#include "versions.h"

static void add_places(JsonText *json, const ToldBlocks *told)
{
    json_text_begin_array(json, "places");
    for (int i = 0; i < told->place_count; i++) {
        const ToldPlace *place = &told->places[i];
        json_text_begin_object(json, NULL);
        plan_passes_add_window(json, "window", &place->window);
        plan_passes_add_grid(json, &place->grid);
        json_text_add_bool(json, "exact", place->exact);
        json_text_end(json);
    }
    json_text_end(json);
}

static const char *driver_name(GDALDatasetH dataset)
{
    const GDALDriverH driver = GDALGetDatasetDriver(dataset);
    return driver != NULL ? GDALGetDescription(driver) : NULL;
}

/** What is told of blocks, dataset by dataset. */
typedef struct BlocksTold {
    JsonText *json;
    int level;       /**< of the file */
    int64_t count;   /**< of entries */
    int64_t decodes; /**< at most; below zero: not known */
    bool exact;
} BlocksTold;

/** A ToldBlocksVisit. */
static void add_blocks(void *user, const ToldBlocks *told)
{
    BlocksTold *all = user;
    JsonText *json = all->json;
    all->exact = all->exact && told->exact;
    all->decodes = all->decodes < 0 || told->decodes < 0
                       ? -1
                       : all->decodes + told->decodes;
    if (all->count++ >= PLAN_LISTED_MAX)
        return;
    json_text_begin_object(json, NULL);
    json_text_add_string(json, "name", GDALGetDescription(told->dataset));
    json_text_add_string(json, "driver", driver_name(told->dataset));
    json_text_add_integer(json, "level", all->level);
    json_text_add_string(json, "of", told->of_mask ? "mask" : "bands");
    json_text_add_integer(json, "width", told->width);
    json_text_add_integer(json, "height", told->height);
    json_text_add_integer(json, "block_width", told->block_width);
    json_text_add_integer(json, "block_height", told->block_height);
    json_text_add_bool(json, "bands_apart", told->apart);
    plan_passes_add_count(json, "decodes_at_most", told->decodes);
    json_text_add_bool(json, "exact", told->exact);
    add_places(json, told);
    json_text_end(json);
}

/** Of levels that are not read nothing is decoded. */
static void add_level(BlocksTold *told, const Copy *copy, int level,
                      const Source *source, const Plan *plan)
{
    Window region = {.width = plan->width, .height = plan->height};
    if (plan->rows.end > 0) {
        region.y = plan->rows.begin;
        region.height = plan->rows.end - plan->rows.begin;
    }
    told->level = level;
    if (copy_reads_level(copy, level))
        source_tell_blocks(source, &region, add_blocks, told);
}

/** @return whether nothing is decoded besides the passes, or left out of them:
 * holes, tiles that are copied, masks of single bands, and the first tile,
 * which another part has and PREDICTOR=AUTO looks at */
static bool passes_decode_all(const Copy *copy)
{
    return copy->file.holes == NULL && !copy->lossless.active &&
           !copy->has_masks &&
           !(copy->file.images[0].predictor == PREDICTOR_AUTO &&
             part_copy_begins_later(&copy->part));
}

static void add_blocks_of_levels(JsonText *json, const Copy *copy)
{
    const FileSpec *file = &copy->file;
    BlocksTold told = {.json = json, .exact = passes_decode_all(copy)};
    json_text_begin_array(json, "blocks");
    add_level(&told, copy, 0, copy->source, &copy->plan);
    for (int i = 0; i < copy->taken.count; i++)
        add_level(&told, copy, i + 1, copy->taken.levels[i].source,
                  &copy->taken.levels[i].plan);
    json_text_end(json);
    const int64_t late = (int64_t)source_late_files(copy->source);
    json_text_add_integer(json, "blocks_entries", told.count);
    json_text_add_integer(json, "files_opened_when_needed", late);
    plan_passes_add_count(json, "decodes_at_most",
                          told.decodes < 0 ? -1 : told.decodes + late);
    json_text_add_bool(json, "decodes_exact", told.exact && late == 0);
    json_text_add_bool(json, "decoded_from_copied_tiles", file->decodes_copied);
    json_text_add_bool(json, "holes_known", file->holes != NULL);
}

static void add_source(JsonText *json, const Copy *copy)
{
    const LayoutSpec *spec = &copy->file.layouts[0].spec;
    json_text_begin_object(json, "source");
    json_text_add_string(json, "name", copy->source_name);
    json_text_add_string(json, "driver", driver_name(copy->dataset));
    json_text_add_integer(json, "width", spec->width);
    json_text_add_integer(json, "height", spec->height);
    json_text_add_integer(json, "bands", spec->bands);
    json_text_add_string(json, "type",
                         GDALGetDataTypeName(copy->file.raster.tags.type));
    add_blocks_of_levels(json, copy);
    json_text_end(json);
}

static void add_levels(JsonText *json, const FileSpec *file)
{
    json_text_begin_array(json, "levels");
    for (int i = 0; i < file->level_count; i++) {
        const Layout *layout = &file->layouts[(ptrdiff_t)i * file->image_count];
        json_text_begin_object(json, NULL);
        json_text_add_integer(json, "width", layout->spec.width);
        json_text_add_integer(json, "height", layout->spec.height);
        json_text_add_integer(json, "tile_width", layout->spec.tile_width);
        json_text_add_integer(json, "tile_height", layout->spec.tile_height);
        json_text_add_bool(json, "strips", layout->spec.strips);
        json_text_add_integer(json, "tiles_across", layout->tiles_across);
        json_text_add_integer(json, "tiles_down", layout->tiles_down);
        json_text_add_integer(json, "planes", layout->planes);
        json_text_end(json);
    }
    json_text_end(json);
}

/** Tiles that are copied as they are, or lie in holes. */
static int64_t tiles_copied(const Copy *copy)
{
    return lossless_copy_tiles_elsewhere(&copy->lossless, &copy->file,
                                         part_copy_rows(&copy->part));
}

static void add_file(JsonText *json, const Copy *copy)
{
    const FileSpec *file = &copy->file;
    json_text_begin_object(json, "file");
    json_text_add_string(json, "layout", file->cog.cog ? "COG" : "GTIFF");
    json_text_add_string(json, "compress", file->raster.options.compress);
    json_text_add_string(json, "interleave",
                         file->layouts[0].spec.planar ? "BAND" : "PIXEL");
    json_text_add_bool(json, "mask", file->image_count > 1);
    json_text_add_string(json, "overviews",
                         file->level_count == 1  ? "none"
                         : file->overviews.taken ? "taken"
                                                 : "made");
    add_levels(json, file);
    json_text_add_integer(json, "tiles",
                          part_copy_tile_count(&copy->part, file));
    json_text_add_integer(json, "tiles_copied", tiles_copied(copy));
    json_text_end(json);
}

static void add_memory(JsonText *json, const Copy *copy)
{
    const uint64_t budget = copy->file.raster.options.budget_nbytes;
    const uint64_t peak = plan_passes_peak_nbytes(copy);
    json_text_begin_object(json, "memory");
    plan_passes_add_nbytes(json, "budget_nbytes", budget);
    plan_passes_add_nbytes(json, "predicted_nbytes", peak);
    json_text_add_bool(json, "over_budget",
                       peak > budget && !copy->file.reads_no_pixels);
    json_text_end(json);
}

/** Of all tiles uncompressed. */
static uint64_t raw_nbytes(const RawStage *stage)
{
    uint64_t nbytes = 0;
    for (int i = 0;
         stage->spec != NULL && i < file_spec_image_count(stage->spec); i++)
        nbytes += (uint64_t)stage->spec->layouts[i].tile_count *
                  stage->spec->layouts[i].tile_nbytes;
    return nbytes;
}

/** Nameless files beside the target, at most: compression makes them smaller.
 */
static void add_disk(JsonText *json, const Copy *copy)
{
    const FileSpec *file = &copy->file;
    const BandGroups *groups = &copy->groups;
    const int64_t tiles =
        part_copy_tile_count(&copy->part, file) - tiles_copied(copy);
    const uint64_t bound =
        encoder_bound(file->images, file_spec_image_count(file));
    json_text_begin_object(json, "disk");
    const bool spools = !copy_is_in_order(copy);
    json_text_add_bool(json, "spool", spools);
    plan_passes_add_nbytes(json, "spool_nbytes_at_most",
                           spools ? (uint64_t)tiles * bound : 0);
    plan_passes_add_nbytes(json, "raw_tiles_nbytes",
                           groups->active ? raw_nbytes(&groups->gathered) +
                                                raw_nbytes(&groups->grouped)
                                          : 0);
    json_text_end(json);
}

static void add_rows(JsonText *json, const char *name, const Span *rows)
{
    json_text_begin_array(json, name);
    json_text_add_integer(json, NULL, rows->begin);
    json_text_add_integer(json, NULL, rows->end);
    json_text_end(json);
}

/** PART=i/n: which rows of the raster are whose, and what pixels each needs, of
 * which whole blocks are read. */
static void add_part(JsonText *json, const Copy *copy, int number)
{
    const FileSpec *file = &copy->file;
    const PartsShape shape = part_copy_shape(file);
    const Part part = {.number = number, .count = copy->part.part.count};
    LevelRows rows[LEVELS_MAX];
    parts_rows(&shape, &part, file->resampler, &file->resampling, rows);
    const Span made = parts_pixel_rows(&file->layouts[0].spec, &rows[0].tiles);
    json_text_begin_object(json, NULL);
    json_text_add_integer(json, "part", number);
    add_rows(json, "rows", &made);
    add_rows(json, "rows_needed", &rows[0].pixels);
    json_text_end(json);
}

static void add_parts(JsonText *json, const Copy *copy)
{
    const Part *part = &copy->part.part;
    if (part->count == 0)
        return;
    json_text_add_integer(json, "part", part->number);
    json_text_add_integer(json, "part_count", part->count);
    json_text_add_integer(json, "part_levels", copy->part.level_count);
    json_text_add_string(json, "part_run", copy->part.digest.run);
    json_text_add_string(json, "part_digest", copy->part.digest.part);
    json_text_begin_array(json, "parts");
    for (int i = 1; i <= part->count && i <= PLAN_LISTED_MAX; i++)
        add_part(json, copy, i);
    json_text_end(json);
}

static char *make_text(const Copy *copy)
{
    JsonText *json = json_text_new();
    json_text_add_string(json, "driver", rowband_version());
    json_text_add_string(json, "gdal", GDALVersionInfo("RELEASE_NAME"));
    json_text_add_integer(json, "listed_at_most", PLAN_LISTED_MAX);
    add_source(json, copy);
    add_file(json, copy);
    plan_passes_add(json, copy);
    add_memory(json, copy);
    add_disk(json, copy);
    add_parts(json, copy);
    return json_text_finish(json);
}

bool plan_report_check_target(const char *target, Status *status)
{
    return EQUAL(CPLGetExtension(target), "json") ||
           target_is_special(target) ||
           status_fail(status, STATUS_INVALID,
                       "PLAN=YES writes what would be done to the target, as "
                       "JSON: give that a name that ends in .json");
}

/** The first bytes are what an OutputFile has for its header. */
static bool write_text(StagedFile *file, const char *text, Status *status)
{
    enum { FIRST_NBYTES = 8 };
    OutputFile *output = output_file_open(file, FIRST_NBYTES, status);
    if (output == NULL)
        return false;
    if (output_file_set_header(output, text, status) &&
        output_file_append(output, text + FIRST_NBYTES,
                           strlen(text) - FIRST_NBYTES, status) &&
        output_file_append(output, "\n", 1, status))
        return output_file_close(output, status);
    output_file_discard(output);
    return false;
}

bool plan_report_write(Copy *copy, Status *status)
{
    const char *target = copy->target;
    char *text = make_text(copy);
    if (text == NULL)
        return status_fail(status, STATUS_NO_MEMORY, "out of memory");
    Publication *publication = publication_new(target, false, status);
    const bool ok = publication != NULL &&
                    write_text(publication_raster(publication), text, status) &&
                    publication_take_names(publication, status);
    if (ok)
        publication_keep(publication);
    publication_free(publication);
    CPLFree(text);
    if (!ok)
        return false;
    copy->result = copy_result_nothing();
    return copy->result != NULL ||
           status_fail(status, STATUS_NO_MEMORY, "out of memory");
}
