/* SPDX-License-Identifier: MIT */
#include "lossless_copy.h"

#include <inttypes.h>
#include <stdlib.h>

#include "config.h"
#include "copied_tiles.h"
#include "cpl_conv.h"
#include "cpl_error.h"
#include "cpl_string.h"
#include "file_layout.h"
#include "option_table.h"

/** What is said that tiles of the source do not obey.
 * @return NULL: nothing; "": that none are wanted */
static const char *why_not_wanted(const FileSpec *file)
{
    const Options *options = &file->raster.options;
    const ImageSpec *image = &file->images[0];
    if (options->lossless_copy == LOSSLESS_COPY_NO)
        return "";
    if (file->told != NULL)
        return "a dataset of Create()";
    if (image->filter != NULL)
        return "DISCARD_LSB";
    if (image->replace_nan)
        return "NAN_TO_NODATA";
    if (image->predictor == PREDICTOR_AUTO)
        return "PREDICTOR=AUTO";
    if (options->lossless_copy == LOSSLESS_COPY_YES)
        return NULL;
    if (options->effort_named)
        return "a level or quality that is asked for";
    if (options->sparse_ok)
        return "SPARSE_OK=YES";
    return config_ignores_read_errors() ? "GTIFF_IGNORE_READ_ERRORS=YES" : NULL;
}

static bool has_holes(const LosslessImage *image)
{
    return image->copied_count < image->index.count;
}

/** @return what is needed of the pixels of a level that the source has */
static enum LosslessNeed need_of(const LosslessCopy *copy, const FileSpec *file,
                                 int level)
{
    const Options *options = &file->raster.options;
    const LosslessImage *images =
        &copy->images[(ptrdiff_t)level * file->image_count];
    const bool makes_levels = file->level_count > 1 && !file->overviews.taken;
    enum LosslessNeed need = NEEDS_NONE;
    if (options->verify ||
        (level == 0 && (makes_levels || options->statistics)))
        return NEEDS_ALL;
    for (int i = 0; i < file->image_count; i++) {
        if (images[i].copied == NULL)
            return NEEDS_ALL;
        if (lossless_image_rest(&images[i]) > 0)
            need = NEEDS_TILES;
    }
    return need;
}

/** Has the images say what is copied. */
static void tell(LosslessCopy *copy, FileSpec *file)
{
    for (int i = 0; i < file_spec_image_count(file); i++) {
        const LosslessImage *image = &copy->images[i];
        if (image->copied == NULL)
            continue;
        file->images[i].copied = image->copied;
        if (has_holes(image) &&
            !lossless_copy_reads(copy, i / file->image_count))
            file->images[i].accepts_empty = true;
        file->copying_nbytes +=
            (uint64_t)image->index.count * (TILE_INDEX_NBYTES + 1);
    }
    file->copying_nbytes +=
        lossless_files_held_nbytes(&copy->files) + FILE_LAYOUT_COPY_NBYTES +
        (uint64_t)file_spec_tile_count(file) * FILE_LAYOUT_TILE_NBYTES;
    file->reads_no_pixels = !lossless_copy_reads(copy, 0);
}

/** What names the file of a level: a file beside the source's has all
 * overviews, of which only the first says its name. */
static GDALDatasetH named_of(GDALDatasetH source, int level)
{
    const GDALRasterBandH first =
        level > 0 ? GDALGetOverview(GDALGetRasterBand(source, 1), 0) : NULL;
    const GDALDatasetH own = first != NULL ? GDALGetBandDataset(first) : NULL;
    return own != NULL && *GDALGetDescription(own) != '\0' ? own : source;
}

/** Finds what is copied of one image.
 * @return as find_images() */
static const char *find_image(LosslessCopy *copy, const FileSpec *file,
                              GDALDatasetH source, int image, Status *status)
{
    const int level = image / file->image_count;
    const bool differs = level > 0 && file->cog.overviews_differ;
    return lossless_image_find(
        &copy->images[image], &copy->files, &file->images[image],
        differs ? &file->overview.tags : &file->raster.tags,
        level > 0 ? file_spec_taken(file, level) : source,
        named_of(source, level), status);
}

/** Finds what is copied of masks and overviews: if nothing is, they are
 * encoded. */
static void find_others(LosslessCopy *copy, const FileSpec *file,
                        GDALDatasetH source, Status *status)
{
    const int count =
        file->image_count * (file->overviews.taken ? file->level_count : 1);
    for (int i = 1; status->code == STATUS_OK && i < count; i++) {
        const int files = copy->files.count;
        const char *why_not = find_image(copy, file, source, i, status);
        if (why_not == NULL || status->code != STATUS_OK)
            continue;
        CPLDebug("ROWBAND", "plan: no tiles of %s %d are copied: %s",
                 file->images[i].is_mask ? "the mask of level" : "level",
                 i / file->image_count, why_not);
        lossless_image_forget(&copy->images[i]);
        lossless_files_close(&copy->files, files);
    }
}

/** @return why nothing is copied, or NULL; or, with a failure, either */
static const char *find_images(LosslessCopy *copy, const FileSpec *file,
                               GDALDatasetH source, Status *status)
{
    const char *why_not = why_not_wanted(file);
    if (why_not == NULL)
        why_not = find_image(copy, file, source, 0, status);
    if (why_not == NULL && status->code == STATUS_OK)
        find_others(copy, file, source, status);
    return why_not;
}

/** Decides what is read of the levels of the source. */
static void choose_levels(LosslessCopy *copy, const FileSpec *file,
                          bool others_need_pixels)
{
    const int levels = file->overviews.taken ? file->level_count : 1;
    for (int level = 0; level < levels; level++)
        copy->needs[level] = level == 0 && others_need_pixels
                                 ? NEEDS_ALL
                                 : need_of(copy, file, level);
}

static const char *what_is_read(const LosslessCopy *copy)
{
    static const char *const said[] = {
        [NEEDS_ALL] = ", and decoded for what is made of them",
        [NEEDS_TILES] = ", and of the raster only the others are read",
        [NEEDS_NONE] = ", and the raster is not read"};
    return said[copy->needs[0]];
}

bool lossless_copy_begin(LosslessCopy *copy, FileSpec *file,
                         GDALDatasetH dataset, bool others_need_pixels,
                         Status *status)
{
    const char *why_not = find_images(copy, file, dataset, status);
    if (status->code != STATUS_OK)
        return false;
    if (why_not == NULL) {
        copy->active = true;
        choose_levels(copy, file, others_need_pixels);
        tell(copy, file);
        CPLDebug("ROWBAND", "plan: tiles are copied as they are%s",
                 what_is_read(copy));
        return true;
    }
    lossless_copy_end(copy);
    if (*why_not != '\0')
        CPLDebug("ROWBAND", "plan: no tiles are copied: %s", why_not);
    return file->raster.options.lossless_copy != LOSSLESS_COPY_YES ||
           status_fail(status, STATUS_UNSUPPORTED,
                       "LOSSLESS_COPY=YES: no tile can be copied, because of "
                       "%s",
                       why_not);
}

/** @return whether all that a level has at one place is copied */
static bool is_copied(const LosslessCopy *copy, const FileSpec *file, int level,
                      int64_t place)
{
    const ptrdiff_t first = (ptrdiff_t)level * file->image_count;
    const Layout *layout = &file->layouts[first];
    const int64_t places = layout->tiles_across * layout->tiles_down;
    for (int i = 0; i < file->image_count; i++)
        for (int plane = 0; plane < file->layouts[first + i].planes; plane++)
            if (!copy->images[first + i].copied[plane * places + place])
                return false;
    return true;
}

const Holes *lossless_copy_unneeded(LosslessCopy *copy, const FileSpec *file,
                                    int level, const Holes *holes)
{
    const Layout *layout = &file->layouts[(ptrdiff_t)level * file->image_count];
    const LayoutSpec *spec = &layout->spec;
    if (!copy->active || copy->needs[level] != NEEDS_TILES)
        return NULL;
    Holes *unneeded = holes_new_for_tiles(spec->width, spec->height,
                                          spec->tile_width, spec->tile_height);
    if (unneeded == NULL)
        return NULL;
    for (int64_t y = 0; y < layout->tiles_down; y++)
        for (int64_t x = 0; x < layout->tiles_across; x++) {
            const Window tile = layout_tile_window(layout, x, y);
            if (!holes_have(holes, &tile) &&
                !is_copied(copy, file, level, y * layout->tiles_across + x))
                holes_fill(unneeded, &tile);
        }
    holes_settle(unneeded);
    holes_free(copy->unneeded[level]);
    copy->unneeded[level] = unneeded;
    return unneeded;
}

/** The rows of tiles of a level that are made. */
static Span rows_of(const FileSpec *file, const LevelRows *rows, int level)
{
    const ptrdiff_t first = (ptrdiff_t)level * file->image_count;
    return rows != NULL ? rows[level].tiles
                        : level_rows_all(&file->layouts[first]).tiles;
}

int64_t lossless_copy_tiles_elsewhere(const LosslessCopy *copy,
                                      const FileSpec *file,
                                      const LevelRows *rows)
{
    int64_t tiles = 0;
    for (int i = 0; i < file_spec_image_count(file); i++) {
        const int level = i / file->image_count;
        const Layout *layout = &file->layouts[i];
        const uint8_t *copied = copy->images[i].copied;
        const Span made = rows_of(file, rows, level);
        const bool reads = lossless_copy_reads(copy, level);
        int64_t tile = -1;
        tiles += layout->tile_count;
        if (reads)
            tiles -= parts_tile_count(layout, &made);
        else if (!file->images[i].skip_empty)
            while ((tile = parts_next_tile(layout, &made, tile)) >= 0)
                tiles -= copied[tile] == 0;
    }
    return tiles;
}

/** Waits until one hole more may be on its way.
 * @return NULL with a reason */
static Buffer *take_turn(const LosslessCopy *copy, Pipeline *pipeline,
                         Status *status)
{
    Buffer *turn = NULL;
    int no_memory = 0;
    while (turn == NULL && pipeline_go_on(pipeline, status)) {
        turn = pool_take(copy->holes, PIPELINE_TICK_MS, &no_memory);
        if (no_memory) {
            status_fail(status, STATUS_NO_MEMORY, "out of memory");
            return NULL;
        }
    }
    return turn;
}

/** Hands over one hole. */
static bool put_hole(const LosslessCopy *copy, const FileSpec *file, int image,
                     int64_t tile, Pipeline *pipeline, Status *status)
{
    const Layout *layout = &file->layouts[image];
    const int64_t places = layout->tiles_across * layout->tiles_down;
    const int64_t place = tile % places;
    const TileJob job = {.image = image,
                         .plane = (int)(tile / places),
                         .tile_x = place % layout->tiles_across,
                         .tile_y = place / layout->tiles_across,
                         .payload = {.kind = PAYLOAD_EMPTY},
                         .owner = take_turn(copy, pipeline, status)};
    return job.owner != NULL && pipeline_put(pipeline, &job, status);
}

bool lossless_copy_put_rest(LosslessCopy *copy, const FileSpec *file,
                            const LevelRows *rows, Pipeline *pipeline,
                            Status *status)
{
    enum { ON_THEIR_WAY = 1024 };
    copy->holes = pool_new(1, ON_THEIR_WAY);
    bool ok = copy->holes != NULL ||
              status_fail(status, STATUS_NO_MEMORY, "out of memory");
    for (int i = 0; i < file_spec_image_count(file); i++) {
        const int level = i / file->image_count;
        const bool left_out =
            file->images[i].skip_empty || lossless_copy_reads(copy, level);
        const Span made = rows_of(file, rows, level);
        int64_t tile = -1;
        while (ok && !left_out &&
               (tile = parts_next_tile(&file->layouts[i], &made, tile)) >= 0)
            ok = copy->images[i].copied[tile] != 0 ||
                 put_hole(copy, file, i, tile, pipeline, status);
    }
    return ok;
}

void lossless_copy_keep_rows(LosslessCopy *copy, const FileSpec *file,
                             const LevelRows *rows)
{
    for (int i = 0; i < file_spec_image_count(file); i++) {
        LosslessImage *image = &copy->images[i];
        const Layout *layout = &file->layouts[i];
        const int64_t places = layout->tiles_across * layout->tiles_down;
        const Span *made = &rows[i / file->image_count].tiles;
        for (int64_t tile = 0;
             image->copied != NULL && tile < image->index.count; tile++) {
            const int64_t row = tile % places / layout->tiles_across;
            if (row < made->begin || row >= made->end)
                image->index.offsets[tile] = image->index.nbytes[tile] = 0;
        }
    }
}

/** Has the index of an image tell of the tiles that were encoded, too. */
static void add_encoded(LosslessImage *image, const TileIndex *encoded)
{
    for (int64_t tile = 0; tile < image->index.count; tile++)
        if (image->copied[tile] == 0) {
            image->index.offsets[tile] = encoded->offsets[tile];
            image->index.nbytes[tile] = encoded->nbytes[tile];
        }
}

static int64_t count_tiles(const TileIndex *index)
{
    int64_t count = 0;
    for (int64_t tile = 0; tile < index->count; tile++)
        count += index->nbytes[tile] > 0;
    return count;
}

bool lossless_copy_lay_out(LosslessCopy *copy, TileSpool *spool,
                           const TileIndex **index, Ifd *const *ifds,
                           int image_count, Status *status)
{
    bool ok = true;
    copy->files.spool = spool;
    for (int i = 0; i < image_count; i++)
        copy->encoded_count += count_tiles(index[i]);
    for (int i = 0; ok && i < image_count; i++) {
        LosslessImage *image = &copy->images[i];
        if (image->copied == NULL)
            continue;
        add_encoded(image, index[i]);
        index[i] = &image->index;
        ok = image->tables == NULL ||
             copied_tiles_take_tables(ifds[i], image->tables, status);
    }
    return ok;
}

TileStore lossless_copy_store(LosslessCopy *copy)
{
    return (TileStore){lossless_files_read, &copy->files};
}

void lossless_copy_report(const LosslessCopy *copy)
{
    int64_t copied = 0;
    for (int i = 0; i < PIPELINE_IMAGES_MAX; i++)
        copied += copy->images[i].copied_count;
    if (copy->active)
        CPLDebug("ROWBAND",
                 "result: %" PRId64 " tiles copied as they were, %" PRId64
                 " encoded",
                 copied, copy->encoded_count);
}

void lossless_copy_end(LosslessCopy *copy)
{
    for (int i = 0; i < PIPELINE_IMAGES_MAX; i++)
        lossless_image_forget(&copy->images[i]);
    for (int i = 0; i < LEVELS_MAX; i++)
        holes_free(copy->unneeded[i]);
    lossless_files_close(&copy->files, 0);
    if (copy->holes != NULL)
        pool_free(copy->holes);
    *copy = (LosslessCopy){.active = false};
}
