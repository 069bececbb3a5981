/* SPDX-License-Identifier: MIT */
#include "band_masks.h"

#include "block_size.h"
#include "cpl_conv.h"
#include "cpl_string.h"
#include "cpl_vsi.h"
#include "dataset.h"
#include "error_trap.h"
#include "guarded.h"
#include "int_math.h"
#include "live_band.h"
#include "target.h"
#include "written_tiff.h"

int band_masks_first(GDALDatasetH source)
{
    const int bands = GDALGetRasterCount(source);
    if (dataset_mask(source) != NULL)
        return 0;
    for (int band = 1; band <= bands; band++)
        if (dataset_band_has_own_mask(GDALGetRasterBand(source, band)))
            return band;
    return 0;
}

uint64_t band_masks_memory_nbytes(const Options *options)
{
    return options->budget_nbytes / 8;
}

/** One band_masks_write(). */
typedef struct Writing {
    const BandMasks *masks;
    GDALDatasetH file;
    const GoOn *go_on;
    const ErrorTrap *trap;
    int64_t block_width, block_height; /**< of the file */
    uint8_t *data;                     /**< of a block */
} Writing;

/** With the options of GDALDefaultOverviews::CreateMaskBand(). */
static GDALDatasetH create_file(const BandMasks *masks, const char *path)
{
    const GDALDatasetH source = masks->source;
    char **options = CSLSetNameValue(NULL, "COMPRESS", "DEFLATE");
    options = CSLSetNameValue(options, "INTERLEAVE", "BAND");
    if (masks->block_width % 16 == 0 && masks->block_height % 16 == 0) {
        options = CSLSetNameValue(options, "TILED", "YES");
        options = CSLSetNameValue(options, "BLOCKXSIZE",
                                  CPLSPrintf("%d", masks->block_width));
        options = CSLSetNameValue(options, "BLOCKYSIZE",
                                  CPLSPrintf("%d", masks->block_height));
    }
    const GDALDatasetH file =
        guarded_create(GDALGetDriverByName("GTiff"), path,
                       GDALGetRasterXSize(source), GDALGetRasterYSize(source),
                       GDALGetRasterCount(source), GDT_Byte, options);
    CSLDestroy(options);
    return file;
}

/** While nothing is written: says of each band what its mask is. */
static void set_flags(const Writing *writing)
{
    const GDALDatasetH source = writing->masks->source;
    for (int i = 1; i <= GDALGetRasterCount(source); i++) {
        const GDALRasterBandH band = GDALGetRasterBand(source, i);
        if (!dataset_band_has_own_mask(band))
            continue;
        char *name = CPLStrdup(CPLSPrintf("INTERNAL_MASK_FLAGS_%d", i));
        GDALSetMetadataItem(writing->file, name,
                            CPLSPrintf("%d", GDALGetMaskFlags(band)), NULL);
        CPLFree(name);
    }
}

/** Reads a part of a mask that does not wait, and drops its blocks once none is
 * needed for the next rows, too. */
static bool read_mask(GDALRasterBandH band, const Window *at, uint8_t *data)
{
    const GDALRasterBandH mask = GDALGetMaskBand(band);
    int block_width, block_height;
    block_size_of(mask, &block_width, &block_height);
    GuardedBuffer buffer = {.type = GDT_Byte};
    buffer.data = data;
    const bool ok =
        guarded_band_io(mask, GF_Read, at, &buffer, NULL) == CE_None;
    const bool at_right = window_right(at) == GDALGetRasterBandXSize(mask);
    const bool at_bottom = window_bottom(at) == GDALGetRasterBandYSize(mask);
    if (!ok ||
        (at_right && (at_bottom || window_bottom(at) % block_height == 0)))
        live_band_drop_blocks_of_mask(band);
    return ok;
}

/** Writes a block of the file, or what the raster has of it. One at a time:
 * libtiff does not survive that another one is written after a failure. */
static bool write_block(const Writing *writing, int band, const Window *at)
{
    const GDALRasterBandH to = GDALGetRasterBand(writing->file, band);
    const GuardedBuffer buffer = {.data = writing->data, .type = GDT_Byte};
    return guarded_band_io(to, GF_Write, at, &buffer, NULL) == CE_None &&
           guarded_flush(to) == CE_None;
}

static bool copy_block(const Writing *writing, int band, const Window *at,
                       Status *status)
{
    const BandMasks *masks = writing->masks;
    if (!writing->go_on->ask(writing->go_on->user))
        return status_fail(status, STATUS_CANCELLED, "cancelled");
    return (mask_spool_has(masks->kept, band)
                ? mask_spool_read(masks->kept, band, at, writing->data, status)
                : read_mask(GDALGetRasterBand(masks->source, band), at,
                            writing->data)) &&
           !writing->trap->failed && write_block(writing, band, at) &&
           !writing->trap->failed;
}

static bool copy_mask(const Writing *writing, int band, Status *status)
{
    const int64_t width = GDALGetRasterXSize(writing->file);
    const int64_t height = GDALGetRasterYSize(writing->file);
    for (int64_t y = 0; y < height; y += writing->block_height)
        for (int64_t x = 0; x < width; x += writing->block_width) {
            const Window at = {x, y, min64(writing->block_width, width - x),
                               min64(writing->block_height, height - y)};
            if (!copy_block(writing, band, &at, status))
                return false;
        }
    return true;
}

/** @return false with a reason in @p status, or reported by GDAL */
static bool copy_masks(Writing *writing, Status *status)
{
    const GDALDatasetH source = writing->masks->source;
    int width = 1, height = 1;
    GDALGetBlockSize(GDALGetRasterBand(writing->file, 1), &width, &height);
    writing->block_width = width;
    writing->block_height = height;
    writing->data = VSIMalloc2((size_t)width, (size_t)height);
    if (writing->data == NULL)
        return status_fail(status, STATUS_NO_MEMORY, "out of memory");
    set_flags(writing);
    bool ok = true;
    for (int i = 1; ok && i <= GDALGetRasterCount(source); i++)
        ok = !dataset_band_has_own_mask(GDALGetRasterBand(source, i)) ||
             copy_mask(writing, i, status);
    VSIFree(writing->data);
    return ok;
}

/** Makes the file at @p path. */
static bool make_file(const BandMasks *masks, const char *path,
                      const GoOn *go_on, Status *status)
{
    ErrorTrap trap;
    Writing writing = {.masks = masks, .go_on = go_on, .trap = &trap};
    error_trap_begin(&trap, TRAP_FAILURES);
    writing.file = create_file(masks, path);
    bool ok = writing.file != NULL && copy_masks(&writing, status);
    if (writing.file != NULL && !written_tiff_close(writing.file, path) && ok)
        ok = status_fail(status, STATUS_IO, "cannot write the .msk file: %s",
                         trap.failed ? trap.message : "no space is left");
    error_trap_end(&trap);
    ok = ok && !trap.failed;
    if (!ok && status->code == STATUS_OK)
        status_fail(status, STATUS_READ,
                    "cannot copy the masks of the source's bands: %s",
                    trap.failed ? trap.message : "no reason given");
    return ok;
}

/** Where the file is made before it goes beside the target. */
static char *scratch_path(const BandMasks *masks, const char *target)
{
    const double nbytes = (double)GDALGetRasterXSize(masks->source) *
                          GDALGetRasterYSize(masks->source) *
                          GDALGetRasterCount(masks->source);
    return nbytes > (double)masks->memory_nbytes
               ? target_scratch_name(target, "msk")
               : CPLStrdup(CPLSPrintf("/vsimem/rowband_%p.msk", (void *)masks));
}

bool band_masks_write(const BandMasks *masks, const char *target,
                      Publication *publication, const GoOn *go_on,
                      Status *status)
{
    char *path = scratch_path(masks, target);
    char *name = CPLStrdup(CPLSPrintf("%s.msk", CPLGetFilename(target)));
    const bool ok =
        make_file(masks, path, go_on, status) &&
        publication_add_sidecar_of_file(publication, name, path, status);
    VSIUnlink(path);
    CPLFree(name);
    CPLFree(path);
    return ok;
}
