/* SPDX-License-Identifier: MIT */
#include "part_kept.h"

#include <stdlib.h>
#include <string.h>

#include "cpl_string.h"

/** @return whether the codec's tiles hold any samples */
static bool keeps_all_bits(const char *compress)
{
    static const char *const names[] = {"NONE", "DEFLATE", "LZW", "PACKBITS",
                                        "ZSTD", "LZMA",    NULL};
    return CSLFindString((CSLConstList)names, compress) >= 0;
}

bool part_kept_needed(const FileSpec *file, int top)
{
    const ImageSpec *image = &file->images[(ptrdiff_t)top * file->image_count];
    const LayoutSpec *spec = &image->layout.spec;
    const Options *options = top > 0 && file->cog.overviews_differ
                                 ? &file->overview.options
                                 : &file->raster.options;
    if (top + 1 >= file->level_count)
        return false;
    return file->image_count > 1 || !keeps_all_bits(options->compress) ||
           image->filter != NULL || image->replace_nan || image->half_float ||
           image->hiding_nbytes > 0 ||
           spec->sample_nbits < 8 * spec->sample_nbytes;
}

bool part_kept_describe(const FileSpec *file, int top, ImageSpec *kept,
                        Status *status)
{
    for (int i = 0; i < file->image_count; i++) {
        const ImageSpec *image =
            &file->images[(ptrdiff_t)top * file->image_count + i];
        LayoutSpec spec = image->layout.spec;
        spec.sample_nbits = 8 * spec.sample_nbytes;
        kept[i] = (ImageSpec){
            .encoding = i == 0 ? ENCODING_KEPT : ENCODING_MASK_KEPT,
            .sample_format = image->sample_format,
            .codec = &codec_deflate,
            .level = 1,
            .predictor = PREDICTOR_NONE,
            .accepts_empty = image->accepts_empty || image->skip_empty,
            .overview = top,
            .is_mask = image->is_mask};
        memcpy(kept[i].empty_sample, image->empty_sample, SAMPLE_NBYTES_MAX);
        if (!layout_init(&kept[i].layout, &spec, status))
            return false;
    }
    return true;
}

/** Sets a tag of which each band has a value. */
static bool set_each(Ifd *ifd, uint16_t tag, uint16_t value, int count,
                     Status *status)
{
    uint16_t *values = malloc((size_t)count * sizeof *values);
    if (values == NULL)
        return status_fail(status, STATUS_NO_MEMORY, "out of memory");
    for (int i = 0; i < count; i++)
        values[i] = value;
    const bool ok =
        ifd_set(ifd, tag, IFD_SHORT, (uint64_t)count, values, status);
    free(values);
    return ok;
}

Ifd *part_kept_tags(const ImageSpec *kept, Status *status)
{
    /* TIFF 6.0: MinIsBlack; of others nothing is known. */
    enum { MIN_IS_BLACK = 1, UNKNOWN = 0, CONTIGUOUS = 1, SEPARATE = 2 };
    const LayoutSpec *spec = &kept->layout.spec;
    Ifd *ifd = ifd_new();
    if (ifd == NULL) {
        status_fail(status, STATUS_NO_MEMORY, "out of memory");
        return NULL;
    }
    const bool ok =
        set_each(ifd, TAG_BITS_PER_SAMPLE, (uint16_t)spec->sample_nbits,
                 spec->bands, status) &&
        set_each(ifd, TAG_SAMPLE_FORMAT, (uint16_t)kept->sample_format,
                 spec->bands, status) &&
        ifd_set_number(ifd, TAG_PHOTOMETRIC, MIN_IS_BLACK, status) &&
        ifd_set_number(ifd, TAG_SAMPLES_PER_PIXEL, (uint32_t)spec->bands,
                       status) &&
        ifd_set_number(ifd, TAG_PLANAR_CONFIGURATION,
                       spec->planar ? SEPARATE : CONTIGUOUS, status) &&
        (spec->bands == 1 ||
         set_each(ifd, TAG_EXTRA_SAMPLES, UNKNOWN, spec->bands - 1, status));
    if (ok)
        return ifd;
    ifd_free(ifd);
    return NULL;
}
