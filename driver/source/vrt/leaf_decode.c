/* SPDX-License-Identifier: MIT */
#include "leaf_decode.h"

#include <stdlib.h>

#include "block_size.h"
#include "cpl_error.h"
#include "cpl_vsi.h"
#include "guarded.h"
#include "int_math.h"
#include "live_band.h"
#include "live_blocks.h"

/* Blocks smaller than this are decoded several at a time. */
static const int64_t unit_small_nbytes = (int64_t)64 << 10;

void leaf_decode_units(const Decoding *decoding, GDALRasterBandH band,
                       int *width, int *height)
{
    const int64_t all_columns = GDALGetRasterBandXSize(band);
    const int64_t all_rows = GDALGetRasterBandYSize(band);
    int block_width = 1, block_height = 1;
    block_size_of(band, &block_width, &block_height);
    int64_t columns = min64(block_width, all_columns);
    int64_t rows = min64(block_height, all_rows);
    if (decoding->yield == YIELDS_ROWS || decoding->yield == YIELDS_BAND)
        columns = all_columns;
    if (decoding->yield == YIELDS_BAND)
        rows = all_rows;
    const int64_t nbytes =
        columns * rows * GDALGetDataTypeSizeBytes(GDALGetRasterDataType(band));
    /* Along a row first, as most files have their blocks: further down comes
     * what lies far away. */
    const int64_t together = 1 + unit_small_nbytes / (nbytes + 1);
    const int64_t across = min64(together, divide_up(all_columns, columns));
    columns = min64(across * columns, all_columns);
    rows = min64(together / across * rows, all_rows);
    *width = (int)columns;
    *height = (int)rows;
}

/** One decode_bands(). */
typedef struct Unit {
    GDALDatasetH dataset;
    const Plane *planes;
    const Window *at;
    uint8_t *data;
    int *numbers; /**< room for all band numbers */
} Unit;

/** Reads the run of needed bands from @p first on that have one type, in one
 * call so that one decode serves them all.
 * @param end the band after the last that may be read
 * @param part of the unit
 * @return the band after the run, or -1 after a failure */
static int read_run(const Unit *unit, int first, int end, const Window *part)
{
    const Plane *planes = unit->planes;
    const Window *at = unit->at;
    const GDALDataType type = planes[first].type;
    const int64_t nbytes = GDALGetDataTypeSizeBytes(type);
    int count = 0, band = first;
    for (; band < end; band++)
        if (planes[band].needed) {
            if (planes[band].type != type)
                break;
            unit->numbers[count++] = band;
        }
    const size_t pixels = (size_t)(at->width * at->height);
    const int64_t skipped = (part->y - at->y) * at->width + (part->x - at->x);
    uint8_t *to = unit->data + pixels * planes[first].before + skipped * nbytes;
    const GuardedBuffer buffer = {.data = to,
                                  .type = type,
                                  .pixel_nbytes = nbytes,
                                  .row_nbytes = nbytes * at->width,
                                  .band_nbytes =
                                      nbytes * at->width * at->height};
    const CPLErr err = guarded_dataset_read(unit->dataset, part, &buffer, count,
                                            unit->numbers, NULL);
    return err == CE_None ? band : -1;
}

/** Reads a part of the unit of the bands from @p first to before @p end. */
static bool read_part(const Unit *unit, int first, int end, const Window *part)
{
    int band = first;
    while (band > 0 && band < end)
        band = unit->planes[band].needed ? read_run(unit, band, end, part)
                                         : band + 1;
    return band > 0;
}

/** Likewise in calls of the size that suits the driver. */
static bool read_parts(const Unit *unit, const Decoding *decoding, int first,
                       int end, const Window *all)
{
    int64_t width = all->width, height = all->height;
    decoding_limit_call(decoding, GDALGetRasterBand(unit->dataset, first),
                        &width, &height);
    const bool at_once = width == all->width && height == all->height;
    const int64_t right = window_right(all), bottom = window_bottom(all);
    for (int64_t y = all->y; y < bottom; y += height)
        for (int64_t x = all->x; x < right; x += width) {
            const Window part = {.x = x,
                                 .y = y,
                                 .width = min64(width, right - x),
                                 .height = min64(height, bottom - y)};
            if (!read_part(unit, first, end, &part))
                return false;
            if (!at_once && GDALGetAccess(unit->dataset) == GA_ReadOnly)
                live_band_drop_blocks(unit->dataset);
        }
    return true;
}

/** Rows of the raster of which half of GDAL's cache has room. */
static int64_t rows_in_cache(GDALDatasetH dataset, const Window *wanted)
{
    const GDALDataType type =
        GDALGetRasterDataType(leaf_pixels_first_band(dataset));
    const int64_t row_nbytes = wanted->width * GDALGetRasterCount(dataset) *
                               GDALGetDataTypeSizeBytes(type);
    return GDALGetCacheMax64() / 2 / (row_nbytes + 1);
}

bool leaf_decode_bring(GDALDatasetH dataset, const Decoding *decoding,
                       const LeafPlanes *planes, const Window *at,
                       const Window *wanted, Window *brought)
{
    const Window here = window_intersection(at, wanted);
    const Window there = window_intersection(brought, &here);
    const int64_t rows =
        min64(rows_in_cache(dataset, wanted), window_bottom(wanted) - here.y);
    if (decoding->calls != CALL_MANY_BLOCKS || !leaf_planes_has_bands(planes) ||
        (there.width == here.width && there.height == here.height) ||
        rows < here.height || GDALGetAccess(dataset) != GA_ReadOnly)
        return true;
    /* In the order in which units are asked for. */
    const Window all = {
        .x = wanted->x, .y = here.y, .width = wanted->width, .height = rows};
    uint8_t *unused = VSIMalloc2((size_t)all.width, (size_t)all.height);
    if (unused == NULL)
        return true;
    live_band_drop_blocks(dataset);
    *brought = all;
    const GuardedBuffer buffer = {.data = unused, .type = GDT_Byte};
    const CPLErr err = guarded_band_io(
        GDALGetRasterBand(dataset, leaf_planes_first_needed(planes)), GF_Read,
        &all, &buffer, NULL);
    VSIFree(unused);
    return err == CE_None;
}

static bool decode_bands(GDALDatasetH dataset, const Decoding *decoding,
                         const LeafPlanes *planes, const Window *at,
                         const Window *part, uint8_t *data)
{
    Unit unit = {.dataset = dataset,
                 .planes = planes->planes,
                 .at = at,
                 .numbers = malloc((size_t)planes->bands * sizeof(int))};
    unit.data = data;
    const bool one_by_one = decoding->calls == CALL_BAND;
    bool ok = unit.numbers != NULL;
    if (!ok)
        CPLError(CE_Failure, CPLE_OutOfMemory, "out of memory");
    int band = leaf_planes_has_bands(planes) ? leaf_planes_first_needed(planes)
                                             : planes->bands + 1;
    while (ok && band <= planes->bands) {
        const int end = one_by_one ? band + 1 : planes->bands + 1;
        ok = !planes->planes[band].needed ||
             read_parts(&unit, decoding, band, end, part);
        band = end;
    }
    free(unit.numbers);
    return ok;
}

/** Has GDAL's cache keep the blocks of each band whose mask is read too. */
static CPLErr keep_blocks(GDALDatasetH dataset, const LeafPlanes *planes,
                          const Window *part, LiveBlocks **blocks)
{
    CPLErr err = CE_None;
    *blocks = NULL;
    if (!live_blocks_overflow(dataset, part))
        return CE_None;
    *blocks = live_blocks_new();
    if (*blocks == NULL) {
        CPLError(CE_Failure, CPLE_OutOfMemory, "out of memory");
        return CE_Failure;
    }
    for (int i = 1; err == CE_None && i <= planes->bands; i++)
        if (leaf_planes_own_mask(planes, i) > 0)
            err = live_blocks_add(*blocks, GDALGetRasterBand(dataset, i), part);
    return err;
}

/** Reads the masks that are bands' own.
 * @param blocks NULL; or what is to have their blocks */
static bool read_own_masks(GDALDatasetH dataset, const LeafPlanes *planes,
                           LiveBlocks *blocks, const Window *at,
                           const Window *part, uint8_t *data)
{
    const size_t pixels = (size_t)(at->width * at->height);
    const int64_t skipped = (part->y - at->y) * at->width + (part->x - at->x);
    CPLErr err = CE_None;
    for (int i = 1; err == CE_None && i <= planes->bands; i++) {
        const int number = leaf_planes_own_mask(planes, i);
        if (number == 0)
            continue;
        PlaneTarget target = {.rectangle = *part,
                              .type = GDT_Byte,
                              .pixel_nbytes = 1,
                              .row_nbytes = at->width};
        target.out = data + pixels * planes->planes[number].before + skipped;
        if (blocks != NULL)
            err = live_blocks_add_mask(blocks, GDALGetRasterBand(dataset, i),
                                       part);
        if (err == CE_None)
            err = leaf_pixels_read(leaf_pixels_band(dataset, number), &target,
                                   NULL);
    }
    return err == CE_None;
}

bool leaf_decode_all(GDALDatasetH dataset, GDALDatasetH masked,
                     const Decoding *decoding, const LeafPlanes *planes,
                     const Window *at, const Window *part, uint8_t *data)
{
    if (!leaf_planes_have_own_masks(planes))
        return decode_bands(dataset, decoding, planes, at, part, data);
    LiveBlocks *blocks = NULL;
    const bool in_cache =
        dataset == masked && decoding->calls == CALL_FEW_BLOCKS;
    const bool ok =
        (!in_cache || keep_blocks(dataset, planes, part, &blocks) == CE_None) &&
        decode_bands(dataset, decoding, planes, at, part, data) &&
        read_own_masks(masked, planes, blocks, at, part, data);
    live_blocks_free(blocks);
    for (int i = 1; i <= planes->bands; i++)
        if (leaf_planes_own_mask(planes, i) > 0)
            live_band_drop_blocks_of_mask(GDALGetRasterBand(masked, i));
    return ok;
}
