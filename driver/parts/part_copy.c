/* SPDX-License-Identifier: MIT */
#include "part_copy.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "cpl_conv.h"
#include "cpl_error.h"
#include "cpl_string.h"
#include "cpl_vsi.h"
#include "int_math.h"
#include "metadata_tag.h"
#include "part_kept.h"
#include "part_meaning.h"
#include "part_record.h"
#include "statistics_places.h"

PartsShape part_copy_shape(const FileSpec *file)
{
    return (PartsShape){.layouts = file->layouts,
                        .image_count = file->image_count,
                        .level_count = file->level_count,
                        .makes_levels =
                            file->level_count > 1 && !file->overviews.taken};
}

bool part_copy_begin(PartCopy *part, FileSpec *file, GDALDatasetH given,
                     CSLConstList options, bool has_masks, Status *status)
{
    part->part = file->raster.options.part;
    part->level_count = file->level_count;
    if (part->part.count == 0)
        return true;
    if (has_masks)
        return status_fail(status, STATUS_UNSUPPORTED,
                           "creation option PART is not supported for masks of "
                           "single bands");
    const PartsShape shape = part_copy_shape(file);
    parts_rows(&shape, &part->part, file->resampler, &file->resampling,
               part->rows);
    file->rows = part->rows;
    part->level_count = 1 + parts_top_level(&shape, part->part.count);
    part->keeps = part_kept_needed(file, part->level_count - 1);
    if (part->keeps &&
        !part_kept_describe(file, part->level_count - 1, part->kept, status))
        return false;
    part->options = part_options(options);
    part->digest = part_digest_of(file, given, part->options, &part->part);
    return true;
}

void part_copy_end(PartCopy *part)
{
    CSLDestroy(part->options);
    part->options = NULL;
    for (int i = 0; i < SWATH_IMAGES_MAX; i++)
        ifd_free(part->kept_tags[i]);
    free(part->images);
}

/** Rows of tiles of the part's highest level. */
static const Span *top_tiles(const PartCopy *part)
{
    return &part->rows[part->level_count - 1].tiles;
}

int64_t part_copy_kept_elsewhere(const PartCopy *part, const FileSpec *file)
{
    int64_t tiles = 0;
    for (int i = 0; part->keeps && i < file->image_count; i++)
        tiles += part->kept[i].layout.tile_count -
                 parts_tile_count(&part->kept[i].layout, top_tiles(part));
    return tiles;
}

bool part_copy_lay_out(PartCopy *part, const FileSpec *file,
                       const Pipeline *pipeline, FileLayout *layout,
                       const TileIndex **index, Status *status)
{
    const int of_levels = part->level_count * file->image_count;
    layout->level_count = part->level_count;
    layout->bigtiff = BIGTIFF_IF_NEEDED;
    layout->any_order = true;
    if (!part->keeps)
        return true;
    part->images = calloc(PIPELINE_IMAGES_MAX, sizeof *part->images);
    if (part->images == NULL)
        return status_fail(status, STATUS_NO_MEMORY, "out of memory");
    memcpy(part->images, file->images,
           (size_t)of_levels * sizeof *part->images);
    memcpy(part->ifds, layout->ifds, (size_t)of_levels * sizeof *part->ifds);
    for (int i = 0; i < file->image_count; i++) {
        part->kept_tags[i] = part_kept_tags(&part->kept[i], status);
        if (part->kept_tags[i] == NULL)
            return false;
        part->images[of_levels + i] = part->kept[i];
        index[of_levels + i] =
            pipeline_index(pipeline, file_spec_image_count(file) + i);
        part->ifds[of_levels + i] = part->kept_tags[i];
    }
    layout->images = part->images;
    layout->ifds = part->ifds;
    layout->level_count++;
    layout->aside = part->kept_at;
    return ifd_set_offsets(part->ifds[0], TAG_ROWBAND_KEPT, part->kept_at,
                           (uint64_t)file->image_count, status);
}

int64_t part_copy_tile_count(const PartCopy *part, const FileSpec *file)
{
    int64_t tiles = 0;
    if (part->part.count == 0)
        return file_spec_tile_count(file);
    for (int i = 0; part->keeps && i < file->image_count; i++)
        tiles += parts_tile_count(&part->kept[i].layout, top_tiles(part));
    for (int i = 0; i < file_spec_image_count(file); i++)
        tiles += parts_tile_count(&file->layouts[i],
                                  &part->rows[i / file->image_count].tiles);
    return tiles;
}

bool part_copy_reads(const PartCopy *part, int level)
{
    const Span *rows = &part->rows[level].pixels;
    return part->part.count == 0 || rows->begin < rows->end;
}

void part_copy_keep_to_tiles(PartCopy *part, const FileSpec *file)
{
    const LayoutSpec *spec = &file->layouts[0].spec;
    Span *rows = &part->rows[0].pixels;
    if (part->part.count == 0 || !file->decodes_copied)
        return;
    rows->begin -= rows->begin % spec->tile_height;
    rows->end =
        min64(divide_up(rows->end, spec->tile_height) * spec->tile_height,
              spec->height);
}

/** Rows of the first row of blocks that lie above the raster. */
static int64_t rows_above(const BlockGrid *grid)
{
    return grid->y0 > 0 ? grid->block_height - grid->y0 : 0;
}

/** Rows of blocks that rows of pixels touch. */
static Span blocks_of(const BlockGrid *grid, Span rows)
{
    const int64_t above = rows_above(grid);
    if (rows.begin >= rows.end)
        return (Span){0, 0};
    return (Span){(rows.begin + above) / grid->block_height,
                  divide_up(rows.end + above, grid->block_height)};
}

void part_copy_set_plan(const PartCopy *part, int level, Plan *plan)
{
    const BlockGrid *grid = &plan->grid;
    if (part->part.count == 0 || !part_copy_reads(part, level))
        return;
    const Span blocks = blocks_of(grid, part->rows[level].pixels);
    const int64_t above = rows_above(grid);
    const Span rows = {
        max64(blocks.begin * grid->block_height - above, 0),
        min64(blocks.end * grid->block_height - above, plan->height)};
    plan_set_rows(plan, &rows);
}

void part_copy_report(const PartCopy *part, const FileSpec *file,
                      const Plan *plan)
{
    if (part->part.count == 0)
        return;
    const LayoutSpec *spec = &file->layouts[0].spec;
    const Span *tiles = &part->rows[0].tiles, *read = &plan->rows;
    const Span own = parts_pixel_rows(spec, tiles);
    const Span own_blocks = blocks_of(&plan->grid, own);
    const Span blocks = blocks_of(&plan->grid, *read);
    const int64_t across = divide_up(
        plan->width +
            (plan->grid.x0 > 0 ? plan->grid.block_width - plan->grid.x0 : 0),
        plan->grid.block_width);
    /* Besides those of the halo, the row that the first cut goes through. */
    const bool cut =
        own.begin < own.end && own.begin > 0 &&
        blocks_of(&plan->grid, (Span){own.begin - 1, own.begin}).begin ==
            own_blocks.begin;
    const int64_t again =
        (blocks.end - blocks.begin) - (own_blocks.end - own_blocks.begin) + cut;
    CPLDebug("ROWBAND",
             "plan: part %d of %d, rows %" PRId64 " to %" PRId64
             " of levels 0 to %d; reads rows %" PRId64 " to %" PRId64
             ": %" PRId64 " of %" PRId64 " blocks are another part's, too",
             part->part.number, part->part.count, own.begin, own.end,
             part->level_count - 1, read->begin, read->end, again * across,
             (blocks.end - blocks.begin) * across);
}

/** What the run is; refers to @p file and @p ifds. */
static void fill_run(PartRun *run, const PartCopy *part, const FileSpec *file,
                     Ifd *const *ifds)
{
    memcpy(run->digest, part->digest.run, sizeof run->digest);
    run->count = part->part.count;
    run->options = part->options;
    run->resampling = CPLStrdup(file->cog.resampling);
    run->cog = file->cog.cog;
    run->interleave = file->raster.options.interleave;
    run->bigtiff = file_spec_bigtiff(file);
    run->image_count = file->image_count;
    run->level_count = file->level_count;
    run->top = part->level_count - 1;
    run->makes_levels = part_copy_shape(file).makes_levels;
    run->mask_of_bits = file->resampling.mask_of_bits;
    run->masks_stay_masks = file->resampling.masks_stay_masks;
    run->keeps = part->keeps;
    run->statistics = file->raster.options.statistics;
    for (int i = 0; i < file_spec_image_count(file); i++) {
        const ImageSpec *image = &file->images[i];
        run->images[i] = (PartImage){.layout = image->layout.spec,
                                     .compression = image->codec->tag,
                                     .predictor = image->predictor};
        run->ifds[i] = ifds[i];
    }
}

static bool note_meaning(PartRun *run, const FileSpec *file, Status *status)
{
    ByteWriter to = {.bytes = NULL};
    part_meaning_put(&to, file->raster.tags.proxy);
    run->meaning = to.bytes;
    run->meaning_nbytes = to.nbytes;
    return !to.failed || status_fail(status, STATUS_NO_MEMORY, "out of memory");
}

/** The run, and the name of the raster that sidecars are named after. */
typedef struct SidecarsOf {
    PartRun *run;
    const char *raster;
} SidecarsOf;

/** A SidecarVisit. */
static bool note_sidecar(void *user, const char *path, const uint8_t *bytes,
                         size_t nbytes, Status *status)
{
    const SidecarsOf *of = user;
    return part_run_add_sidecar(of->run, of->raster, CPLGetFilename(path),
                                bytes, nbytes, status);
}

/** The records of the tiles that the part has. */
static bool add_statistics(const PartCopy *part, const FileSpec *file, Ifd *ifd,
                           Status *status)
{
    const ImageSpec *image = &file->images[0];
    const size_t samples = (size_t)image->layout.samples_per_pixel;
    ByteWriter to = {.bytes = NULL};
    int64_t tile = -1;
    if (!file->raster.options.statistics)
        return true;
    while ((tile = parts_next_tile(&image->layout, &part->rows[0].tiles,
                                   tile)) >= 0)
        bytes_put(&to, image->statistics + (size_t)tile * samples,
                  samples * sizeof(Statistics));
    const bool ok =
        to.failed
            ? status_fail(status, STATUS_NO_MEMORY, "out of memory")
            : to.nbytes == 0 || ifd_set(ifd, TAG_ROWBAND_STATISTICS, IFD_BYTE,
                                        to.nbytes, to.bytes, status);
    free(to.bytes);
    return ok;
}

static bool add_item(Ifd *ifd, const char *name, const char *value,
                     Status *status)
{
    const MetadataItem item = {
        .name = name, .value = value, .domain = "ROWBAND_PART"};
    return metadata_tag_set(ifd, &item, status);
}

/** For whoever asks GDAL. */
static bool add_items(const PartCopy *part, const FileSpec *file, Ifd *ifd,
                      Status *status)
{
    const Span own =
        parts_pixel_rows(&file->layouts[0].spec, &part->rows[0].tiles);
    char which[32], levels[16], rows[64];
    snprintf(which, sizeof which, "%d/%d", part->part.number, part->part.count);
    snprintf(levels, sizeof levels, "%d", part->level_count);
    snprintf(rows, sizeof rows, "%" PRId64 ",%" PRId64, own.begin, own.end);
    return add_item(ifd, "PART", which, status) &&
           add_item(ifd, "RUN", part->digest.run, status) &&
           add_item(ifd, "DIGEST", part->digest.part, status) &&
           add_item(ifd, "LEVELS", levels, status) &&
           add_item(ifd, "ROWS", rows, status);
}

/** A SidecarVisit: leaves out what only the whole can say. */
static bool forget_places(void *user, const char *path, const uint8_t *bytes,
                          size_t nbytes, Status *status)
{
    char *filled = statistics_places_fill_file(bytes, nbytes, NULL);
    (void)user;
    (void)status;
    if (filled != NULL)
        (void)VSIFCloseL(
            VSIFileFromMemBuffer(path, (GByte *)filled, strlen(filled), TRUE));
    return true;
}

/** Has neither tags nor sidecars of the part say what only the whole can. */
static bool forget_all_places(const FileSpec *file, const char *target,
                              Ifd *ifd, Status *status)
{
    return gtiff_tags_each_sidecar(&file->raster.tags, target, forget_places,
                                   NULL, status) &&
           statistics_places_fill_tag(ifd, NULL, status);
}

bool part_copy_describe(PartCopy *part, FileSpec *file, const char *target,
                        Ifd *const *ifds, Status *status)
{
    PartRun *run = calloc(1, sizeof *run);
    const uint32_t number = (uint32_t)part->part.number;
    if (run == NULL)
        return status_fail(status, STATUS_NO_MEMORY, "out of memory");
    fill_run(run, part, file, ifds);
    SidecarsOf of = {run, CPLGetFilename(target)};
    const bool ok =
        note_meaning(run, file, status) &&
        gtiff_tags_each_sidecar(&file->raster.tags, target, note_sidecar, &of,
                                status) &&
        part_run_pack(run, ifds[0], status) &&
        (!run->statistics ||
         forget_all_places(file, target, ifds[0], status)) &&
        ifd_set(ifds[0], TAG_ROWBAND_PART, IFD_LONG, 1, &number, status) &&
        add_statistics(part, file, ifds[0], status) &&
        add_items(part, file, ifds[0], status);
    /* What the run refers to is not its own. */
    run->options = NULL;
    for (int i = 0; i < PIPELINE_IMAGES_MAX; i++)
        run->ifds[i] = NULL;
    part_run_free(run);
    free(run);
    return ok;
}
