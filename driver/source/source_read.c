/* SPDX-License-Identifier: MIT */
#include "source_read.h"

#include "block_size.h"
#include "cpl_error.h"
#include "cpl_vsi.h"
#include "guarded.h"
#include "int_math.h"
#include "live_band.h"
#include "pages.h"
#include "swath.h"

/** The part of a window that is read in one call. */
typedef struct Chunk {
    Window at;    /**< in the raster */
    int64_t x, y; /**< in the window */
    int band;     /**< the one that is read, from 0 on; -1: all of them */
} Chunk;

/** Where the first sample of a chunk goes. */
static uint8_t *chunk_pixels(const PlaneView *view, const Chunk *chunk)
{
    return view->pixels + (size_t)chunk->y * view->row_nbytes +
           (size_t)chunk->x * view->pixel_nbytes;
}

/** Of one call of source_read_window(). */
typedef struct Reading {
    const SourceKind *kind;
    const SourceReader *reader;
    const SourceFormat *format;
    const Window *window;
    uint8_t *data;
    GDALRasterIOExtraArg *extra;
} Reading;

/** The number of a band of the window, from 0 on, in the dataset. */
static int number_of(const SourceFormat *format, int band)
{
    return format->numbers != NULL ? format->numbers[band] : band + 1;
}

static CPLErr read_bands(const Reading *reading, const Chunk *chunk)
{
    const SourceFormat *format = reading->format;
    const Window *window = reading->window;
    const LayoutSpec *spec = &format->layouts[SOURCE_BANDS].spec;
    const PlaneView first =
        swath_plane(reading->data, format->layouts, SOURCE_BANDS, 0,
                    window->width, window->height);
    const size_t band_nbytes = spec->planar
                                   ? first.row_nbytes * (size_t)window->height
                                   : (size_t)spec->sample_nbytes;
    const bool all = chunk->band < 0;
    const GuardedBuffer buffer = {.data = chunk_pixels(&first, chunk) +
                                          (size_t)(all ? 0 : chunk->band) *
                                              band_nbytes,
                                  .type = format->type,
                                  .pixel_nbytes = (GSpacing)first.pixel_nbytes,
                                  .row_nbytes = (GSpacing)first.row_nbytes,
                                  .band_nbytes = (GSpacing)band_nbytes};
    const GDALDatasetH dataset = reading->reader->dataset;
    return all ? guarded_dataset_read(dataset, &chunk->at, &buffer, spec->bands,
                                      format->numbers, reading->extra)
               : guarded_band_io(
                     GDALGetRasterBand(dataset, number_of(format, chunk->band)),
                     GF_Read, &chunk->at, &buffer, reading->extra);
}

/** Puts the samples of one band where the window has them. */
static void unpack_band(const Reading *reading, const Chunk *chunk, int band,
                        const uint8_t *samples)
{
    const SourceFormat *format = reading->format;
    const Layout *layout = &format->layouts[SOURCE_BANDS];
    const bool planar = layout->spec.planar;
    const int nbytes = layout->spec.sample_nbytes;
    const PlaneView view = swath_plane(
        reading->data, format->layouts, SOURCE_BANDS, planar ? band : 0,
        reading->window->width, reading->window->height);
    uint8_t *to = chunk_pixels(&view, chunk) + (planar ? 0 : band * nbytes);
    for (int64_t y = 0; y < chunk->at.height; y++)
        GDALCopyWords64(samples + (size_t)(y * chunk->at.width * nbytes),
                        format->type, nbytes, to + (size_t)y * view.row_nbytes,
                        format->type, (int)view.pixel_nbytes,
                        (GPtrDiff_t)chunk->at.width);
}

/** The same by way of a buffer of band after band, without gaps. */
static CPLErr read_bands_packed(const Reading *reading, const Chunk *chunk)
{
    const SourceFormat *format = reading->format;
    const int64_t width = chunk->at.width, height = chunk->at.height;
    const int bands = format->layouts[SOURCE_BANDS].spec.bands;
    const int nbytes = GDALGetDataTypeSizeBytes(format->type);
    const size_t band_nbytes = (size_t)(width * height) * (size_t)nbytes;
    uint8_t *packed = VSIMalloc2(band_nbytes, (size_t)bands);
    if (packed == NULL) {
        CPLError(CE_Failure, CPLE_OutOfMemory, "out of memory");
        return CE_Failure;
    }
    const GuardedBuffer buffer = {.data = packed, .type = format->type};
    const CPLErr err =
        guarded_dataset_read(reading->reader->dataset, &chunk->at, &buffer,
                             bands, format->numbers, reading->extra);
    for (int band = 0; err == CE_None && band < bands; band++)
        unpack_band(reading, chunk, band, packed + (size_t)band * band_nbytes);
    VSIFree(packed);
    return err;
}

static CPLErr read_mask(const Reading *reading, const Chunk *chunk)
{
    const Window *window = reading->window;
    const PlaneView view =
        swath_plane(reading->data, reading->format->layouts, SOURCE_MASK, 0,
                    window->width, window->height);
    const PlaneTarget target = {.rectangle = chunk->at,
                                .out = chunk_pixels(&view, chunk),
                                .type = GDT_Byte,
                                .pixel_nbytes = (GSpacing)view.pixel_nbytes,
                                .row_nbytes = (GSpacing)view.row_nbytes};
    return reading->kind->ops->read_mask(reading->kind->state, reading->reader,
                                         &target, reading->extra);
}

/* Few blocks at a time, so that each decode finds the memory of the one before
 * it. The heap gives what is dropped in one go back to the system, and every
 * page is new, and cleared, for the next blocks; of large blocks it keeps holes
 * that the next ones, since GDAL aligns them, do not fit. */
enum { CHUNK_TARGET_NBYTES = 1 << 18 };

/** How much of a window to read in one call so that the reader's share of
 * GDAL's cache can hold the blocks of it while GDAL's loops go over them line
 * by line.
 * @param band whose blocks chunks are made of
 * @param bands that one decode brings into the cache
 * @param most_nbytes not more than that, unless it is one block */
static void choose_chunk(const Reading *reading, GDALRasterBandH band,
                         int bands, int64_t most_nbytes, int64_t *width,
                         int64_t *height)
{
    int block_width = 1, block_height = 1;
    block_size_of(band, &block_width, &block_height);
    /* A VRT may say that its blocks are of any size. */
    const double block_nbytes =
        (double)block_width * block_height * bands *
        GDALGetDataTypeSizeBytes(GDALGetRasterDataType(band));
    const int64_t share = min64(
        most_nbytes, GDALGetCacheMax64() / 2 / reading->format->plan->readers);
    const int64_t blocks =
        max64(1, (int64_t)((double)share / (block_nbytes + 1)));
    const int64_t across = reading->window->width / block_width + 2;
    *width = block_width * (blocks < across ? blocks : across);
    *height = block_height * (blocks < across ? 1 : blocks / across);
}

static CPLErr read_chunk(const Reading *reading, SourceImage image, bool packed,
                         const Chunk *chunk)
{
    if (image == SOURCE_MASK)
        return read_mask(reading, chunk);
    return packed ? read_bands_packed(reading, chunk)
                  : read_bands(reading, chunk);
}

/** Bytes of a block of one band, as GDAL's cache has it. */
static size_t block_nbytes_of(const Reading *reading, SourceImage image)
{
    int width = 1, height = 1;
    const GDALRasterBandH band =
        image == SOURCE_MASK ? reading->reader->mask
                             : GDALGetRasterBand(reading->reader->dataset, 1);
    block_size_of(band, &width, &height);
    return (size_t)width * (size_t)height *
           (size_t)GDALGetDataTypeSizeBytes(GDALGetRasterDataType(band));
}

/** Reads pixels, and while GDAL's cache holds their blocks the masks that may
 * be computed from them. */
static CPLErr read_with_masks(const Reading *reading, const ReadUnit *unit,
                              const Chunk *chunk)
{
    MaskSpool *masks = reading->format->masks;
    const bool packed = unit->kind == READ_CELLS_PACKED;
    MaskPart part = {.dataset = reading->reader->masked,
                     .at = chunk->at,
                     .band = chunk->band + 1,
                     .whole = packed || unit->kind == READ_CELLS};
    const bool in_cache =
        unit->kind == READ_BLOCKS && reading->reader->dataset == part.dataset;
    CPLErr err = in_cache ? mask_spool_hold(masks, &part) : CE_None;
    if (err == CE_None)
        err = read_chunk(reading, SOURCE_BANDS, packed, chunk);
    if (err == CE_None)
        err = mask_spool_take(masks, &part);
    mask_spool_let_go(masks, &part);
    return err;
}

/** @return whether a part of the raster need not be read */
static bool is_hole(const Reading *reading, const Window *part)
{
    return holes_have_around(reading->format->holes, part,
                             reading->format->holes_margin);
}

/** @return whether what may be read in any calls is read in parts of holes'
 * squares, of which some are not read */
static bool reads_by_squares(const Reading *reading, const ReadUnit *unit)
{
    return reading->format->holes != NULL &&
           (unit->kind == READ_WINDOW || unit->kind == READ_BANDS);
}

/** Where the chunk that begins at @p from's left edge ends. What may be read in
 * any calls is not read where there are holes in it.
 * @param from as high as the chunk, and up to the window's right edge */
static int64_t chunk_end(const Reading *reading, const ReadUnit *unit,
                         const Window *from)
{
    const int64_t right = window_right(from);
    const int64_t most = step_end64(from->x, unit->width, right);
    if (!reads_by_squares(reading, unit))
        return most;
    Window part = *from;
    int64_t end = from->x;
    bool first = true, hole = false, same = true;
    while (same && end < most) {
        part.x = end;
        part.width =
            step_end64(end, holes_side(reading->format->holes), most) - end;
        same = first || is_hole(reading, &part) == hole;
        if (first)
            hole = is_hole(reading, &part);
        if (same)
            end = window_right(&part);
        first = false;
    }
    return end;
}

static bool takes_mask_along(const Reading *reading, SourceImage image,
                             const ReadUnit *unit)
{
    return image == SOURCE_BANDS && unit->mask_along &&
           reading->reader->mask != NULL && !reading->format->without_mask;
}

/** Reads one image of the window, or one band of it, in chunks of the unit's
 * size, which begin at multiples of it. */
static CPLErr read_chunks(const Reading *reading, SourceImage image,
                          const ReadUnit *unit, int band)
{
    const Window *window = reading->window;
    const int64_t right = window_right(window);
    const int64_t bottom = window_bottom(window);
    int64_t end_x, end_y;
    const size_t block_nbytes = block_nbytes_of(reading, image);
    for (int64_t y = window->y; y < bottom; y = end_y) {
        end_y = step_end64(y, unit->height, bottom);
        if (reads_by_squares(reading, unit))
            end_y = step_end64(y, holes_side(reading->format->holes), bottom);
        for (int64_t x = window->x; x < right; x = end_x) {
            const Window rest = {x, y, right - x, end_y - y};
            end_x = chunk_end(reading, unit, &rest);
            const Chunk chunk = {.at = {x, y, end_x - x, end_y - y},
                                 .x = x - window->x,
                                 .y = y - window->y,
                                 .band = band};
            if (is_hole(reading, &chunk.at))
                continue;
            CPLErr err =
                image == SOURCE_BANDS && reading->format->masks != NULL
                    ? read_with_masks(reading, unit, &chunk)
                    : read_chunk(reading, image,
                                 unit->kind == READ_CELLS_PACKED, &chunk);
            if (err == CE_None && takes_mask_along(reading, image, unit))
                err = read_mask(reading, &chunk);
            live_band_drop_blocks(reading->reader->dataset);
            pages_freed(block_nbytes);
            if (err != CE_None)
                return err;
        }
    }
    return CE_None;
}

static CPLErr read_image(const Reading *reading, SourceImage image,
                         GDALRasterBandH band, int bands)
{
    const SourceKind *kind = reading->kind;
    ReadUnit unit = kind->ops->read_unit(kind->state, image);
    if (unit.kind == READ_BLOCKS || unit.kind == READ_MANY_BLOCKS) {
        choose_chunk(reading, band, bands,
                     unit.kind == READ_BLOCKS ? CHUNK_TARGET_NBYTES : INT64_MAX,
                     &unit.width, &unit.height);
    } else if (unit.kind == READ_WINDOW) {
        unit.width = window_right(reading->window);
        unit.height = window_bottom(reading->window);
    }
    if (unit.kind != READ_BANDS)
        return read_chunks(reading, image, &unit, -1);
    CPLErr err = CE_None;
    for (int i = 0; err == CE_None && i < bands; i++)
        err = read_chunks(reading, image, &unit, i);
    return err;
}

CPLErr source_read_window(const SourceKind *kind, const SourceReader *reader,
                          const SourceFormat *format, const Window *window,
                          uint8_t *data, GDALRasterIOExtraArg *extra)
{
    const GDALDatasetH dataset = reader->dataset;
    Reading reading = {.kind = kind,
                       .reader = reader,
                       .format = format,
                       .window = window,
                       .extra = extra};
    reading.data = data;
    CPLErr err =
        read_image(&reading, SOURCE_BANDS, GDALGetRasterBand(dataset, 1),
                   format->layouts[SOURCE_BANDS].spec.bands);
    const ReadUnit unit = kind->ops->read_unit(kind->state, SOURCE_BANDS);
    if (err == CE_None && reader->mask != NULL && !format->without_mask &&
        !takes_mask_along(&reading, SOURCE_BANDS, &unit))
        err = read_image(&reading, SOURCE_MASK, reader->mask, 1);
    return err;
}
