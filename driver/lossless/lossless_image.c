/* SPDX-License-Identifier: MIT */
#include "lossless_image.h"

#include <math.h>
#include <stdlib.h>

#include "copied_tiles.h"
#include "dataset.h"
#include "tile_cover.h"
#include "vrt_pieces.h"

/* If none of so many pieces has tiles that can be copied, nor have the rest. */
enum { TRIED_MAX = 256 };

/** What an image is copied from, and how it is described. */
typedef struct Finding {
    LosslessFiles *files;
    const GtiffTags *tags;
    const ImageSpec *spec;
    const Ifd *own;       /**< the output's directory of it */
    LosslessImage *image; /**< to be filled; its tables are the first file's */
    OtherTilesCount count;
    int tried;            /**< pieces */
    bool others_than_own; /**< whether tiles were found that do not decode with
                               the output's tables of JPEG's */
    bool others_than_first; /**< likewise with the first file's */
    const char *why_not;    /**< the first reason that was found */
} Finding;

static void note_reason(Finding *finding, const char *why_not)
{
    if (finding->why_not == NULL)
        finding->why_not = why_not;
}

/** @return whether GTiff gives holes of a band the value that those of the
 * output are taken to have */
static bool holes_are_empty(const GtiffTags *tags, GDALRasterBandH band)
{
    int has = FALSE;
    /* Those of 64 bits do not all fit a double. */
    if (tags->type == GDT_Int64 || tags->type == GDT_UInt64)
        return false;
    const double value = GDALGetRasterNoDataValue(band, &has);
    return (has != FALSE) == tags->has_nodata &&
           (!has || value == tags->nodata_value ||
            (isnan(value) && isnan(tags->nodata_value)));
}

/** Says which file a failure is of. */
static void name_file(const LosslessFile *file, const Status *why,
                      Status *status)
{
    if (why->code == STATUS_READ)
        status_fail(status, why->code, "%s: %s", tiff_file_name(file->file),
                    why->message);
    else
        status_merge(status, why);
}

/** Keeps what a directory says, but for where its tiles lie. */
static void keep_tables(LosslessImage *image, FoundTiles *found)
{
    static const uint16_t others[] = {TAG_STRIP_OFFSETS, TAG_STRIP_BYTE_COUNTS,
                                      TAG_TILE_OFFSETS, TAG_TILE_BYTE_COUNTS};
    image->tables = found->tags;
    found->tags = NULL;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        ifd_remove(image->tables, others[i]);
}

/** JPEG's tables are those of the output, or of the first file.
 * @param[in,out] found whose tags go into the image if they are the first */
static bool check_tables(Finding *finding, FoundTiles *found)
{
    LosslessFile *file = &finding->files->at[found->number];
    LosslessImage *image = finding->image;
    file->own_tables = copied_tiles_share_tables(found->tags, finding->own);
    const bool first = image->tables == NULL ||
                       copied_tiles_share_tables(found->tags, image->tables);
    if (!file->own_tables && !first)
        return false;
    finding->others_than_own |= !file->own_tables;
    finding->others_than_first |= !first;
    if (image->tables == NULL)
        keep_tables(image, found);
    return true;
}

/** Notes where tiles lie in the store that show a file's.
 * @return why they are not copied, or NULL; or, with a failure, either */
static const char *place(Finding *finding, FoundTiles *found,
                         const VrtBottom *bottom, PlaneInOther *at,
                         Status *status)
{
    const LosslessFile *file = &finding->files->at[found->number];
    const Layout *own = &finding->spec->layout;
    OtherTilesCount count = {0};
    Status why = {.code = STATUS_OK};
    bool same = true;
    /* A tile of all bands is its first band's. */
    at->other_plane = found->tiles.layout.planes > 1
                          ? GDALGetBandNumber(bottom->band) - 1
                          : 0;
    at->x = bottom->x;
    at->y = bottom->y;
    at->base = found->base;
    if (!other_tiles_fit(&found->tiles, own, at))
        return "where tiles begin and end";
    if (!tiff_file_compare(file->file, bottom->band, &found->tiles, own, at,
                           &same, status))
        return NULL;
    if (!same)
        return "a source that is not the file that its name means now";
    if (!check_tables(finding, found))
        return "JPEG's tables";
    if (!other_tiles_place(&found->tiles, finding->spec, at,
                           &finding->image->index, &count, &why))
        name_file(file, &why, status);
    finding->count.placed += count.placed;
    if (finding->spec->is_mask || holes_are_empty(finding->tags, bottom->band))
        finding->count.holes += count.holes;
    return count.why_not;
}

/** Finds the tiles that show a piece.
 * @param at plane, places, shown and number are set */
static void find_piece(Finding *finding, const VrtPieces *pieces,
                       PlaneInOther *at, Status *status)
{
    VrtBottom bottom;
    FoundTiles found = {.number = -1};
    const char *why_not = NULL;
    finding->tried++;
    if (!vrt_pieces_open(pieces, at->number, &bottom, status))
        why_not = "what a VRT makes of its sources";
    else
        why_not = lossless_files_find(finding->files, &bottom, finding->spec,
                                      finding->own, &found, status);
    if (why_not == NULL && status->code == STATUS_OK)
        why_not = place(finding, &found, &bottom, at, status);
    if (why_not != NULL)
        note_reason(finding, why_not);
    lossless_files_found_free(&found);
    vrt_pieces_close(&bottom);
}

static bool shows(const Layout *layout, const PlaneInOther *at)
{
    for (int64_t y = at->places.y; y < window_bottom(&at->places); y++)
        for (int64_t x = at->places.x; x < window_right(&at->places); x++)
            if (at->shown[y * layout->tiles_across + x] == at->number)
                return true;
    return false;
}

/** Finds the tiles of a plane.
 * @param shown which tiles show which piece */
static void find_plane(Finding *finding, const VrtPieces *pieces,
                       const int32_t *shown, int plane, Status *status)
{
    const Layout *layout = &finding->spec->layout;
    const int count = vrt_pieces_count(pieces);
    bool any = false;
    for (int i = 0; status->code == STATUS_OK && i < count; i++) {
        const Window pixels = vrt_pieces_at(pieces, i);
        PlaneInOther at = {.plane = plane,
                           .places = tile_cover_touched(layout, &pixels),
                           .shown = shown,
                           .number = i};
        if (finding->tried >= TRIED_MAX && finding->count.placed == 0)
            return;
        if (!shows(layout, &at))
            continue;
        any = true;
        find_piece(finding, pieces, &at, status);
    }
    if (!any)
        note_reason(finding, "what a VRT makes of its sources");
}

/** Tiles of all bands show one file's, and its bands in their order: others are
 * taken out of @p shown. */
static void compare_bands(Finding *finding, const VrtPieces *first,
                          int32_t *shown, const VrtPieces *other,
                          const int32_t *other_shown, int band)
{
    const Layout *layout = &finding->spec->layout;
    const int64_t places = layout->tiles_across * layout->tiles_down;
    int32_t known = -1;
    bool alike = false;
    for (int64_t i = 0; i < places; i++) {
        if (shown[i] < 0)
            continue;
        if (shown[i] != known) {
            known = shown[i];
            alike = vrt_pieces_alike(first, other, known, band);
        }
        if (alike && other_shown[i] == known)
            continue;
        shown[i] = TILE_COVER_MIXED;
        note_reason(finding, "the order of bands");
    }
}

/** Leaves of the first band's what holds for all bands of a tile: each is held
 * against that one.
 * @return false if a band cannot be followed, or there is no memory */
static bool compare_all_bands(Finding *finding, VrtPieces *first,
                              GDALDatasetH dataset, GDALDatasetH source,
                              Status *status)
{
    const Layout *layout = &finding->spec->layout;
    for (int band = 2; band <= layout->samples_per_pixel; band++) {
        VrtPieces *other = vrt_pieces_new(
            source, GDALGetRasterBand(dataset, band), layout, status);
        if (other == NULL)
            return false;
        compare_bands(finding, first, vrt_pieces_shown(first), other,
                      vrt_pieces_shown(other), band);
        vrt_pieces_free(other);
    }
    return true;
}

/** Finds the tiles of all planes of an image. */
static void find_planes(Finding *finding, GDALDatasetH dataset,
                        GDALDatasetH source, Status *status)
{
    const Layout *layout = &finding->spec->layout;
    const GDALRasterBandH mask =
        finding->spec->is_mask ? dataset_mask(dataset) : NULL;
    for (int plane = 0; status->code == STATUS_OK && plane < layout->planes;
         plane++) {
        VrtPieces *pieces = vrt_pieces_new(
            source, mask != NULL ? mask : GDALGetRasterBand(dataset, plane + 1),
            layout, status);
        const bool known =
            pieces != NULL &&
            (layout->samples_per_pixel == 1 ||
             compare_all_bands(finding, pieces, dataset, source, status));
        if (known)
            find_plane(finding, pieces, vrt_pieces_shown(pieces), plane,
                       status);
        else
            note_reason(finding, "what a VRT makes of its sources");
        vrt_pieces_free(pieces);
    }
}

static bool make_index(TileIndex *index, int64_t count)
{
    *index = (TileIndex){calloc((size_t)count, sizeof *index->offsets),
                         calloc((size_t)count, sizeof *index->nbytes), count};
    return index->offsets != NULL && index->nbytes != NULL;
}

/** Leaves out tiles that do not decode with the output's tables. */
static void drop_other_tables(Finding *finding)
{
    TileIndex *index = &finding->image->index;
    for (int64_t i = 0; i < index->count; i++)
        if (index->nbytes[i] > 0 &&
            !lossless_files_at(finding->files, index->offsets[i])->own_tables) {
            index->offsets[i] = index->nbytes[i] = 0;
            note_reason(finding, "JPEG's tables");
        }
}

/** JPEG's tables become the first file's, if all tiles go by those. */
static void choose_tables(Finding *finding)
{
    LosslessImage *image = finding->image;
    const OtherTilesCount *count = &finding->count;
    const int64_t left_out = finding->spec->skip_empty ? count->holes : 0;
    const bool all = count->placed + left_out == image->index.count;
    if (finding->others_than_own && all && !finding->others_than_first)
        return;
    if (finding->others_than_own)
        drop_other_tables(finding);
    ifd_free(image->tables);
    image->tables = NULL;
}

/** Notes which tiles there are. */
static bool note_tiles(Finding *finding, Status *status)
{
    LosslessImage *image = finding->image;
    image->hole_count = finding->count.holes;
    image->copied = calloc((size_t)image->index.count, 1);
    if (image->copied == NULL)
        return status_fail(status, STATUS_NO_MEMORY, "out of memory");
    for (int64_t i = 0; i < image->index.count; i++)
        if (image->index.nbytes[i] > 0) {
            image->copied[i] = 1;
            image->copied_count++;
        }
    return true;
}

const char *lossless_image_find(LosslessImage *image, LosslessFiles *files,
                                const ImageSpec *spec, const GtiffTags *tags,
                                GDALDatasetH dataset, GDALDatasetH source,
                                Status *status)
{
    Finding finding = {.files = files,
                       .tags = tags,
                       .spec = spec,
                       .own = spec->is_mask ? tags->mask : tags->image,
                       .image = image};
    if (!make_index(&image->index, spec->layout.tile_count)) {
        status_fail(status, STATUS_NO_MEMORY, "out of memory");
        return NULL;
    }
    find_planes(&finding, dataset, source, status);
    if (status->code != STATUS_OK)
        return NULL;
    choose_tables(&finding);
    if (!note_tiles(&finding, status) || image->copied_count > 0)
        return NULL;
    return finding.why_not != NULL ? finding.why_not : "no tile in the file";
}

void lossless_image_forget(LosslessImage *image)
{
    free(image->index.offsets);
    free(image->index.nbytes);
    free(image->copied);
    ifd_free(image->tables);
    *image = (LosslessImage){.copied = NULL};
}
