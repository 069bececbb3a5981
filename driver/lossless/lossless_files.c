/* SPDX-License-Identifier: MIT */
#include "lossless_files.h"

#include <stdlib.h>
#include <string.h>

#include "file_layout.h"
#include "hash.h"

/* Where files lie in the store: the spool first, and each of the others from a
 * multiple of this on. */
enum { FILE_SHIFT = 44, FILES_MAX = (1 << (64 - FILE_SHIFT)) - 1 };
static const uint64_t file_nbytes_max = (uint64_t)1 << FILE_SHIFT;

/** @return whether GDAL shows samples as they are encoded, and not as colours
 * (frmts/gtiff/geotiff.cpp: CONVERT_YCBCR_TO_RGB) */
static bool is_raw_colour(GDALRasterBandH band)
{
    const GDALColorInterp meaning = GDALGetRasterColorInterpretation(band);
    return meaning >= GCI_YCbCr_YBand && meaning <= GCI_YCbCr_CrBand;
}

/** Of a name and what it is the file of. */
static size_t hash_of(const char *name, const ImageSpec *image)
{
    const uint64_t hash =
        hash_add(hash_begin() ^ (uintptr_t)image, name, strlen(name));
    return (size_t)(hash ^ hash >> 32);
}

/** Where a file of that name is noted, or would be. */
static int *slot_of(const LosslessFiles *files, const char *name,
                    const ImageSpec *image)
{
    size_t i = hash_of(name, image) % files->named_count;
    for (;; i = (i + 1) % files->named_count) {
        const int number = files->named[i] - 1;
        if (number < 0 ||
            (files->at[number].image == image &&
             strcmp(tiff_file_name(files->at[number].file), name) == 0))
            return &files->named[i];
    }
}

static void note_names(LosslessFiles *files)
{
    memset(files->named, 0, files->named_count * sizeof *files->named);
    for (int i = 0; i < files->count; i++)
        *slot_of(files, tiff_file_name(files->at[i].file), files->at[i].image) =
            i + 1;
}

static bool make_room(LosslessFiles *files, Status *status)
{
    if (files->count < files->capacity)
        return true;
    const int capacity = 2 * files->capacity + 8;
    const size_t named_count = 2 * (size_t)capacity + 1;
    LosslessFile *at = realloc(files->at, (size_t)capacity * sizeof *files->at);
    if (at != NULL)
        files->at = at;
    int *named = realloc(files->named, named_count * sizeof *files->named);
    if (named != NULL)
        files->named = named;
    if (at == NULL || named == NULL)
        return status_fail(status, STATUS_NO_MEMORY, "out of memory");
    files->capacity = capacity;
    files->named_count = named_count;
    note_names(files);
    return true;
}

/** Notes that a file, which is open, was used; the one longest unused rests if
 * they are too many. */
static void note_use(LosslessFiles *files, int number)
{
    int i = 0;
    while (i < files->open_count && files->open[i] != number)
        i++;
    if (i == LOSSLESS_FILES_OPEN)
        tiff_file_rest(files->at[files->open[--i]].file);
    else if (i == files->open_count)
        files->open_count++;
    memmove(&files->open[1], &files->open[0],
            (size_t)i * sizeof files->open[0]);
    files->open[0] = number;
}

/** Opens a file that is not known yet.
 * @return -1 with a reason, or with a failure */
static int add_file(LosslessFiles *files, const VrtBottom *bottom,
                    const ImageSpec *image, const char **why_not,
                    Status *status)
{
    if (files->count == FILES_MAX) {
        *why_not = "too many files";
        return -1;
    }
    if (!make_room(files, status))
        return -1;
    TiffFile *file = tiff_file_open(bottom->dataset, bottom->band,
                                    bottom->own != NULL, why_not, status);
    if (file == NULL)
        return -1;
    const int number = files->count++;
    files->at[number] = (LosslessFile){.image = image, .file = file};
    *slot_of(files, tiff_file_name(file), image) = number + 1;
    return number;
}

static int find_file(LosslessFiles *files, const VrtBottom *bottom,
                     const ImageSpec *image, const char **why_not,
                     Status *status)
{
    const char *name = tiff_file_name_of(bottom->dataset, bottom->band);
    int number = files->count > 0 ? *slot_of(files, name, image) - 1 : -1;
    if (number < 0)
        number = add_file(files, bottom, image, why_not, status);
    else if (!tiff_file_wake(files->at[number].file, status))
        number = -1;
    if (number >= 0)
        note_use(files, number);
    return number;
}

const char *lossless_files_find(LosslessFiles *files, const VrtBottom *bottom,
                                const ImageSpec *image, const Ifd *own,
                                FoundTiles *found, Status *status)
{
    const char *why_not = NULL;
    *found = (FoundTiles){.number = -1};
    if (is_raw_colour(bottom->band))
        return "colours that are not converted";
    found->number = find_file(files, bottom, image, &why_not, status);
    if (found->number < 0)
        return why_not;
    TiffFile *file = files->at[found->number].file;
    found->base =
        ((uint64_t)(found->number + 1) << FILE_SHIFT) + FILE_LAYOUT_TILES_BEGIN;
    found->tags = tiff_file_directory(file, bottom->band, &why_not, status);
    if (found->tags == NULL)
        return why_not;
    const uint64_t nbytes = tiff_file_nbytes(file);
    if (nbytes > file_nbytes_max)
        return "a file that is too large";
    if (image->codec == &codec_none && !tiff_file_is_certain(file))
        return "no compression, in a file that may be another one by now";
    why_not = copied_tiles_why_not(found->tags, own, image);
    if (why_not == NULL)
        other_tiles_init(&found->tiles, found->tags, image, nbytes, &why_not,
                         status);
    return why_not;
}

void lossless_files_found_free(FoundTiles *found)
{
    ifd_free(found->tags);
    other_tiles_free(&found->tiles);
}

LosslessFile *lossless_files_at(const LosslessFiles *files, uint64_t position)
{
    return &files->at[(position >> FILE_SHIFT) - 1];
}

bool lossless_files_read(void *user, uint64_t position, void *data,
                         size_t nbytes, Status *status)
{
    LosslessFiles *files = user;
    if (position < file_nbytes_max)
        return tile_spool_read(files->spool, position, data, nbytes, status);
    LosslessFile *file = lossless_files_at(files, position);
    if (!tiff_file_wake(file->file, status))
        return false;
    note_use(files, (int)(file - files->at));
    return tiff_file_read(file->file, position & (file_nbytes_max - 1), data,
                          nbytes, status);
}

uint64_t lossless_files_held_nbytes(const LosslessFiles *files)
{
    uint64_t nbytes = (uint64_t)files->capacity * sizeof *files->at +
                      files->named_count * sizeof *files->named;
    uint64_t reading = 0;
    for (int i = 0; i < files->count; i++) {
        const uint64_t one = tiff_file_held_nbytes(files->at[i].file);
        nbytes += tiff_file_resting_nbytes(files->at[i].file);
        reading = one > reading ? one : reading;
    }
    const int open =
        files->count < LOSSLESS_FILES_OPEN ? files->count : LOSSLESS_FILES_OPEN;
    return nbytes + (uint64_t)open * reading;
}

void lossless_files_close(LosslessFiles *files, int from)
{
    int open_count = 0;
    for (int i = 0; i < files->open_count; i++)
        if (files->open[i] < from)
            files->open[open_count++] = files->open[i];
    files->open_count = open_count;
    for (int i = from; i < files->count; i++)
        tiff_file_close(files->at[i].file);
    files->count = from < files->count ? from : files->count;
    if (files->count > 0) {
        note_names(files);
        return;
    }
    free(files->at);
    free(files->named);
    *files = (LosslessFiles){.at = NULL};
}
