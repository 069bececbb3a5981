/* SPDX-License-Identifier: MIT */
#include "lossless_image.h"

#include <math.h>
#include <stdlib.h>

#include "copied_tiles.h"
#include "dataset.h"
#include "error_trap.h"
#include "vrt_bottom.h"

/** What an image is copied from, and how it is described. */
typedef struct Finding {
    LosslessFiles *files;
    const GtiffTags *tags;
    const ImageSpec *spec;
    const Ifd *own;       /**< the output's directory of it */
    LosslessImage *image; /**< to be filled */
    int first;            /**< file of its first plane; -1: none so far */
} Finding;

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

/** JPEG's tables are those of the first file. */
static const char *check_tables(const Finding *finding, int number)
{
    const LosslessFile *at = finding->files->at;
    return copied_tiles_share_tables(at[finding->first].tags, at[number].tags)
               ? NULL
               : "JPEG's tables";
}

/** Notes where the tiles of a plane lie in the store.
 * @return why they are not copied, or NULL; or, with a failure, either */
static const char *place_plane(Finding *finding, int number,
                               const VrtBottom *bottom, int plane,
                               Status *status)
{
    const LosslessFile *file = &finding->files->at[number];
    const Layout *own = &finding->spec->layout;
    /* A tile of all bands is its first band's. */
    const int band = GDALGetBandNumber(bottom->band) - 1;
    const PlaneInOther at = {.plane = plane,
                             .other_plane =
                                 file->tiles.layout.planes > 1 ? band : 0,
                             .x = bottom->x,
                             .y = bottom->y,
                             .base = file->base};
    const char *why_not = NULL;
    Status why = {.code = STATUS_OK};
    bool same = true;
    if (!other_tiles_fit(&file->tiles, own, &at))
        return "where tiles begin and end";
    if (!other_tiles_place(&file->tiles, finding->spec, &at,
                           &finding->image->index, &why_not, &why))
        name_file(file, &why, status);
    else if (why_not == NULL &&
             tiff_file_compare(file->file, bottom->band, &file->tiles, own, &at,
                               &same, status) &&
             !same)
        why_not = "a source that is not the file that its name means now";
    return why_not;
}

/** Finds the tiles of a plane that shows a band as it is.
 * @return as place_plane() */
static const char *find_plane(Finding *finding, const VrtBottom *bottom,
                              int plane, Status *status)
{
    const char *why_not = NULL;
    const int number = lossless_files_find(
        finding->files, bottom, finding->spec, finding->own, &why_not, status);
    if (number < 0)
        return why_not;
    if (finding->first < 0)
        finding->first = number;
    why_not = check_tables(finding, number);
    if (!finding->spec->is_mask &&
        !holes_are_empty(finding->tags, bottom->band))
        finding->image->holes_are_other = true;
    return why_not != NULL
               ? why_not
               : place_plane(finding, number, bottom, plane, status);
}

/** @return whether a tile of all bands shows those of one file, in their order
 */
static bool is_of_one_file(const VrtBottom *first, const VrtBottom *bottom,
                           int band)
{
    return bottom->dataset == first->dataset && bottom->x == first->x &&
           bottom->y == first->y && GDALGetBandNumber(bottom->band) == band;
}

/** Follows a band of the source down, in silence: what fails will fail again
 * when it is read. */
static bool follow(GDALDatasetH dataset, GDALRasterBandH band,
                   VrtBottom *bottom)
{
    ErrorTrap trap;
    error_trap_begin(&trap, TRAP_ALL);
    const bool found = vrt_bottom_find(dataset, band, bottom);
    error_trap_end(&trap);
    return found;
}

/** Finds the tiles of all planes of an image.
 * @return as place_plane() */
static const char *find_planes(Finding *finding, GDALDatasetH dataset,
                               GDALDatasetH source, Status *status)
{
    const GDALRasterBandH mask =
        finding->spec->is_mask ? dataset_mask(dataset) : NULL;
    const Layout *layout = &finding->spec->layout;
    const char *why_not = NULL;
    VrtBottom first = {.band = NULL};
    for (int band = 1; why_not == NULL && status->code == STATUS_OK &&
                       band <= layout->spec.bands;
         band++) {
        VrtBottom bottom;
        if (!follow(source,
                    mask != NULL ? mask : GDALGetRasterBand(dataset, band),
                    &bottom))
            return "what a VRT makes of its sources";
        if (band == 1)
            first = bottom;
        if (layout->samples_per_pixel > 1 &&
            !is_of_one_file(&first, &bottom, band))
            return "the order of bands";
        if (layout->planes > 1 || band == 1)
            why_not = find_plane(finding, &bottom, band - 1, status);
    }
    return why_not;
}

static bool make_index(TileIndex *index, int64_t count)
{
    *index = (TileIndex){calloc((size_t)count, sizeof *index->offsets),
                         calloc((size_t)count, sizeof *index->nbytes), count};
    return index->offsets != NULL && index->nbytes != NULL;
}

/** Notes which tiles there are. */
static bool note_tiles(LosslessImage *image, Status *status)
{
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

/** JPEG's tables become the source's, unless other tiles go by the output's. */
static const char *choose_tables(const Finding *finding)
{
    LosslessImage *image = finding->image;
    const Ifd *theirs = finding->files->at[finding->first].tags;
    const bool all =
        finding->spec->skip_empty || image->copied_count == image->index.count;
    if (copied_tiles_share_tables(theirs, finding->own))
        return NULL;
    image->tables = theirs;
    return all ? NULL : "JPEG's tables";
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
                       .image = image,
                       .first = -1};
    if (!make_index(&image->index, spec->layout.tile_count)) {
        status_fail(status, STATUS_NO_MEMORY, "out of memory");
        return NULL;
    }
    const char *why_not = find_planes(&finding, dataset, source, status);
    if (why_not != NULL || status->code != STATUS_OK ||
        !note_tiles(image, status))
        return why_not;
    return image->copied_count > 0 ? choose_tables(&finding)
                                   : "no tile in the file";
}

void lossless_image_forget(LosslessImage *image)
{
    free(image->index.offsets);
    free(image->index.nbytes);
    free(image->copied);
    *image = (LosslessImage){.copied = NULL};
}
