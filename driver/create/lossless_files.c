/* SPDX-License-Identifier: MIT */
#include "lossless_files.h"

#include <stdlib.h>

#include "file_layout.h"

/* Where files lie in the store: the spool first, and each of the others from a
 * multiple of this on. */
enum { FILE_SHIFT = 44, FILES_MAX = 100 /* open at once */ };
static const uint64_t file_nbytes_max = (uint64_t)1 << FILE_SHIFT;

/** @return whether GDAL shows samples as they are encoded, and not as colours
 * (frmts/gtiff/geotiff.cpp: CONVERT_YCBCR_TO_RGB) */
static bool is_raw_colour(GDALRasterBandH band)
{
    const GDALColorInterp meaning = GDALGetRasterColorInterpretation(band);
    return meaning >= GCI_YCbCr_YBand && meaning <= GCI_YCbCr_CrBand;
}

/** Opens the file and compares what its directory says.
 * @return why its tiles are not copied, or NULL; or, with a failure, either */
static const char *open_file(LosslessFile *file, const VrtBottom *bottom,
                             const ImageSpec *image, const Ifd *own,
                             Status *status)
{
    const char *why_not = NULL;
    if (is_raw_colour(bottom->band))
        return "colours that are not converted";
    file->file =
        tiff_file_open(bottom->dataset, bottom->band, &why_not, status);
    if (file->file == NULL)
        return why_not;
    file->tags =
        tiff_file_directory(file->file, bottom->band, &why_not, status);
    if (file->tags == NULL)
        return why_not;
    const uint64_t nbytes = tiff_file_nbytes(file->file);
    if (nbytes > file_nbytes_max)
        return "a file that is too large";
    if (image->codec == &codec_none && !tiff_file_is_certain(file->file))
        return "no compression, in a file that may be another one by now";
    why_not = copied_tiles_why_not(file->tags, own, image);
    if (why_not == NULL)
        other_tiles_init(&file->tiles, file->tags, image, nbytes, &why_not,
                         status);
    return why_not;
}

static bool make_room(LosslessFiles *files, Status *status)
{
    if (files->count < files->capacity)
        return true;
    const int capacity = 2 * files->capacity + 2;
    LosslessFile *at = realloc(files->at, (size_t)capacity * sizeof *files->at);
    if (at == NULL)
        return status_fail(status, STATUS_NO_MEMORY, "out of memory");
    files->at = at;
    files->capacity = capacity;
    return true;
}

int lossless_files_find(LosslessFiles *files, const VrtBottom *bottom,
                        const ImageSpec *image, const Ifd *own,
                        const char **why_not, Status *status)
{
    for (int i = files->count - 1; i >= 0; i--)
        if (files->at[i].dataset == bottom->dataset &&
            files->at[i].image == image)
            return i;
    if (files->count == FILES_MAX) {
        *why_not = "too many files";
        return -1;
    }
    if (!make_room(files, status))
        return -1;
    const int number = files->count++;
    LosslessFile *file = &files->at[number];
    *file = (LosslessFile){.dataset = bottom->dataset,
                           .image = image,
                           .base = ((uint64_t)(number + 1) << FILE_SHIFT) +
                                   FILE_LAYOUT_TILES_BEGIN};
    *why_not = open_file(file, bottom, image, own, status);
    return *why_not == NULL && status->code == STATUS_OK ? number : -1;
}

bool lossless_files_read(void *user, uint64_t position, void *data,
                         size_t nbytes, Status *status)
{
    const LosslessFiles *files = user;
    const uint64_t file = position >> FILE_SHIFT;
    if (file == 0)
        return tile_spool_read(files->spool, position, data, nbytes, status);
    return tiff_file_read(files->at[file - 1].file,
                          position & (file_nbytes_max - 1), data, nbytes,
                          status);
}

uint64_t lossless_files_held_nbytes(const LosslessFiles *files)
{
    uint64_t nbytes = 0;
    for (int i = 0; i < files->count; i++)
        nbytes += tiff_file_held_nbytes(files->at[i].file);
    return nbytes;
}

void lossless_files_settle(LosslessFiles *files)
{
    static const uint16_t tags[] = {TAG_STRIP_OFFSETS, TAG_STRIP_BYTE_COUNTS,
                                    TAG_TILE_OFFSETS, TAG_TILE_BYTE_COUNTS};
    for (int i = 0; i < files->count; i++) {
        other_tiles_free(&files->at[i].tiles);
        for (size_t tag = 0; tag < sizeof tags / sizeof *tags; tag++)
            ifd_remove(files->at[i].tags, tags[tag]);
    }
}

void lossless_files_close(LosslessFiles *files, int from)
{
    for (int i = from; i < files->count; i++) {
        tiff_file_close(files->at[i].file);
        ifd_free(files->at[i].tags);
        other_tiles_free(&files->at[i].tiles);
    }
    files->count = from < files->count ? from : files->count;
    if (files->count == 0) {
        free(files->at);
        *files = (LosslessFiles){.at = NULL};
    }
}
