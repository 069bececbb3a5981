/* SPDX-License-Identifier: MIT */
#include "reader_check.h"

#include <stdlib.h>
#include <string.h>

#include "block_size.h"
#include "cpl_error.h"
#include "cpl_vsi.h"
#include "int_math.h"
#include "swath.h"

/* As much of a block as is compared. */
enum { COMPARED_NBYTES = 1 << 20 };

/** Of one call of reader_check_read(). */
typedef struct Checking {
    const SourceKind *kind;
    const SourceReader *first; /**< without its mask: bands tell */
    const SourceFormat *format;
    const Window *window; /**< that is read */
    uint8_t *data;        /**< of it */
    GDALRasterIOExtraArg *extra;
} Checking;

void reader_check_init(ReaderCheck *check)
{
    *check = (ReaderCheck){.trust = {READER_SAME}};
    pthread_mutex_init(&check->mutex, NULL);
    pthread_cond_init(&check->changed, NULL);
}

void reader_check_clear(ReaderCheck *check)
{
    pthread_cond_destroy(&check->changed);
    pthread_mutex_destroy(&check->mutex);
}

/** Waits for the first reader's dataset. Guests, who want little, go first. */
static void take_first(ReaderCheck *check, bool is_guest)
{
    pthread_mutex_lock(&check->mutex);
    check->guests += is_guest;
    while (check->busy || (!is_guest && check->guests > 0))
        pthread_cond_wait(&check->changed, &check->mutex);
    check->guests -= is_guest;
    check->busy = true;
    pthread_mutex_unlock(&check->mutex);
}

static void leave_first(ReaderCheck *check)
{
    pthread_mutex_lock(&check->mutex);
    check->busy = false;
    pthread_cond_broadcast(&check->changed);
    pthread_mutex_unlock(&check->mutex);
}

static CPLErr read_through_first(ReaderCheck *check, const SourceKind *kind,
                                 const SourceReader *first, bool is_guest,
                                 const SourceFormat *format,
                                 const Window *window, uint8_t *data,
                                 GDALRasterIOExtraArg *extra)
{
    take_first(check, is_guest);
    const CPLErr err =
        source_read_window(kind, first, format, window, data, extra);
    leave_first(check);
    return err;
}

/** The planes of the bands. */
static int plane_count(const SourceFormat *format)
{
    const LayoutSpec *spec = &format->layouts[SOURCE_BANDS].spec;
    return spec->planar ? spec->bands : 1;
}

/** The part of plane @p plane of the window that begins at @p at. */
static PlaneView plane_at(const Checking *checking, int plane, const Window *at)
{
    const Window *window = checking->window;
    return plane_from(swath_plane(checking->data, checking->format->layouts,
                                  SOURCE_BANDS, plane, window->width,
                                  window->height),
                      at->x - window->x, at->y - window->y);
}

/** @return whether two pixels beside each other at @p at differ */
static bool varies(const Checking *checking, const Window *at)
{
    for (int plane = 0; plane < plane_count(checking->format); plane++) {
        const PlaneView view = plane_at(checking, plane, at);
        for (int64_t y = 0; y < at->height; y++) {
            const uint8_t *row = view.pixels + (size_t)y * view.row_nbytes;
            if (memcmp(row, row + view.pixel_nbytes,
                       (size_t)(at->width - 1) * view.pixel_nbytes) != 0)
                return true;
        }
    }
    return false;
}

/** Chooses what to compare: rows of a block that is not all of one value, which
 * would prove little.
 * @return false if there is none, with the first block in @p at */
static bool choose_block(const Checking *checking, Window *at)
{
    int block_width = 1, block_height = 1;
    const Window *window = checking->window;
    const size_t pixel_nbytes =
        swath_pixel_nbytes(checking->format->layouts, 1);
    block_size_of(GDALGetRasterBand(checking->first->dataset, 1), &block_width,
                  &block_height);
    const int64_t width = min64(block_width, window->width);
    const int64_t rows =
        max64(1, COMPARED_NBYTES / (int64_t)pixel_nbytes / max64(1, width));
    bool found = false;
    Window first = {0};
    for (int64_t y = window->y; !found && y < window_bottom(window);
         y = (y / block_height + 1) * block_height)
        for (int64_t x = window->x; !found && x < window_right(window);
             x = (x / block_width + 1) * block_width) {
            const int64_t right = (x / block_width + 1) * block_width;
            const int64_t bottom = (y / block_height + 1) * block_height;
            *at =
                (Window){x, y, min64(right, window_right(window)) - x,
                         min64(min64(bottom, window_bottom(window)) - y, rows)};
            found = varies(checking, at);
            if (window_is_empty(&first))
                first = *at;
        }
    if (!found)
        *at = first;
    return found;
}

/** @return whether the window has the pixels @p block at @p at */
static bool has_pixels(const Checking *checking, const Window *at,
                       uint8_t *block)
{
    for (int plane = 0; plane < plane_count(checking->format); plane++) {
        const PlaneView ours = plane_at(checking, plane, at);
        const PlaneView other =
            swath_plane(block, checking->format->layouts, SOURCE_BANDS, plane,
                        at->width, at->height);
        for (int64_t y = 0; y < at->height; y++)
            if (memcmp(ours.pixels + (size_t)y * ours.row_nbytes,
                       other.pixels + (size_t)y * other.row_nbytes,
                       (size_t)at->width * ours.pixel_nbytes) != 0)
                return false;
    }
    return true;
}

/** Compares a block of the window that a reader has read with what the first
 * reader reads.
 * @param[out] trust READER_UNKNOWN while there is nothing to tell it by */
static CPLErr compare(ReaderCheck *check, const Checking *checking,
                      ReaderTrust *trust)
{
    Window at = {0};
    const bool tells = choose_block(checking, &at);
    SourceFormat format = *checking->format;
    format.masks = NULL;
    uint8_t *block =
        VSIMalloc3((size_t)at.width, (size_t)at.height,
                   swath_pixel_nbytes(checking->format->layouts, 1));
    if (block == NULL) {
        CPLError(CE_Failure, CPLE_OutOfMemory, "out of memory");
        return CE_Failure;
    }
    const CPLErr err =
        read_through_first(check, checking->kind, checking->first, true,
                           &format, &at, block, checking->extra);
    const bool same = err == CE_None && has_pixels(checking, &at, block);
    VSIFree(block);
    *trust = !same ? READER_DIFFERENT : tells ? READER_SAME : READER_UNKNOWN;
    pthread_mutex_lock(&check->mutex);
    check->blocks++;
    check->different += err == CE_None && !same;
    pthread_mutex_unlock(&check->mutex);
    return err;
}

CPLErr reader_check_read(ReaderCheck *check, const SourceKind *kind,
                         const SourceReader *readers, int reader,
                         const SourceFormat *format, const Window *window,
                         uint8_t *data, GDALRasterIOExtraArg *extra)
{
    ReaderTrust *trust = &check->trust[reader];
    CPLErr err = CE_None;
    if (reader > 0 && *trust != READER_DIFFERENT) {
        SourceReader first = readers[0];
        first.mask = NULL;
        const Checking checking = {kind, &first, format, window, data, extra};
        err = source_read_window(kind, &readers[reader], format, window, data,
                                 extra);
        if (err == CE_None && *trust == READER_UNKNOWN)
            err = compare(check, &checking, trust);
        if (err != CE_None || *trust != READER_DIFFERENT)
            return err;
    }
    return read_through_first(check, kind, &readers[0], reader > 0, format,
                              window, data, extra);
}

int64_t reader_check_counts(ReaderCheck *check, int *different)
{
    pthread_mutex_lock(&check->mutex);
    const int64_t blocks = check->blocks;
    *different = check->different;
    pthread_mutex_unlock(&check->mutex);
    return blocks;
}
