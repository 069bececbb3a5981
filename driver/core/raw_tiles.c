/* SPDX-License-Identifier: MIT */
#include "raw_tiles.h"

#include <stdlib.h>
#include <string.h>

#include "int_math.h"
#include "swath.h"

/* Samples that are put into pixels together fill a line of the processor's
 * caches in one go. */
enum { LINE_NBYTES = 64 };

/** Bytes of a row of a tile, the longest there is. */
static size_t longest_row(const RawTiles *raw)
{
    size_t nbytes = 1;
    for (int i = 0; i < raw->image_count * raw->level_count; i++)
        if (raw->layouts[i].row_nbytes > nbytes)
            nbytes = raw->layouts[i].row_nbytes;
    return nbytes;
}

bool raw_tiles_take(RawTiles *raw, Pipeline *pipeline, int image_count,
                    int level_count, const TileStore *store, uint64_t begin,
                    Status *status)
{
    const ImageSpec *images = pipeline_images(pipeline);
    *raw = (RawTiles){.image_count = image_count,
                      .level_count = level_count,
                      .store = *store,
                      .begin = begin};
    for (int i = 0; i < image_count * level_count; i++) {
        raw->layouts[i] = images[i].layout;
        raw->index[i] = pipeline_take_index(pipeline, i);
    }
    const size_t row = longest_row(raw);
    raw->piece_nbytes =
        row > RAW_TILES_PIECE_NBYTES ? row : RAW_TILES_PIECE_NBYTES;
    raw->piece = malloc(raw->piece_nbytes);
    return raw->piece != NULL ||
           status_fail(status, STATUS_NO_MEMORY, "out of memory");
}

void raw_tiles_clear(RawTiles *raw)
{
    for (int i = 0; i < raw->image_count * raw->level_count; i++) {
        free(raw->index[i].offsets);
        free(raw->index[i].nbytes);
    }
    free(raw->piece);
    *raw = (RawTiles){.image_count = 0};
}

/** One read of a window. */
typedef struct Reading {
    const RawRange *range;
    const Layout *stored; /**< of the image that is read */
    const TileIndex *index;
    const Window *window;
    uint8_t *data;
    int image;
    int64_t tile_x, tile_y;
    Window part; /**< of the window that the tile has */
} Reading;

/** What of some bands of a tile is read at once: whole rows, or of one row as
 * much as is wanted. */
typedef struct Piece {
    int first, bands; /**< of the window's */
    int64_t x, y;     /**< the first pixel */
    int64_t columns, rows;
} Piece;

static size_t sample_nbytes_of(const Reading *reading)
{
    return (size_t)reading->stored->spec.sample_nbytes;
}

/** Brings a piece, band after band. */
static bool fetch(const Reading *reading, const Piece *piece, Status *status)
{
    const RawTiles *raw = reading->range->raw;
    const Layout *stored = reading->stored;
    const LayoutSpec *spec = &stored->spec;
    const size_t nbytes =
        (size_t)(piece->columns * piece->rows) * sample_nbytes_of(reading);
    const uint64_t before =
        (uint64_t)(piece->y - reading->tile_y * spec->tile_height) *
            stored->row_nbytes +
        (uint64_t)(piece->x - reading->tile_x * spec->tile_width) *
            sample_nbytes_of(reading);
    const int first = reading->image == 0 ? reading->range->first_band : 0;
    for (int i = 0; i < piece->bands; i++) {
        const int64_t tile = layout_tile_index(
            stored, first + piece->first + i, reading->tile_x, reading->tile_y);
        const uint64_t at = reading->index->offsets[tile] - raw->begin + before;
        if (reading->index->nbytes[tile] == 0)
            return status_fail(status, STATUS_INVALID,
                               "pixels are read that have not come");
        if (!tile_store_read(&raw->store, at, raw->piece + (size_t)i * nbytes,
                             nbytes, status))
            return false;
    }
    return true;
}

#define COPY_SAMPLES(type)                                                     \
    for (int64_t x = 0; x < count; x++)                                        \
    memcpy(to + (size_t)x * stride, from + (size_t)x * sizeof(type),           \
           sizeof(type))

/** Copies samples that follow each other to every @p stride bytes. */
static void spread(uint8_t *to, size_t stride, const uint8_t *from,
                   size_t nbytes, int64_t count)
{
    if (stride == nbytes)
        memcpy(to, from, (size_t)count * nbytes);
    else if (nbytes == sizeof(uint8_t))
        COPY_SAMPLES(uint8_t);
    else if (nbytes == sizeof(uint16_t))
        COPY_SAMPLES(uint16_t);
    else if (nbytes == sizeof(uint32_t))
        COPY_SAMPLES(uint32_t);
    else if (nbytes == sizeof(uint64_t))
        COPY_SAMPLES(uint64_t);
    else
        for (int64_t x = 0; x < count; x++)
            memcpy(to + (size_t)x * stride, from + (size_t)x * nbytes, nbytes);
}

#undef COPY_SAMPLES

/** Puts what of a piece is wanted where the window has it. */
static void place(const Reading *reading, const Piece *piece)
{
    const RawRange *range = reading->range;
    const Layout *layout = &range->layouts[reading->image];
    const Window *window = reading->window;
    const Window *part = &reading->part;
    const size_t nbytes = sample_nbytes_of(reading);
    const bool planar = layout->planes > 1;
    const uint8_t *fetched =
        range->raw->piece + (size_t)(part->x - piece->x) * nbytes;
    for (int64_t y = 0; y < piece->rows; y++)
        for (int i = 0; i < piece->bands; i++) {
            const int band = piece->first + i;
            const PlaneView plane =
                swath_plane(reading->data, range->layouts, reading->image,
                            planar ? band : 0, window->width, window->height);
            const PlaneView to = plane_from(plane, part->x - window->x,
                                            piece->y + y - window->y);
            spread(to.pixels + (planar ? 0 : (size_t)band * nbytes),
                   to.pixel_nbytes,
                   fetched + (size_t)(i * piece->rows + y) *
                                 (size_t)piece->columns * nbytes,
                   nbytes, part->width);
        }
}

/** How much to read at once from row @p y and band @p band on. */
static Piece piece_from(const Reading *reading, int64_t y, int band)
{
    const Window *part = &reading->part;
    const LayoutSpec *spec = &reading->stored->spec;
    const int bands = reading->range->layouts[reading->image].spec.bands;
    /* Half of a row is hardly cheaper to read than all of it. */
    const bool whole = 2 * part->width >= spec->tile_width;
    const int64_t columns = whole ? spec->tile_width : part->width;
    const int64_t row_nbytes = columns * spec->sample_nbytes;
    const int64_t rows_that_fit =
        (int64_t)reading->range->raw->piece_nbytes / row_nbytes;
    const int64_t line = max64(1, LINE_NBYTES / spec->sample_nbytes);
    const int64_t together = min64(min64(bands - band, line), rows_that_fit);
    const int64_t rows =
        whole ? min64(window_bottom(part) - y, rows_that_fit / together) : 1;
    return (Piece){.first = band,
                   .bands = (int)together,
                   .x = whole ? reading->tile_x * spec->tile_width : part->x,
                   .y = y,
                   .columns = columns,
                   .rows = rows};
}

/** Reads what the window has of one tile's place, of all its bands. */
static bool read_place(const Reading *reading, Status *status)
{
    const int bands = reading->range->layouts[reading->image].spec.bands;
    Piece piece;
    for (int band = 0; band < bands; band += piece.bands) {
        int64_t y = reading->part.y;
        do {
            piece = piece_from(reading, y, band);
            if (!fetch(reading, &piece, status))
                return false;
            place(reading, &piece);
            y += piece.rows;
        } while (y < window_bottom(&reading->part));
    }
    return true;
}

/** @return false with a reason */
static bool goes_on(const GoOn *go_on, Status *status)
{
    if (go_on->ask(go_on->user))
        return true;
    if (status->code == STATUS_OK)
        status_fail(status, STATUS_CANCELLED, "cancelled");
    return false;
}

static bool read_image(Reading *reading, const GoOn *go_on, Status *status)
{
    const LayoutSpec *spec = &reading->stored->spec;
    const Window *window = reading->window;
    const int64_t right = divide_up(window_right(window), spec->tile_width);
    const int64_t bottom = divide_up(window_bottom(window), spec->tile_height);
    for (int64_t y = window->y / spec->tile_height; y < bottom; y++)
        for (int64_t x = window->x / spec->tile_width; x < right; x++) {
            const Window tile = {x * spec->tile_width, y * spec->tile_height,
                                 spec->tile_width, spec->tile_height};
            reading->tile_x = x;
            reading->tile_y = y;
            reading->part = window_intersection(&tile, window);
            if (!goes_on(go_on, status) || !read_place(reading, status))
                return false;
        }
    return true;
}

/** WindowSource.read */
static bool read_window(void *user, int reader, const Window *window,
                        uint8_t *data, const GoOn *go_on, Status *status)
{
    const RawRange *range = user;
    const RawTiles *raw = range->raw;
    bool ok = true;
    (void)reader;
    for (int i = 0; ok && i < range->image_count; i++) {
        const int image = range->level * raw->image_count + i;
        Reading reading = {.range = range,
                           .stored = &raw->layouts[image],
                           .index = &raw->index[image],
                           .window = window,
                           .image = i};
        reading.data = data;
        ok = read_image(&reading, go_on, status);
    }
    return ok;
}

static void let_go(void *user, const Window *window)
{
    (void)user;
    (void)window;
}

static void enter(void *user)
{
    (void)user;
}

static bool add_none(void *user)
{
    (void)user;
    return false;
}

WindowSource raw_tiles_windows(RawRange *range)
{
    return (WindowSource){.read = read_window,
                          .done = let_go,
                          .enter = enter,
                          .add = add_none,
                          .user = range};
}
