/* SPDX-License-Identifier: MIT */
#include "part_record.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "cpl_conv.h"
#include "cpl_string.h"
#include "ifd_read.h"

/* Another one where what follows it changes. */
static const char magic[] = "ROWBAND part 1";

enum {
    SIDECARS_MAX = 64,
    OPTIONS_MAX = 1 << 16,
    SIZE_MAX_PIXELS = INT32_MAX,
    SAMPLE_NBITS_MAX = 8 * SAMPLE_NBYTES_MAX
};

static void put_image(ByteWriter *to, const PartImage *image)
{
    const LayoutSpec *spec = &image->layout;
    const int64_t numbers[] = {spec->width,
                               spec->height,
                               spec->bands,
                               spec->sample_nbytes,
                               spec->sample_nbits,
                               spec->planar,
                               spec->strips,
                               spec->tile_width,
                               spec->tile_height,
                               image->compression,
                               (int64_t)image->predictor};
    bytes_put(to, numbers, sizeof numbers);
}

static void put_ifd(ByteWriter *to, const Ifd *ifd)
{
    const size_t nbytes = IFD_HEADER_NBYTES + (size_t)ifd_nbytes(ifd, false);
    uint8_t *bytes = malloc(nbytes);
    if (bytes == NULL) {
        to->failed = true;
        return;
    }
    ifd_serialize_header(false, IFD_HEADER_NBYTES, bytes);
    ifd_serialize(ifd, false, IFD_HEADER_NBYTES, 0, bytes + IFD_HEADER_NBYTES);
    bytes_put_block(to, bytes, nbytes);
    free(bytes);
}

static void put_all(ByteWriter *to, const PartRun *run)
{
    const int64_t numbers[] = {run->count,
                               run->cog,
                               (int64_t)run->interleave,
                               (int64_t)run->bigtiff,
                               run->image_count,
                               run->level_count,
                               run->top,
                               run->makes_levels,
                               run->mask_of_bits,
                               run->masks_stay_masks,
                               run->statistics,
                               run->keeps};
    bytes_put(to, magic, sizeof magic);
    bytes_put_text(to, run->digest);
    bytes_put_text(to, run->resampling);
    bytes_put(to, numbers, sizeof numbers);
    bytes_put_block(to, run->meaning, run->meaning_nbytes);
    bytes_put_number(to, CSLCount(run->options));
    for (int i = 0; i < CSLCount(run->options); i++)
        bytes_put_text(to, run->options[i]);
    for (int i = 0; i < run->image_count * run->level_count; i++) {
        put_image(to, &run->images[i]);
        put_ifd(to, run->ifds[i]);
    }
    bytes_put_number(to, run->sidecar_count);
    for (int i = 0; i < run->sidecar_count; i++) {
        bytes_put_text(to, run->sidecars[i].name);
        bytes_put_block(to, run->sidecars[i].bytes, run->sidecars[i].nbytes);
    }
}

bool part_run_pack(const PartRun *run, Ifd *ifd, Status *status)
{
    ByteWriter to = {.bytes = NULL};
    put_all(&to, run);
    const bool ok = to.failed
                        ? status_fail(status, STATUS_NO_MEMORY, "out of memory")
                        : ifd_set(ifd, TAG_ROWBAND_RUN, IFD_BYTE, to.nbytes,
                                  to.bytes, status);
    free(to.bytes);
    return ok;
}

static bool take_flag(ByteReader *from)
{
    return bytes_take_number(from, 0, 1) != 0;
}

static void take_image(ByteReader *from, PartImage *image)
{
    LayoutSpec *spec = &image->layout;
    spec->width = bytes_take_number(from, 1, SIZE_MAX_PIXELS);
    spec->height = bytes_take_number(from, 1, SIZE_MAX_PIXELS);
    spec->bands = (int)bytes_take_number(from, 1, UINT16_MAX);
    spec->sample_nbytes = (int)bytes_take_number(from, 1, SAMPLE_NBYTES_MAX);
    spec->sample_nbits = (int)bytes_take_number(from, 1, SAMPLE_NBITS_MAX);
    spec->planar = take_flag(from);
    spec->strips = take_flag(from);
    spec->tile_width = bytes_take_number(from, 1, SIZE_MAX_PIXELS);
    spec->tile_height = bytes_take_number(from, 1, SIZE_MAX_PIXELS);
    image->compression = (uint16_t)bytes_take_number(from, 0, UINT16_MAX);
    image->predictor =
        (Predictor)bytes_take_number(from, 0, PREDICTOR_FLOATING_POINT);
}

static Ifd *take_ifd(ByteReader *from)
{
    Status ignored = {.code = STATUS_OK};
    size_t nbytes = 0;
    const uint8_t *bytes = bytes_take_block(from, &nbytes);
    Ifd *ifd = bytes != NULL ? ifd_parse(bytes, nbytes, 0, &ignored) : NULL;
    from->failed = from->failed || ifd == NULL;
    return ifd;
}

static bool add_sidecar(PartRun *run, const char *name, const void *bytes,
                        size_t nbytes)
{
    PartSidecar *all =
        realloc(run->sidecars, (size_t)(run->sidecar_count + 1) * sizeof *all);
    uint8_t *copy = malloc(nbytes + 1);
    if (all != NULL)
        run->sidecars = all;
    if (all == NULL || copy == NULL) {
        free(copy);
        return false;
    }
    memcpy(copy, bytes, nbytes);
    PartSidecar *added = &run->sidecars[run->sidecar_count++];
    added->name = CPLStrdup(name);
    added->bytes = copy;
    added->nbytes = nbytes;
    return true;
}

static bool take_sidecars(ByteReader *from, PartRun *run)
{
    const int count = (int)bytes_take_number(from, 0, SIDECARS_MAX);
    bool ok = true;
    for (int i = 0; ok && i < count; i++) {
        size_t nbytes = 0;
        const char *name = bytes_take_text(from);
        const uint8_t *bytes = bytes_take_block(from, &nbytes);
        /* It is to lie beside the raster. */
        from->failed = from->failed || strpbrk(name, "/\\") != NULL;
        ok = from->failed || add_sidecar(run, name, bytes, nbytes);
    }
    return ok;
}

static bool take_meaning(ByteReader *from, PartRun *run)
{
    const uint8_t *bytes = bytes_take_block(from, &run->meaning_nbytes);
    run->meaning = malloc(run->meaning_nbytes + 1);
    if (run->meaning != NULL && bytes != NULL)
        memcpy(run->meaning, bytes, run->meaning_nbytes);
    return run->meaning != NULL;
}

static void take_numbers(ByteReader *from, PartRun *run)
{
    run->count = (int)bytes_take_number(from, 1, PARTS_MAX);
    run->cog = take_flag(from);
    run->interleave = (Interleave)bytes_take_number(from, 0, INTERLEAVE_TILE);
    run->bigtiff = (BigTiff)bytes_take_number(from, 0, BIGTIFF_IF_SAFER);
    run->image_count = (int)bytes_take_number(from, 1, SWATH_IMAGES_MAX);
    run->level_count = (int)bytes_take_number(from, 1, LEVELS_MAX);
    run->top = (int)bytes_take_number(from, 0, run->level_count - 1);
    run->makes_levels = take_flag(from);
    run->mask_of_bits = take_flag(from);
    run->masks_stay_masks = take_flag(from);
    run->statistics = take_flag(from);
    run->keeps = take_flag(from);
}

bool part_run_unpack(PartRun *run, const uint8_t *bytes, size_t nbytes,
                     Status *status)
{
    ByteReader from = {.bytes = bytes, .nbytes = nbytes};
    *run = (PartRun){.count = 0};
    const void *begin = bytes_take(&from, sizeof magic);
    if (begin == NULL || memcmp(begin, magic, sizeof magic) != 0)
        return status_fail(status, STATUS_INVALID,
                           "made by another version of ROWBAND");
    const char *digest = bytes_take_text(&from);
    from.failed = from.failed || strlen(digest) + 1 != sizeof run->digest;
    if (!from.failed)
        memcpy(run->digest, digest, sizeof run->digest);
    run->resampling = CPLStrdup(bytes_take_text(&from));
    take_numbers(&from, run);
    if (!take_meaning(&from, run))
        return status_fail(status, STATUS_NO_MEMORY, "out of memory");
    const int options = (int)bytes_take_number(&from, 0, OPTIONS_MAX);
    for (int i = 0; !from.failed && i < options; i++)
        run->options = CSLAddString(run->options, bytes_take_text(&from));
    for (int i = 0; !from.failed && i < run->image_count * run->level_count;
         i++) {
        take_image(&from, &run->images[i]);
        run->ifds[i] = take_ifd(&from);
    }
    if (!take_sidecars(&from, run))
        return status_fail(status, STATUS_NO_MEMORY, "out of memory");
    return !from.failed ||
           status_fail(status, STATUS_INVALID, "what it says of itself is cut");
}

void part_run_free(PartRun *run)
{
    CSLDestroy(run->options);
    CPLFree(run->resampling);
    free(run->meaning);
    for (int i = 0; i < PIPELINE_IMAGES_MAX; i++)
        ifd_free(run->ifds[i]);
    for (int i = 0; i < run->sidecar_count; i++) {
        CPLFree(run->sidecars[i].name);
        free(run->sidecars[i].bytes);
    }
    free(run->sidecars);
    *run = (PartRun){.count = 0};
}

bool part_run_add_sidecar(PartRun *run, const char *raster, const char *name,
                          const void *bytes, size_t nbytes, Status *status)
{
    char *stem = CPLStrdup(CPLGetBasename(raster));
    const char *general = name;
    if (STARTS_WITH(name, raster))
        general = CPLSPrintf(PART_WHOLE_NAME "%s", name + strlen(raster));
    else if (STARTS_WITH(name, stem))
        general = CPLSPrintf(PART_STEM "%s", name + strlen(stem));
    const bool ok = add_sidecar(run, general, bytes, nbytes);
    CPLFree(stem);
    return ok || status_fail(status, STATUS_NO_MEMORY, "out of memory");
}

char *part_sidecar_name(const PartSidecar *sidecar, const char *raster)
{
    const char *name = sidecar->name;
    if (STARTS_WITH(name, PART_WHOLE_NAME))
        name = CPLSPrintf("%s%s", raster, name + strlen(PART_WHOLE_NAME));
    else if (STARTS_WITH(name, PART_STEM))
        name = CPLSPrintf("%s%s", CPLGetBasename(raster),
                          name + strlen(PART_STEM));
    return CPLStrdup(name);
}

/** @return whether images are of sizes that a file may have: those of a level
 * have tiles at the same places, and no level is larger than the one below */
static bool sizes_are_valid(const PartRun *run)
{
    bool ok = true;
    for (int i = 0; ok && i < run->image_count * run->level_count; i++) {
        const LayoutSpec *spec = &run->images[i].layout;
        const int first = i - i % run->image_count;
        const LayoutSpec *raster = &run->images[first].layout;
        ok = spec->width == raster->width && spec->height == raster->height &&
             spec->tile_width == raster->tile_width &&
             spec->tile_height == raster->tile_height;
        if (first > 0 && run->makes_levels) {
            const LayoutSpec *below =
                &run->images[first - run->image_count].layout;
            ok = ok && spec->width <= below->width &&
                 spec->height <= below->height;
        }
    }
    return ok;
}

bool part_run_shape(const PartRun *run, Layout *layouts, PartsShape *shape,
                    Status *status)
{
    for (int i = 0; i < run->image_count * run->level_count; i++)
        if (!layout_init(&layouts[i], &run->images[i].layout, status))
            return false;
    *shape = (PartsShape){.layouts = layouts,
                          .image_count = run->image_count,
                          .level_count = run->level_count,
                          .makes_levels = run->makes_levels};
    return (sizes_are_valid(run) &&
            parts_top_level(shape, run->count) == run->top) ||
           status_fail(status, STATUS_INVALID,
                       "made by another version of ROWBAND");
}
